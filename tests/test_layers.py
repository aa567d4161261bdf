"""Does every module import only from its left, and does lib/ stay free of Streamlit?"""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

from tests.servers import ROOT

# From left to right; a module may import what stands before its own group, or its own package.
GROUPS: list[set[str]] = [
    {"lib.visible"},
    {
        "lib.errors",
        "lib.guards",
        "lib.results",
        "lib.flight",
        "lib.values",
        "lib.unreachable",
        "lib.saying",
        "lib.answers",
        "lib.statements",
    },
    {
        "lib.sql",
        "lib.connection",
        "lib.markdown",
        "lib.weeks",
        "lib.progress",
        "lib.meanings",
    },
    {"lib.database", "lib.access", "lib.channels", "lib.maintenance_windows"},
    {"lib.drawing", "lib.telling"},
    {"lib.checks", "lib.sheet", "lib.alert_settings", "lib.comparison", "lib.rest", "lib.sources"},
    {"lib.settings", "lib.runbook", "lib.figures", "lib.fingerprints", "lib.adoption"},
    {"lib.symptoms", "lib.proof", "lib.plan", "lib.history"},
    {"lib.verification", "lib.schedule", "lib.review", "lib.acceptance"},
    {"lib.alerts", "lib.mending"},
    {"lib.demo"},
    {"lib.watching", "lib.commands"},
    {"lib.metrics", "lib.cli"},
    {"lib.api", "lib.below"},
    {"lib.doors"},
]


def subject(module: str) -> str:
    """Which part of the house is this module?"""
    return ".".join(module.split(".")[:2])


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
    if name in ("lib", "lib.__main__"):
        return
    place = {part: number for number, group in enumerate(GROUPS) for part in group}
    own = subject(name)
    assert own in place, f"{own} has no place in the order of layers"
    for found in imports(path):
        if found.startswith("lib.") and subject(found) != own:
            assert place[subject(found)] < place[own], f"{name} imports {found}"


def test_pages_hold_no_sql_and_no_connection() -> None:
    for path in (ROOT / "pages").glob("*.py"):
        for found in imports(path):
            assert found.split(".")[0] not in ("sqlalchemy", "psycopg"), path
            assert found not in ("lib.connection", "lib.database", "lib.api", "lib.cli"), path
            assert not found.startswith("lib.commands"), path


def test_only_shared_caches() -> None:
    for path in (ROOT / "pages").glob("*.py"):
        if path.name != "_shared.py":
            assert "st.cache_" not in path.read_text(encoding="utf-8"), path
