"""Does it verify by itself: each slot once, whoever runs, and never so that runs pile up?"""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from datetime import UTC, datetime, timedelta

import pytest

from lib import verification
from lib.core.errors import DatabaseUnreachable, SettingInvalid
from lib.core.flight import SingleFlight
from lib.settings.settings import Settings, load, parse_url
from lib.watch import schedule
from lib.watch.schedule import Schedule, slot_after, slot_id, slot_of
from lib.watch.watch import Watch
from tests.looking import watched
from tests.poolers import pooled
from tests.servers import Database
from tests.watching.test_watch import now, until

QUARTERS = "*/15 * * * *"
ROWS = "select count(*) from public.watchtower_checks where check_name = 'partition_watchtower'"


def at(hour: int, minute: int, second: int = 0) -> datetime:
    return datetime(2026, 11, 24, hour, minute, second, tzinfo=UTC)


def test_slots_are_the_moments_of_the_expression_in_utc() -> None:
    assert slot_of(QUARTERS, at(12, 14, 59)) == at(12, 0)
    assert slot_of(QUARTERS, at(12, 15)) == at(12, 15)
    assert slot_of(QUARTERS, at(12, 15, 1)) == at(12, 15)
    assert slot_after(QUARTERS, at(12, 15)) == at(12, 30)
    assert slot_id(at(12, 15)) == slot_id(at(12, 15)) != slot_id(at(12, 30))
    assert slot_id(at(12, 15)).version == 5


def test_schedule_is_every_quarter_of_an_hour_unless_told_otherwise() -> None:
    assert load({}, {}).schedule == QUARTERS
    assert load({"WATCHTOWER_SCHEDULE": "0 * * * *"}, {}).schedule == "0 * * * *"
    assert load({"WATCHTOWER_SCHEDULE": "Off"}, {}).schedule is None
    assert load({"WATCHTOWER_SCHEDULE": "0 3 29 feb mon-fri"}, {}).schedule is not None
    for wrong in ("often", "61 * * * *", "* * * * * *", "R * * * *", "0 0 30 2 *"):
        with pytest.raises(SettingInvalid, match="WATCHTOWER_SCHEDULE"):
            load({"WATCHTOWER_SCHEDULE": wrong}, {})


def test_each_slot_is_tried_once_and_a_bad_run_does_not_end_the_schedule() -> None:
    clock = [at(12, 1)]
    tried: list[datetime] = []

    def run(slot: datetime) -> None:
        tried.append(slot)
        raise DatabaseUnreachable("gone") if len(tried) == 1 else ZeroDivisionError

    own = Schedule(QUARTERS, run, clock=lambda: clock[0])
    for moment in (at(12, 1), at(12, 5), at(12, 16), at(12, 16, 30), at(13, 50)):
        clock[0] = moment
        own.tick()
    assert tried == [at(12, 0), at(12, 15), at(13, 45)], "what passed meanwhile is a gap"


@contextmanager
def copy(database: Database) -> Iterator[Watch]:
    """A watch of its own on this database, without a loop: the test says when a slot is due."""
    settings = Settings(parse_url("x", database.role_url), refresh_seconds=3600)
    watch = Watch(lambda: settings)
    watch.start()
    try:
        until(watch, lambda s: s.report)
        yield watch
    finally:
        watch.stop()


def test_slot_is_one_row_whichever_of_three_copies_runs_it(database: Database) -> None:
    with ExitStack() as stack:
        copies = [stack.enter_context(copy(database)) for _ in range(3)]
        for slot in (at(12, 0), at(12, 15)):
            threads = [threading.Thread(target=each._due, args=[slot]) for each in copies]
            for thread in threads:
                thread.start()
            for thread in threads:
                thread.join()
            for each in copies:
                each._due(slot)
    ids = database.rows(
        "select id, details ->> 'face' from public.watchtower_checks"
        " where check_name = 'partition_watchtower' order by created_at"
    )
    assert ids == [(slot_id(at(12, 0)), "schedule"), (slot_id(at(12, 15)), "schedule")]


def test_slot_that_meets_a_run_under_way_leaves_its_own_row_after_it(database18: Database) -> None:
    ended = threading.Event()
    with copy(database18) as watch:
        flight: SingleFlight[object] = watch._verifier._flight  # type: ignore[assignment]
        flight.join(lambda: ended.wait(20))
        due = threading.Thread(target=watch._due, args=[at(12, 0)])
        due.start()
        due.join(0.1)
        assert due.is_alive(), "it waits for the other's run"
        assert database18.value(ROWS) == 0
        ended.set()
        due.join(10)
    assert database18.value(f"{ROWS} and id = '{slot_id(at(12, 0))}'") == 1


def test_slots_are_safe_through_a_pooler(database18: Database) -> None:
    with pooled(database18, size=3) as url:
        one, other = watched(url), watched(url)
        try:
            with (
                schedule.claimed(one, at(12, 0)) as first,
                schedule.claimed(other, at(12, 0)) as second,
            ):
                assert (first, second) == (True, False)
                verification.verify(one, who="s", face="schedule", slot=slot_id(at(12, 0)))
            with schedule.claimed(other, at(12, 0)) as again:
                assert not again, "it has its row"
            verification.verify(other, who="s", face="schedule", slot=slot_id(at(12, 0)))
            held = "select count(*) from pg_locks where locktype = 'advisory'"
            assert database18.value(held, user="postgres") == 0
        finally:
            one.close()
            other.close()
    assert database18.value(ROWS) == 1


def test_without_a_history_it_still_runs(database18: Database) -> None:
    database18.execute("drop table public.watchtower_checks")
    with copy(database18) as watch:
        watch._due(at(12, 0))
        verified = watch.snapshot.verified
        assert verified is not None
        assert "not in the history" in (verified.unrecorded or "")


def test_watch_verifies_by_itself_and_stops_at_once(database18: Database) -> None:
    settings = Settings(
        parse_url("x", database18.role_url), refresh_seconds=3600, schedule="* * * * *"
    )
    watch = Watch(lambda: settings)
    watch.start()
    try:
        verified = until(watch, lambda s: s.verified).verified
        assert verified is not None
        assert (verified.who, verified.face, verified.ok) == ("schedule", "schedule", True)
    finally:
        began = now()
        watch.stop()
        assert now() - began < timedelta(seconds=2)
    assert database18.value(ROWS) == 1


@pytest.mark.parametrize(
    ("cron", "minutes"),
    [
        (QUARTERS, 15),
        ("*/15 8-18 * * 1-5", 15),
        ("0 3 * * *", 24 * 60),
        ("0,5 * * * *", 55),
        ("* * * * *", 1),
    ],
)
def test_period_is_how_far_apart_slots_mostly_are(cron: str, minutes: int) -> None:
    assert schedule.period(cron, at(12, 7)) == timedelta(minutes=minutes)
