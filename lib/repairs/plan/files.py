"""Which files of sql/setup must run before another one, which stops where they have not?"""

from __future__ import annotations

from lib.checks import rpc_answers
from lib.checks.telling import setup_files
from lib.core.results import Report

_NEEDS = {
    "30_partitions": {"20_history"},  # which keeps the text that it replaces
    "40_rpcs": {"10_guards", "20_history", "30_partitions"},
    "50_role": {"10_guards", "20_history", "30_partitions", "40_rpcs"},
}


def absent(report: Report) -> frozenset[str]:
    """Which of them have made nothing here yet?"""
    return frozenset(row["file"] for row in rpc_answers.CHECK.of(report).tables.get("absent", ()))


def after_needed(remedy: str, missing: frozenset[str]) -> str:
    """The same remedy, and before its files those that they need and that are missing."""
    needed = {
        name
        for path in setup_files(remedy)
        for name in _NEEDS.get(path.rpartition("/")[2].removesuffix(".sql"), set())
    }
    lines = [f"-- sql/setup/{name}.sql" for name in sorted(needed & missing)]
    return "\n".join([*lines, remedy])
