"""Do a verification before a month's turn and the refreshes after it agree?

The suite's own clock cannot run over midnight in a test of two seconds: both sides are asked for.
"""

from __future__ import annotations

from contextlib import closing
from datetime import UTC, datetime, timedelta

import pytest

from lib import verification
from lib.core.results import Report, Status
from lib.history.ground import Ground
from lib.watch.changes import Changes
from tests.looking import look, statuses, watched
from tests.servers import SUPERUSER, Database

MINUTES = timedelta(minutes=2)
UNTIL = (
    "select public.watchtower_make_partitions(month)"
    " from generate_series(now(), %s, interval '1 month') as month"
)
NOW = datetime.now(UTC)
# Neither is less than a month ahead, whatever the day.
TURNS = {
    "month": (NOW.replace(day=1) + timedelta(days=70)),
    "year": datetime(NOW.year + 1 + NOW.month // 12, 1, 1),
}


@pytest.fixture(params=TURNS)
def turn(request: pytest.FixtureRequest, database18: Database) -> datetime:
    """The first moment of a month for which, and for the one after it, partitions are there."""
    day = TURNS[request.param]
    first = datetime(day.year, day.month, 1, tzinfo=UTC)
    database18.rows(UNTIL, [first + timedelta(days=40)])
    return first


def after(database: Database, before: Report, turn: datetime) -> Report:
    """What a refresh says two minutes after the turn, of this copy as of one that began anew."""
    with closing(watched(database.role_url)) as handle:
        own, _ = verification.look(handle, known=Ground.of(before), now=turn + MINUTES)
        other, _ = verification.look(handle, known=None, now=turn + MINUTES)
    assert statuses(own) == statuses(other)
    assert told(before).items() <= told(own).items(), "nothing is softer"
    return own


def told(report: Report) -> dict[str, str]:
    """What is not ok, but for this: so far ahead nothing comes in."""
    return {check: word for check, word in statuses(report).items() if check != "freshness"}


def drop(database: Database, month: datetime) -> None:
    database.execute(f"drop table public.events_{month:%Y_%m}")


def missing(report: Report) -> list[tuple[Status, str]]:
    """Which months of events are said to be missing, and how bad is that?"""
    return [(each.status, each.detail) for each in report["partition_coverage"].failing()]


def test_what_was_fine_is_fine(database18: Database, turn: datetime) -> None:
    before = look(database18, now=turn - MINUTES)
    assert told(before) == {}
    seen = after(database18, before, turn)
    assert told(seen) == {}
    assert not Changes().wanted(seen, Ground.of(before)), "that it struck twelve is no change"


def test_next_month_that_is_missing_becomes_the_current_one(
    database18: Database, turn: datetime
) -> None:
    drop(database18, turn)
    before = look(database18, now=turn - MINUTES)
    ((status, detail),) = missing(before)
    assert (status, f"{turn:%B %Y}" in detail) == (Status.CRITICAL, True), detail
    ((status, detail),) = missing(after(database18, before, turn))
    assert (status, f"{turn:%B %Y}" in detail) == (Status.CRITICAL, True), detail


@pytest.mark.landing
def test_month_after_that_is_the_next_one_from_the_turn_on(
    database18: Database, turn: datetime
) -> None:
    drop(database18, later := turn + timedelta(days=31))
    before = look(database18, now=turn - MINUTES)
    assert missing(before) == [], "nobody needs it yet"
    ((status, detail),) = missing(after(database18, before, turn))
    assert (status, f"{later:%B %Y}" in detail) == (Status.WARNING, True), detail


@pytest.mark.landing
def test_rows_of_both_sides_are_judged_by_their_own_month(
    database18: Database, turn: datetime
) -> None:
    """An event of after the turn bears the month of its session of before it."""
    database18.execute(
        "with one as (insert into public.sessions (id, created_month, created_at)"
        "  values (gen_random_uuid(), date_trunc('month', %(late)s at time zone 'UTC'), %(late)s)"
        "  returning id, created_month)"
        " insert into public.events (id, session_month, session_id, created_at)"
        " select gen_random_uuid(), created_month, id, %(early)s from one",
        {"late": turn - MINUTES / 2, "early": turn + MINUTES / 2},
    )
    before = look(database18, now=turn - MINUTES / 4)
    assert told(before) == {}
    assert told(after(database18, before, turn)) == {}
    database18.execute(
        "set session_replication_role = replica;"
        "insert into public.sessions (id, created_month, created_at) values"
        f" (gen_random_uuid(), '{turn - MINUTES:%Y-%m-01}', '{turn + MINUTES / 2}')",
        user=SUPERUSER,
    )
    seen = after(database18, before, turn)
    assert told(seen) == {"wrong_keys": "critical"}
    assert Changes().wanted(seen, Ground.of(before))


def test_rows_that_were_wrong_before_it_are_wrong_after_it(
    database18: Database, turn: datetime
) -> None:
    database18.execute(
        "set session_replication_role = replica;"
        "insert into public.sessions (id, created_month, created_at) values"
        f" (gen_random_uuid(), '{turn:%Y-%m-01}', '{turn - MINUTES}')",
        user=SUPERUSER,
    )
    before = look(database18, now=turn - MINUTES / 2)
    assert told(before) == {"wrong_keys": "critical"}, before["wrong_keys"].findings
    found = after(database18, before, turn)["wrong_keys"]
    assert [each.status for each in found.failing()] == [Status.CRITICAL]
