"""Does the review tell the week as it was: minutes, figures, changes, and what nobody saw?"""

from __future__ import annotations

import csv
import io
import json
import re
import subprocess
from contextlib import closing
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from lib.core.remedies import decision, statements
from lib.core.results import CheckResult, Finding, Reach, Report, Status
from lib.core.weeks import Week, parse, week_of
from lib.db.database import Database as Connection
from lib.history.figures import Figures
from lib.history.history import APPLIED, NOTE, REFRESH, VERIFICATION, Deed, History, Migrations, Run
from lib.reports.review import Review, WeekRows, read, review, to_csv, to_html, to_markdown
from lib.watch import schedule
from tests.browsers import QUIET, ChromiumMissing, executable
from tests.conftest import skip_missing
from tests.looking import watched
from tests.servers import Database
from tests.test_cli import run as command

OK, WARNING, UNKNOWN, CRITICAL = Status
WEEK = parse("2026-W47")
QUARTER, HOLDS = timedelta(minutes=15), timedelta(minutes=30)
LATER = datetime(2026, 12, 9, tzinfo=UTC)
MARKS = {"trigger a on public.sessions": "1", "partitions of public.sessions": "18"}


def figures(wrong: int = 0, joined: int = 100, **more: Any) -> Figures:
    tables = {
        "sessions": {"rows": 50, "null": 0, "wrong": wrong},
        "events": {"rows": 100, "null": 0, "wrong": 0, "orphans": 100 - joined, "joined": joined},
    }
    return Figures(7, {**tables, **more}, {"sessions": 2, "events": 2})


def ran(at: datetime, status: Status = OK, **more: Any) -> Run:
    checks = {"guard_triggers": status, "freshness": OK, "partition_coverage": OK}
    known = {"figures": figures(), "definitions": "a", "migrations": Migrations(1, ("1 init",))}
    return Run(
        f"run {at}", at, VERIFICATION, status, checks, "schedule", "schedule", **known | more
    )


def quarters(week: Week, weeks: int = 1) -> list[Run]:
    """A run every quarter of an hour, all of them fine."""
    return [ran(week.start + n * QUARTER) for n in range(672 * weeks)]


def changed(runs: list[Run], first: int, last: int, status: Status, **more: Any) -> None:
    """Those of this range of quarters are as bad."""
    for n in range(first, last + 1):
        runs[n] = ran(runs[n].at, status, **more)


def told(runs: list[Run], now: datetime = LATER, **more: Any) -> Review:
    deeds, seen = more.pop("deeds", ()), more.pop("seen", ())
    history = History(tuple(runs), seen, deeds)
    return review(WeekRows(WEEK, now, history, **more), now, HOLDS)


def test_quiet_week_is_fine_and_nothing_is_open() -> None:
    known = told(quarters(WEEK))
    assert known.status is OK
    assert known.together.ok == timedelta(days=7)
    assert (known.incidents, known.actions, known.changes, known.gaps) == ((), (), (), ())
    for text in (to_html(known), to_markdown(known)):
        assert "All guards held, and all of the time was verified." in text
        assert "None: nothing is open." in text
        assert "functions, triggers, constraints and partitions stayed as they were" in text


def test_run_that_is_missing_before_a_late_one_is_no_gap() -> None:
    runs = quarters(WEEK)
    runs[101] = ran(runs[101].at + timedelta(seconds=21))
    del runs[100]
    rows = WeekRows(WEEK, LATER, History(tuple(runs)))
    known = review(rows, LATER, schedule.holds(QUARTER))
    assert (known.status, known.gaps, known.actions) == (OK, (), ())
    del runs[100]
    assert len(review(replace(rows, history=History(tuple(runs))), LATER, HOLDS).gaps) == 1


def test_incident_counts_its_minutes_and_both_means() -> None:
    runs = quarters(WEEK)
    bad = Reach(
        {("sessions", "wrong keys"): 312}, runs[100].at - timedelta(minutes=9), runs[100].at
    )
    changed(runs, 100, 103, CRITICAL, reach=bad, figures=figures(312, 90))
    changed(runs, 300, 301, UNKNOWN)
    note = Deed("n", runs[400].at, NOTE, True, {"about": runs[101].at.isoformat(), "text": "<b>&"})
    known = told(runs, deeds=(note,))
    assert known.times["guard_triggers"].critical == timedelta(hours=1)
    assert known.times["guard_triggers"].unknown == HOLDS
    assert known.times["freshness"].critical == timedelta()
    first, second = known.incidents
    assert [each.text for each in first.notes] == ["<b>&"]
    assert second.notes == ()
    assert (known.to_detect.time, known.to_detect.count) == (timedelta(minutes=9), 1)
    assert known.to_detect.without == 1
    assert (known.to_repair.time, known.to_repair.count) == (timedelta(minutes=45), 2)
    (action,) = known.actions
    assert "No note says why" in action.what, "the other incident has one"
    html = to_html(known)
    assert "&lt;b&gt;&amp;" in html
    assert "<b>&" not in html
    assert "312 rows of sessions (wrong keys)" in html


