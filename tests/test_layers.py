"""Does every module import only from its left, and does lib/ stay free of Streamlit?"""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

from tests.servers import ROOT

# From left to right; a module may import what stands before its own group, or its own group
# where the group is a package of one subject.
GROUPS: list[set[str]] = [
    {"lib.errors", "lib.guards", "lib.results", "lib.flight", "lib.values", "lib.unreachable"},
    {"lib.compression"},
    {"lib.weeks", "lib.meanings"},
    {"lib.sql", "lib.operators", "lib.sign_in", "lib.progress", "lib.looks", "lib.telling"},
    {"lib.statements"},
    {"lib.sheet", "lib.markdown"},
    {"lib.channels", "lib.maintenance_windows", "lib.comparison"},
    {"lib.alert_settings"},
    {"lib.settings", "lib.gate"},
    {"lib.database", "lib.demo"},
    {"lib.owner"},
    {"lib.checks"},
    {"lib.runbook", "lib.drills", "lib.figures", "lib.fingerprints"},
    {"lib.symptoms"},
    {"lib.recording"},
    {"lib.verification", "lib.history"},
    {
        "lib.schedule",
        "lib.lanes",
        "lib.incidents",
        "lib.archive",
        "lib.history_rows",
        "lib.last_mend",
    },
    {"lib.notes", "lib.migrations", "lib.prune"},
    {"lib.alerts"},
    {"lib.review", "lib.notebook"},
    {"lib.plan", "lib.repairing"},
    {"lib.mending"},
    {"lib.fire_drill"},
    {"lib.snapshot"},
    {"lib.board"},
    {"lib.views", "lib.verifier"},
    {"lib.watch", "lib.rest", "lib.adoption", "lib.acceptance"},
    {"lib.charts", "lib.proof"},
    {"lib.coverage", "lib.matrix", "lib.daily"},
    {"lib.drawings"},
    {"lib.sizes"},
    {"lib.metrics"},
    {"lib.api"},
    {"lib.arguments", "lib.invocation"},
    {
        *("lib.mend_commands", "lib.drill_commands", "lib.alert_commands", "lib.verify_commands"),
        *("lib.history_commands", "lib.review_commands"),
    },
    {"lib.cli"},
]
# Modules of one subject that may import each other.
TOGETHER = {
    "lib.demo": "lib.demo",
    "lib.demo_place": "lib.demo",
    "lib.embedded": "lib.demo",
    "lib.holders": "lib.demo",
    "lib.traffic": "lib.demo",
}


def subject(module: str) -> str:
    """Which part of the house is this module?"""
    parts = module.split(".")
    name = ".".join(parts[:2])
    return TOGETHER.get(name, name)


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
            assert found not in ("lib.database", "lib.api", "lib.cli"), path


def test_only_shared_caches() -> None:
    for path in (ROOT / "pages").glob("*.py"):
        if path.name != "_shared.py":
            assert "st.cache_" not in path.read_text(encoding="utf-8"), path
