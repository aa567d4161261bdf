"""Does the suite hold on another day? `python -m tests.on_day 2027-02-28T23:50 [pytest arguments]`.

Python's clock and PostgreSQL's are moved together to that moment (UTC) and run on from there.
In the place of a moment: `three` (the three days of every change, with the parts that know a
date), `all` (every day, and all that pytest runs without an argument).
"""

from __future__ import annotations

import atexit
import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from datetime import UTC, datetime
from functools import cache
from math import ceil
from pathlib import Path
from typing import Any

import pytest

THREE = ("2027-03-01T00:05", "2026-12-31T23:58", "2028-02-29T12:00")
ALL = (
    *THREE,
    "2027-01-03T12:00",
    "2027-05-15T12:00",
    "2027-09-28T12:00",
    "2027-02-28T23:50",
    "2027-03-28T00:55",  # Europe's summer time begins five minutes later,
    "2027-10-31T00:55",  # and ends
)
# The parts that know a date. What a moved day cannot touch (rights, texts, triggers, locks, doors)
# and what only repeats one of these on another database is left to `all`.
_CHECKS = (
    "accepted",  # rows of before a moment
    "extremes",  # the first and the last month that there can be
    "freshness",  # how old the newest row is
    *("horizon", "judging_horizon", "partition_coverage"),  # which months must be there, and when
    *("judging_months", "judging_rows", "older_rows"),  # keys against moments, by windows,
    *("wrong_keys", "orphan_rows", "null_keys", "default_partition_rows"),  # the same on servers
    "row_visibility",  # whether the rows of a window are all seen
    "layouts",  # bounds of other lengths
    "remedies",  # months that are made, rows that are moved into them
)
DATED = (
    "tests/drills/test_drills.py::test_drill_of_the_calendar_is_seen_and_named",
    *(f"tests/checks/test_{name}.py" for name in _CHECKS),
    "tests/contract/test_database.py",  # the history's rows, their slots and their order
    # Windows, days, gaps and incidents are drawn by the calendar.
    *(f"tests/history/test_{name}.py" for name in ("history", "history_values", "recording")),
    *(f"tests/history/test_{name}.py" for name in ("incidents", "incident_edges", "lane_edges")),
    "tests/history/test_prune.py",
    *(f"tests/repairs/test_{name}.py" for name in ("by_hand", "plan_values")),  # months in plans
    *(f"tests/pages/test_{name}.py" for name in ("history", "joins", "keys", "partitions", "week")),
    "tests/real/test_answers.py",  # since when it is so
    "tests/review",  # a review is of one week
    *(f"tests/sql/test_setup_{name}.py" for name in ("partitions", "rpcs")),  # what makes months
    "tests/watching/test_counts.py",  # the month that is counted now
)
MOVED = Path(__file__).with_name("moved")
LIBRARY = "*/faketime/libfaketimeMT.so.1"
MISSING = "The clock cannot be moved: {} is missing (apt-get install {})."
LEFT_OUT: dict[str, str] = {}


def moved(moment: datetime) -> dict[str, str]:
    """Which environment moves the clock of a process and of all that it starts?

    One offset, computed once: the same for all. Monotonic time is left alone, else waits hang, and
    so are the waits that end by it, else two threads of Python take a hundred times as long.
    """
    libraries = sorted(Path("/usr/lib").glob(LIBRARY))
    if not libraries:
        sys.exit(MISSING.format("libfaketimeMT.so.1", "faketime"))
    offset = ceil(moment.timestamp() - time.time())  # that moment, or up to a second later
    return {
        **os.environ,
        "FAKETIME": f"{offset:+d}",
        "FAKETIME_DONT_FAKE_MONOTONIC": "1",
        "FAKETIME_FORCE_MONOTONIC_FIX": "0",
        "LD_PRELOAD": f"{waits()} {libraries[0]} {os.environ.get('LD_PRELOAD', '')}".strip(),
        "PYTHONPATH": f"{MOVED}:{os.environ.get('PYTHONPATH', '')}".strip(":"),
    }


@cache
def waits() -> Path:
    """The library that tests/moved/waits.c makes, for as long as this process lives."""
    compiler = shutil.which("tcc") or shutil.which("cc")
    if compiler is None:
        sys.exit(MISSING.format("a C compiler", "tcc"))
    folder = Path(tempfile.mkdtemp(prefix="pw-moved-"))
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    folder.chmod(0o755)  # the servers are somebody else's
    library = folder / "waits.so"
    subprocess.run(
        [compiler, "-shared", "-nostdlib", "-fPIC", "-o", library, MOVED / "waits.c"], check=True
    )
    return library


def held(moment: datetime, arguments: Sequence[str]) -> bool:
    """Does it hold on that day? Runs pytest, which says what it leaves out."""
    print(f"\n{moment:%A %Y-%m-%d %H:%M} UTC: pytest {' '.join(arguments)}", flush=True)
    chosen = ["-m", "not everything"]  # the README's command, and what .ci/run runs after that
    command = [sys.executable, "-m", "pytest", "-p", "tests.on_day", *chosen, *arguments]
    try:
        return subprocess.run(command, env=moved(moment)).returncode == 0
    finally:
        for file in Path("/dev/shm").glob("*faketime_*"):  # what processes that were killed left
            if not Path("/proc", file.name.rpartition("_")[2]).exists():
                file.unlink(missing_ok=True)


def main(arguments: Sequence[str]) -> int:
    """0 where every day held."""
    asked, rest = (arguments[0], arguments[1:]) if arguments else ("", ())
    try:
        days = {"three": THREE, "all": ALL}.get(asked) or (asked,)
        moments = [datetime.fromisoformat(day).replace(tzinfo=UTC) for day in days]
    except ValueError:
        sys.exit(f"usage: {__doc__}")
    if asked == "three":
        rest = [*DATED, *rest]
    red = [moment for moment in moments if not held(moment, rest)]
    for moment in red:
        print(f"RED on {moment:%A %Y-%m-%d %H:%M} UTC")
    return 1 if red else 0


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Leaves out, by name, what shows the real clock on a moved day."""
    real = [item for item in items if item.get_closest_marker("real_clock")]
    for item in real:
        (reason,) = item.get_closest_marker("real_clock").args
        LEFT_OUT[item.nodeid] = reason
    items[:] = [item for item in items if item not in real]
    config.hook.pytest_deselected(items=real)


def pytest_sessionfinish(session: pytest.Session) -> None:
    """A worker tells the process that prints the summary what it left out."""
    if (told := getattr(session.config, "workeroutput", None)) is not None:
        told["left_out"] = LEFT_OUT


@pytest.hookimpl(optionalhook=True)
def pytest_testnodedown(node: Any) -> None:
    """Takes what a worker left out."""
    LEFT_OUT.update(getattr(node, "workeroutput", {}).get("left_out", {}))


def pytest_terminal_summary(terminalreporter: Any) -> None:
    """Names what was left out, and why."""
    for test, reason in sorted(LEFT_OUT.items()):
        terminalreporter.write_line(f"LEFT OUT on a moved day: {test} ({reason})")


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
