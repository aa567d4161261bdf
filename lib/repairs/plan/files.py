"""Which files of sql/setup must run before another one, which stops where they have not?"""

from __future__ import annotations

from dataclasses import replace

from lib.checks import rpc_answers
from lib.core.remedies import Remedy
from lib.core.results import Report

_NEEDS = {
    "30_partitions": {"20_history"},  # which keeps the text that it replaces
    "40_rpcs": {"10_guards", "20_history", "30_partitions"},
    "50_role": {"10_guards", "20_history", "30_partitions", "40_rpcs"},
}


def absent(report: Report) -> frozenset[str]:
    """Which of them have made nothing here yet?"""
    return frozenset(row["file"] for row in rpc_answers.CHECK.of(report).tables.get("absent", ()))


def after_needed(remedy: Remedy, missing: frozenset[str]) -> Remedy:
    """The same remedy, and before its files those that they need and that are missing."""
    needed = {
        name
        for path in remedy.files
        for name in _NEEDS.get(path.rpartition("/")[2].removesuffix(".sql"), set())
    }
    first = [f"sql/setup/{name}.sql" for name in sorted(needed & missing)]
    return replace(remedy, files=(*first, *remedy.files))