def test_figures_are_held_against_the_week_before_and_the_mean_of_four() -> None:
    runs = quarters(WEEK.later(-2), 3)
    changed(runs, 5, 5, OK, figures=figures(30, 80))
    changed(runs, 672 + 5, 672 + 5, OK, figures=figures(10, 90))
    changed(runs, 1344 + 7, 1344 + 7, OK, figures=figures(4, 95))
    nulls, wrong, orphans, rate = told(runs).measures
    assert (nulls.worst, nulls.last, nulls.before) == (0, 0, 0)
    assert (wrong.worst, wrong.last, wrong.before, wrong.mean, wrong.weeks) == (4, 0, 10, 20, 2)
    assert wrong.worst_at == runs[1344 + 7].at
    assert (wrong.against(wrong.before), rate.against(rate.before)) == ("better", "better")
    assert (orphans.worst, orphans.mean) == (5, 15)
    assert (rate.worst, rate.last, rate.mean) == (0.95, 1.0, pytest.approx(0.85))


def test_what_was_not_counted_is_not_measured_and_never_zero() -> None:
    runs = [ran(run.at, figures=None) for run in quarters(WEEK)]
    known = told(runs)
    assert all(each.worst is None and each.mean is None for each in known.measures)
    assert "not measured" in to_markdown(known)
    part = Figures(7, {"sessions": {"rows": 1, "null": 0, "wrong": 9}}, {})
    runs = quarters(WEEK)
    changed(runs, 3, 3, OK, figures=part)
    assert told(runs).measures[1].worst == 0, "a run that saw one table alone is no sum"


def test_gap_is_named_and_counts_neither_as_fine_nor_as_wrong() -> None:
    runs = quarters(WEEK)
    del runs[200:210]
    known = told(runs)
    assert known.together.unverified == 11 * QUARTER - HOLDS
    assert known.together.share == 1.0
    assert known.status is UNKNOWN
    assert "Not verified once" in known.actions[0].what
    for text in (to_html(known), to_markdown(known)):
        assert "fine whenever it was verified" in text
    assert f"{known.week},gap,not verified,time" in to_csv(known)


def test_week_of_which_no_run_is_kept_is_unknown() -> None:
    """That nobody looked is not known: a verification may have run and not have been kept."""
    known = told([])
    assert known.status is UNKNOWN
    assert known.readiness.status is UNKNOWN
    assert known.actions[0].what == "The history has no verification of this week"
    for text in (to_html(known), to_markdown(known)):
        assert "The history has no verification of this week: nothing is known of it." in text
        assert "Not known: the history has no verification of this week." in text
        assert "Nobody looked" not in text
    unread = told([], trouble="The database does not answer.", partial=True)
    assert unread.actions[0].what == "It is not known whether a verification ran in this week"
    for text in (to_html(unread), to_markdown(unread)):
        assert "The rows of this week could not be read: nothing is known of it." in text
        assert "Not known: the rows of this week could not be read." in text


def test_what_a_person_decides_is_not_told_as_to_be_repaired() -> None:
    """No plan runs it: `apply` leaves it as it is."""
    choice = decision("drop the policy; or accept it:", "drop policy p on t;")
    finding = Finding("t", CRITICAL, "the policy p shows every row of t", choice)
    last = Report((CheckResult("partition_security", (finding,), "s"),), LATER, 1, 7)
    (action,) = told(quarters(WEEK), last=last).actions
    assert action.do.startswith("a person decides: ")


@pytest.mark.parametrize(
    ("day", "ahead", "status"),
    [
        (16, {"sessions": 1, "events": 0}, WARNING),
        (16, {"sessions": 2, "events": 1}, OK),
        (16, {"events": 1}, UNKNOWN),
        (28, {"sessions": 0, "events": 3}, CRITICAL),
    ],
)
def test_next_month_is_judged_by_itself(day: int, ahead: dict[str, int], status: Status) -> None:
    """A month that is missing today makes partition_coverage critical, and not the next one."""
    at = datetime(2026, 11, day, 12, tzinfo=UTC)
    run = ran(at, CRITICAL, figures=replace(figures(), ahead=ahead))
    run = replace(run, checks={**run.checks, "partition_coverage": CRITICAL})
    rows = WeekRows(week_of(at), LATER, History((run,)))
    assert review(rows, LATER, HOLDS).readiness.status is status


