"""Do all faces count the same incidents and minutes, whatever this process has noticed itself?"""

from __future__ import annotations

from contextlib import closing
from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest

from lib import verification
from lib.core.results import Status
from lib.core.weeks import week_of
from lib.faces.cli import main
from lib.history.history import REFRESH, History
from lib.history.incidents import incidents
from lib.history.lanes import availability, lanes
from lib.history.rows import read
from lib.reports.review import read as read_week
from lib.reports.review import review
from lib.settings.alert_settings import AlertSettings
from lib.watch import schedule
from lib.watch.alerts.rules import Said, decide
from tests.checks.test_older_rows import CHECK, accepting, old_days
from tests.looking import look, watched
from tests.servers import Database
from tests.watching.test_standing import EMPTIED, GUARDS, RAISES, rounds, rows_say, told, words
from tests.watching.test_watch import until, watching

HOLDS = schedule.holds(schedule.USUAL)


@pytest.mark.landing
@pytest.mark.usefixtures("hasty")
def test_page_review_and_rows_give_the_same_incidents_and_minutes(database18: Database) -> None:
    look(database18)
    with watching(database18.role_url) as watch:
        until(watch, lambda s: s.report)
        for breaks in (EMPTIED, RAISES):
            database18.execute(breaks)
            until(watch, lambda s: words(s) == "critical" and s.ground and not s.ground.report.ok)
            rounds(watch, 2)
            database18.run_setup()
            database18.execute(GUARDS)
            until(watch, lambda s: words(s) == "ok")
        until(watch, lambda s: told(s.history) == rows_say(database18))
        history = watch.snapshot.history
    now = datetime.now(UTC)
    week = week_of(now)
    with closing(watched(database18.role_url)) as handle:
        known = read(handle, History(), now)
        made = review(read_week(handle, week, now), now, HOLDS)
    assert [each.incident.began for each in made.incidents] == [
        each.began for each in incidents(history.recorded)
    ]
    assert len(made.incidents) == 2
    start = max(week.start, now - timedelta(hours=1))
    ours, theirs = (
        {check: availability(spans) for check, spans in lanes(each, start, now, HOLDS).items()}
        for each in (history.recorded, known)
    )
    assert ours == theirs


@pytest.mark.usefixtures("hasty")
def test_moment_when_a_refresh_saw_it_turn_is_kept_for_everybody(database18: Database) -> None:
    look(database18)
    with watching(database18.role_url) as watch:
        until(watch, lambda s: s.report)
        rounds(watch, 2)
        database18.execute("drop trigger sessions_set_created_month on public.sessions")
        until(watch, lambda s: words(s) == "critical" and s.ground and not s.ground.report.ok)
        database18.run_setup()
        until(watch, lambda s: words(s) == "ok" and s.ground and s.ground.report.ok)
    with closing(watched(database18.role_url)) as handle:
        (found,) = incidents(read(handle, History(), datetime.now(UTC)))
    assert found.first.kind == REFRESH
    assert found.last_ok is not None
    assert found.began - found.last_ok < timedelta(seconds=30), "not since the last verification"
    assert found.ended is not None


def test_acceptance_takes_effect_at_the_next_refresh_of_any_process(database18: Database) -> None:
    old_days(database18, 12)
    assert look(database18)[CHECK].status.word == "warning"
    with closing(watched(database18.role_url)) as handle:
        assert verification.look(handle, known=None)[0][CHECK].status.word == "warning"
        accepting(database18, CHECK, 12)
        assert verification.look(handle, known=None)[0][CHECK].status.word == "ok"


def test_rows_that_leave_the_window_leave_it_at_the_next_refresh(database18: Database) -> None:
    old_days(database18, 3, age="3 days")
    report = look(database18)
    assert report[CHECK].status.word == "critical"
    later = report.checked_at + timedelta(days=8)
    with closing(watched(database18.role_url)) as handle:
        seen, ground = verification.look(handle, known=None, now=later)
        assert seen[CHECK].status.word == "warning"
        assert ground is not None
        view = verification.rows(handle, window_days=30, proven=ground.proven)
        assert view[CHECK].status.word == "critical", "another window asks another question"


def test_a_narrower_window_ends_no_incident(
    database18: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What it calls older rows is what the usual window calls critical, until they are right."""
    old_days(database18, 3, age="3 days")
    assert look(database18)[CHECK].status.word == "critical"
    monkeypatch.setenv("DATABASE_URL", database18.role_url)
    for _ in range(2):
        assert main(["verify", "--window", "1"]) == Status.CRITICAL.exit_code
    (broken,) = incidents(read_all(database18))
    assert (broken.ended, broken.runs) == (None, 3)
    run = read_all(database18).verifications()[-1]
    opened = Said(UUID(int=1), "open", broken.began, broken.began, broken.checks)
    event = decide([run], opened, AlertSettings(), run.at)
    assert event is None or event.kind != "recovery"
    database18.execute(
        "update public.sessions"
        " set created_month = date_trunc('month', created_at at time zone 'UTC')"
        " where extract(day from created_month) <> 1"
    )
    assert main(["verify", "--window", "1"]) == Status.OK.exit_code, "it read those as well"
    (only,) = incidents(read_all(database18))
    assert only.ended is not None


def read_all(database: Database) -> History:
    """The history as another process reads it."""
    with closing(watched(database.role_url)) as handle:
        return read(handle, History(), datetime.now(UTC))
