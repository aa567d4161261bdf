"""Does tests.on_day move every clock, and say what it cannot do?"""

from __future__ import annotations

import subprocess
import sys
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from tests import on_day
from tests.conftest import VERSIONS, skip_missing
from tests.servers import ROOT

CLOCKS = """
import sys, time
from datetime import UTC, datetime
from psycopg.errors import LockNotAvailable
from tests.servers import running
with running(sys.argv[1]) as server:
    time.sleep(0.1)
    database = server.database("postgres")
    print(datetime.now(UTC).isoformat()[:15])
    print(database.value("select now()").astimezone(UTC).isoformat()[:15])
    with database.connect("postgres") as other:
        other.execute("select pg_advisory_lock(1)")
        try:
            database.execute("set lock_timeout = '100ms'; select pg_advisory_lock(1)")
        except LockNotAvailable:
            print("given-up")
"""


@pytest.mark.real_clock("it moves the clock itself")
@pytest.mark.parametrize("version", VERSIONS)
def test_python_and_postgresql_live_on_that_day(version: str) -> None:
    try:
        environ = on_day.moved(datetime(2028, 2, 29, 12, tzinfo=UTC))
    except SystemExit as missing:
        skip_missing(str(missing))
    done = subprocess.run(
        [sys.executable, "-c", CLOCKS, version],
        env=environ,
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert done.stdout.split() == ["2028-02-29T12:0"] * 2 + ["given-up"], done.stderr


def test_without_the_library_one_sentence_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(on_day, "LIBRARY", "*/nowhere.so")
    with pytest.raises(SystemExit, match=r"^The clock cannot be moved: .* is missing"):
        on_day.main(["2028-02-29T12:00"])


@pytest.mark.parametrize("words", [[], ["yesterday"], ["2027-02-29T12:00"]])
def test_what_is_no_day_is_refused(words: list[str]) -> None:
    with pytest.raises(SystemExit, match=r"^usage: "):
        on_day.main(words)


def test_one_red_day_makes_all_of_them_red(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    asked = []

    def held(moment: datetime, arguments: list[str]) -> bool:
        asked.append((f"{moment:%Y-%m-%dT%H:%M}", arguments))
        return moment.month != 12

    monkeypatch.setattr(on_day, "held", held)
    assert on_day.main(["three", "-x"]) == 1
    assert asked == [(day, [*on_day.DATED, "-x"]) for day in on_day.THREE]
    assert capsys.readouterr().out == "RED on Thursday 2026-12-31 23:58 UTC\n"
    asked.clear()
    assert on_day.main(["all"]) == 1
    assert asked == [(day, []) for day in on_day.ALL], "the whole suite"
    assert on_day.main([on_day.THREE[0]]) == 0


def test_what_knows_a_date_is_there() -> None:
    assert all((ROOT / part.partition("::")[0]).exists() for part in on_day.DATED)


def test_the_days_are_those_on_which_a_calendar_is_special() -> None:
    """A test fails on such days first: one of each kind, at an hour that tells."""
    days = [datetime.fromisoformat(day) for day in on_day.ALL]
    assert [(day.day, f"{day:%H:%M}") for day in days[:1]] == [(1, "00:05")]
    assert {3, 15, 28} <= {day.day for day in days}
    eves = [day for day in days if (day + timedelta(minutes=10)).month != day.month]
    assert {f"{day:%d %B %H:%M}" for day in eves} == {"28 February 23:50", "31 December 23:58"}
    assert datetime(2028, 2, 29, 12) in days
    london = ZoneInfo("Europe/London")
    moments = [day.replace(tzinfo=UTC) for day in days]
    turns = {
        moment.month
        for moment in moments
        if moment.astimezone(london).utcoffset()
        != (moment + timedelta(minutes=10)).astimezone(london).utcoffset()
    }
    assert turns == {3, 10}, "summer time begins, and ends, while it runs"