def test_week_under_way_ends_now_and_the_time_to_come_is_nothing() -> None:
    runs = [run for run in quarters(WEEK) if run.at < WEEK.start + timedelta(days=2)]
    changed(runs, 190, 191, CRITICAL)
    known = told(runs, WEEK.start + timedelta(days=2))
    assert not known.over
    assert known.together.critical == HOLDS
    assert known.together.unverified == timedelta()
    assert known.incidents[0].incident.ended is None
    assert ", so far" in to_html(known)
    assert "under way" in to_html(known)


def test_incident_over_the_edges_counts_its_part_in_each_week() -> None:
    runs = quarters(WEEK.later(-1), 3)
    changed(runs, 670, 675, CRITICAL)
    changed(runs, 1342, 1345, CRITICAL)
    known = told(runs)
    assert known.together.critical == 4 * QUARTER + 2 * QUARTER
    assert len(known.incidents) == 2
    assert (known.to_repair.count, known.to_repair.without) == (1, 1), "the second ends next week"


def test_changes_say_what_between_which_runs_and_beside_which_migration() -> None:
    runs = quarters(WEEK)
    changed(runs, 50, 671, OK, definitions="b", migrations=Migrations(2, ("2 drop", "1 init")))
    after = {"trigger b on public.sessions": "1", "partitions of public.sessions": "19"}
    marks = {runs[49].id: MARKS, runs[50].id: after}
    done = Deed("d", runs[60].at, APPLIED, True, {"by": "olga", "done": ["x"], "failed": []})
    known = told(runs, marks=marks, deeds=(done,))
    (change,) = known.changes
    assert change.lines == (
        "partitions of public.sessions: 18, then 19",
        "trigger a on public.sessions is gone",
        "trigger b on public.sessions is new",
    )
    text = to_markdown(known)
    assert "migrations in between: 2 drop" in text
    assert "olga ran the plan: 1 done" in text


def test_open_actions_are_what_was_found_last_and_say_what_is_right_again() -> None:
    runs = quarters(WEEK, 2)
    changed(runs, 660, 680, CRITICAL)
    faults = [
        CheckResult(name, (Finding("s", CRITICAL, f"{name} is off", statements("x;")),), "s")
        for name in ("guard_triggers", "guard_settings")
    ]
    last = Report(tuple(faults), runs[671].at, 1, 7)
    found = {action.what: action for action in told(runs, last=last).actions}
    assert found["guard_triggers is off"].done == runs[681].at
    assert found["guard_settings is off"].done is None


def test_what_a_refresh_saw_after_the_last_run_is_open_too() -> None:
    now = WEEK.start + timedelta(days=2, minutes=1)
    runs = [run for run in quarters(WEEK) if run.at < now]
    seen = replace(ran(now - timedelta(seconds=30), CRITICAL), kind=REFRESH)
    (action,) = told(runs, now, seen=(seen,)).actions
    assert action.what == "guard_triggers is critical, seen after the last verification"
    again = replace(ran(now - timedelta(seconds=10)), kind=REFRESH)
    assert "nothing is open" not in to_html(told(runs, now, seen=(seen,)))
    assert not [a for a in told(runs, now, seen=(seen, again)).actions if a.status is CRITICAL]
    blind = replace(again, checks={}, status=UNKNOWN)
    assert "Nothing can be observed since" in told(runs, now, seen=(blind,)).actions[0].what


def test_csv_is_one_number_a_line_and_no_formula() -> None:
    runs = quarters(WEEK)
    changed(runs, 100, 103, CRITICAL)
    deed = {"about": runs[100].at.isoformat(), "text": "x;=1+1\n@a", "by": "=HYPERLINK()"}
    known = told(runs, deeds=(Deed("n", runs[120].at, NOTE, True, deed),))
    lines = list(csv.DictReader(io.StringIO(to_csv(known))))
    drift = [
        line for line in lines if (line["name"], line["measure"]) == ("guard_triggers", "critical")
    ]
    assert [line["value"] for line in drift] == ["60"]
    cells = [cell for line in lines for cell in re.split(r"[;\t\n]", "\n".join(line.values()))]
    assert not [cell for cell in cells if cell.strip().startswith(("=", "+", "-", "@"))]


