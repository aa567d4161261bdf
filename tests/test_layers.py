"""Does every module import only from its left, and does lib/ stay free of Streamlit?"""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

from tests.servers import ROOT

# The rooms of the house, from the left to the right: a module imports from its own room and from
# those before it.
ROOMS = (
    "core",
    "db",
    "settings",
    "remedies",
    "trials",
    "checks",
    "history",
    "verification",
    "setup",
    "runbook",
    "repairs",
    "reports",
    "watch",
    "demo",
    "faces",
    "__main__",
)


def room(module: str) -> str:
    """Which room of the house is this module in?"""
    return module.split(".")[1]


def imports(path: Path) -> set[str]:
    """Which modules does this file import, wherever in it?"""
    found = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            if node.module == "lib":
                found |= {f"lib.{alias.name}" for alias in node.names}
            else:
                found.add(node.module)
    return found


MODULES = sorted(path for path in (ROOT / "lib").rglob("*.py"))


@pytest.mark.parametrize("path", MODULES, ids=lambda path: str(path.relative_to(ROOT)))
def test_lib_imports_only_from_its_left(path: Path) -> None:
    name = ".".join(path.relative_to(ROOT).with_suffix("").parts).removesuffix(".__init__")
    assert not any(found.split(".")[0] == "streamlit" for found in imports(path))
    if name == "lib":
        return
    own = ROOMS.index(room(name))
    for found in imports(path):
        if found.startswith("lib.") and room(found) != room(name):
            assert ROOMS.index(room(found)) < own, f"{name} imports {found}"


def test_house_has_these_rooms_and_no_others() -> None:
    named = [path for path in (ROOT / "lib").iterdir() if not path.name.startswith(".")]
    found = {path.stem for path in named if path.suffix in ("", ".py")}
    assert found - {"__init__", "__pycache__"} == set(ROOMS)
    assert sum((ROOT / "lib" / name).is_dir() for name in ROOMS) <= 15


def test_pages_are_twelve_scripts_and_their_parts() -> None:
    found = {path.name for path in (ROOT / "pages").iterdir()} - {"__pycache__"}
    assert {name for name in found if not name.endswith(".py")} == {"parts"}
    assert len(found) == 13


def test_pages_hold_no_sql_and_no_connection() -> None:
    for path in (ROOT / "pages").rglob("*.py"):
        for found in imports(path):
            assert found.split(".")[0] not in ("sqlalchemy", "psycopg"), path
            assert found not in ("lib.db.connection", "lib.db.database"), path
            assert not found.startswith(("lib.faces.api", "lib.faces.cli", "lib.faces.commands")), (
                path
            )


def test_only_shared_caches() -> None:
    for path in (ROOT / "pages").rglob("*.py"):
        if path != ROOT / "pages" / "parts" / "shared.py":
            assert "st.cache_" not in path.read_text(encoding="utf-8"), path


# Which modules read with regular expressions, and what: others' text, as PostgreSQL, people or
# settings write it. What we wrote ourselves is a value.
READERS = {
    "lib/checks/printed.py": "conditions, defaults and triggers as PostgreSQL prints them",
    "lib/core/statements.py": "any SQL",
    "lib/core/visible.py": "any text, for what steers a terminal",
    "lib/db/unreachable.py": "messages of libpq",
    "lib/reports/markdown.py": "any text, for Markdown in it",
    "lib/runbook/symptoms/matching.py": "messages that somebody pastes",
    "lib/settings/channels.py": "addresses of alerts, and the log of Apprise",
    "lib/trials/around.py": "constants of live functions: intervals, days and numbers",
    "lib/trials/texts/openers.py": "live functions, for what switches guards off",
    "lib/trials/texts/put_together.py": "texts that live functions hand to format()",
}


def test_regular_expressions_read_others_text() -> None:
    paths = [*(ROOT / "lib").rglob("*.py"), *(ROOT / "pages").rglob("*.py")]
    found = {str(path.relative_to(ROOT)) for path in paths if "re" in imports(path)}
    assert found == READERS.keys()
    assert len(READERS) <= 10