def worst_week() -> Review:
    """Everything at once, much of it, with long names."""
    runs = quarters(WEEK.later(-1), 2)
    long = "a_rather_long_name_that_somebody_chose_" * 3
    marks = {}
    deeds = []
    for n in range(14):
        at = 700 + n * 40
        changed(
            runs,
            at,
            at + 5,
            CRITICAL,
            reach=Reach({("events", long): 9}, runs[at].at, runs[at].at),
        )
        changed(runs, at + 10, at + 11, UNKNOWN, definitions=f"d{n}")
        marks |= {
            run.id: {f"trigger {long}{n} on public.sessions": str(run.at)}
            for run in runs[at + 9 : at + 13]
        }
        note = {
            "about": runs[at].at.isoformat(),
            "text": "words " * 300,
            "by": long,
            "face": "page",
        }
        deeds += [Deed(f"n{n}", runs[at + 6].at, NOTE, True, note)] * 3
    del runs[800:820], runs[900:920], runs[1000:1020]
    names = [f"check_{n}_{long[:30]}" for n in range(20)]
    last = Report(
        tuple(
            CheckResult(name, (Finding("s", CRITICAL, f"{name} {long}", statements("x")),), "")
            for name in names
        ),
        runs[-1].at,
        1,
        7,
    )
    runs[-1] = ran(runs[-1].at, CRITICAL)
    return told(runs, marks=marks, deeds=tuple(deeds), last=last)


@pytest.mark.parametrize("make", [lambda: told(quarters(WEEK)), worst_week], ids=["quiet", "worst"])
def test_html_asks_nobody_and_prints_on_two_pages(make: Any, tmp_path: Path) -> None:
    html = to_html(make())
    assert not re.search(r"<script|\ssrc=|url\(|@import|<link", html)
    try:
        program = executable()
    except ChromiumMissing as missing:
        skip_missing(str(missing))
    file, pdf = tmp_path / "review.html", tmp_path / "review.pdf"
    file.write_text(html, encoding="utf-8")
    subprocess.run(
        [
            program,
            "--headless",
            *QUIET,
            "--no-pdf-header-footer",
            f"--print-to-pdf={pdf}",
            file.as_uri(),
        ],
        check=True,
        capture_output=True,
        timeout=60,
    )
    assert len(re.findall(rb"/Type\s*/Page\b", pdf.read_bytes())) == 2


def test_command_writes_every_file_and_says_which_week(database: Database, tmp_path: Path) -> None:
    assert command("verify", DATABASE_URL=database.role_url).code == 0
    paths = {name: tmp_path / f"out.{name}" for name in ("html", "markdown", "csv")}
    options = [word for name, path in paths.items() for word in (f"--{name}", str(path))]
    done = command("review", *options, DATABASE_URL=database.role_url)
    assert done.code == 0, done.err
    assert "No week is named: this is" in done.err
    assert "the current week, because no run is older" in done.err
    page, text = (paths[name].read_text(encoding="utf-8") for name in ("html", "markdown"))
    assert page.startswith("<!doctype html>")
    assert f", of {database.name}, by Partition Watchtower" in page
    assert "guard\\_triggers" in text
    assert "Wrong keys,worst of the week,0,rows" in paths["csv"].read_text(encoding="utf-8")
    plain = command("review", "--week", "2020-W01", DATABASE_URL=database.role_url)
    assert plain.code == 0
    assert "The history has no verification of this week" in plain.out


def test_what_was_written_and_repaired_long_after_a_week_is_in_it(database18: Database) -> None:
    week = week_of(datetime.now(UTC)).later(-5)
    red = week.start + timedelta(days=2)
    rows = [
        (red - QUARTER, OK, {}),
        (red, CRITICAL, {}),
        (red + timedelta(days=20), OK, {}),
    ]
    for moment, status, more in rows:
        checks = [{"check": "guard_triggers", "status": status.word, "findings": []}]
        details = {"status": status.word, "checks": checks, "who": "t", "face": "t", **more}
        kept(database18, VERIFICATION, moment, details)
    with closing(watched(database18.role_url)) as connection:
        (found,) = review_of(connection, week).incidents
        assert found.incident.ended == red + timedelta(days=20)
        assert not found.notes
        note = {"about": red.isoformat(), "text": "A late word", "by": "Olga", "face": "page"}
        kept(database18, NOTE, red + timedelta(days=22), note)
        (found,) = review_of(connection, week).incidents
        assert [note.text for note in found.notes] == ["A late word"]


def kept(database: Database, name: str, at: datetime, details: dict[str, Any]) -> None:
    database.execute(
        "insert into public.watchtower_checks (check_name, ok, details, created_at)"
        " values (%s, true, %s::jsonb, %s)",
        [name, json.dumps(details), at],
    )


def review_of(connection: Connection, week: Week) -> Review:
    now = datetime.now(UTC)
    return review(read(connection, week, now), now, HOLDS)


def test_command_says_why_there_is_no_review() -> None:
    nowhere = "postgresql://a:pa55word@127.0.0.1:1/d"
    gone = command("review", "--week", "2026-W47", DATABASE_URL=nowhere)
    assert gone.code == 3
    assert gone.err.startswith("unknown: ")
    assert "pa55word" not in gone.err
    assert command("review", "--week", "2025-W53").code == 64
    assert command("review", "--week", "2199-W01", DATABASE_URL=nowhere).code == 64
