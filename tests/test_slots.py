"""Does every copy reckon the same slots, whatever day it is? The schedule's arithmetic alone."""

from __future__ import annotations

import logging
import threading
from datetime import UTC, datetime, timedelta
from uuid import UUID, uuid5

import pytest

from lib.core.errors import DatabaseUnreachable
from lib.watch import schedule
from lib.watch.schedule import Schedule, again, holds, period, slot_after, slot_id, slot_of

QUARTERS = "*/15 * * * *"
EVE = datetime(2026, 12, 31, 23, 50, tzinfo=UTC)
LEAP = datetime(2028, 2, 29, 23, 59, 59, 999_999, tzinfo=UTC)


def test_id_of_a_slots_row_is_the_uuidv5_of_check_name_and_slot() -> None:
    space = uuid5(UUID("6ba7b811-9dad-11d1-80b4-00c04fd430c8"), "partition_watchtower")
    assert slot_id(EVE) == uuid5(space, "partition_watchtower 2026-12-31T23:50:00Z")
    assert slot_id(EVE + timedelta(seconds=1)) != slot_id(EVE)


def test_slots_run_over_the_ends_of_years_and_of_february() -> None:
    assert slot_of(QUARTERS, EVE) == EVE.replace(minute=45)
    assert slot_after(QUARTERS, EVE) == datetime(2027, 1, 1, tzinfo=UTC)
    assert slot_of(QUARTERS, LEAP) == datetime(2028, 2, 29, 23, 45, tzinfo=UTC)
    assert slot_after(QUARTERS, LEAP) == datetime(2028, 3, 1, tzinfo=UTC)
    assert slot_of("0 0 29 2 *", EVE) == datetime(2024, 2, 29, tzinfo=UTC)
    within = EVE.replace(minute=45, second=59, microsecond=999_999)
    assert slot_of(QUARTERS, within) == EVE.replace(minute=45)


def test_run_speaks_for_two_periods_and_what_it_may_be_late() -> None:
    assert holds(timedelta(minutes=15)) == timedelta(minutes=30, seconds=30)
    assert period("0,5,10 * * * *", EVE) == timedelta(minutes=5)
    assert period("0,5 * * * *", EVE) == timedelta(minutes=55), "the longer one of equals"
    assert period("0 3 * * 1-5", EVE) == timedelta(days=1)
    assert period("*/15 8-18 * * *", EVE.replace(hour=8)) == timedelta(minutes=15)


@pytest.mark.parametrize(
    ("second", "slot"), [(0, 10), (9.99, 10), (10, 10), (10.01, 30), (30, 30), (50, 50), (51, 70)]
)
def test_what_is_run_once_more_is_run_at_10_30_and_50_seconds(second: float, slot: int) -> None:
    minute = datetime(2026, 12, 31, 23, 59, tzinfo=UTC)
    assert again(minute + timedelta(seconds=second)) == minute + timedelta(seconds=slot)


class Clock:
    def __init__(self) -> None:
        self.now = EVE

    def __call__(self) -> datetime:
        return self.now


def test_what_is_due_once_is_run_once_when_it_is_due() -> None:
    clock, tried, once = Clock(), [], []
    own = Schedule(QUARTERS, tried.append, clock)
    own.once(EVE + timedelta(seconds=30), lambda _: pytest.fail("the last that was asked for"))
    own.once(EVE + timedelta(seconds=20), once.append)
    for second in (0, 19, 20, 21):
        clock.now = EVE + timedelta(seconds=second)
        own.tick()
    assert once == [EVE + timedelta(seconds=20)]
    assert tried == [EVE.replace(minute=45)]


def test_run_that_fails_is_told_by_its_slot_and_the_next_one_runs(
    caplog: pytest.LogCaptureFixture,
) -> None:
    clock, errors = Clock(), [DatabaseUnreachable("It is gone."), ZeroDivisionError("x")]

    def run(_: datetime) -> None:
        raise errors.pop(0)

    own = Schedule(QUARTERS, run, clock)
    with caplog.at_level(logging.WARNING):
        own.tick()
        clock.now += timedelta(minutes=15)
        own.tick()
    assert [record.getMessage() for record in caplog.records] == [
        "The verification of 2026-12-31T23:45:00Z did not run: It is gone.",
        "The verification of 2027-01-01T00:00:00Z failed unexpectedly",
    ]
    assert not caplog.records[0].exc_info, "an operator's error is a sentence"
    assert caplog.records[1].exc_info


def test_loop_runs_what_is_due_now_looks_again_when_woken_and_stops() -> None:
    clock, tried, turned = Clock(), [], threading.Semaphore(0)

    def run(slot: datetime) -> None:
        tried.append(slot)
        turned.release()

    own = Schedule(QUARTERS, run, clock)
    assert own._thread.daemon, "it holds up no end of the process"
    own.start()
    assert turned.acquire(timeout=20)
    clock.now += timedelta(minutes=10)
    own._wake.set()
    assert turned.acquire(timeout=20)
    own.once(clock.now, run)
    assert turned.acquire(timeout=20)
    own.stop()
    own._thread.join(20)
    assert not own._thread.is_alive()
    assert tried == [EVE.replace(minute=45), clock.now, clock.now]


def test_wait_is_until_the_next_of_both_and_never_long(monkeypatch: pytest.MonkeyPatch) -> None:
    clock, waited = Clock(), []
    own = Schedule(QUARTERS, lambda _: None, clock)

    def wait(seconds: float) -> bool:
        waited.append(seconds)
        own._stopped.set()
        return True

    def loop() -> float:
        own._stopped.clear()
        own._loop()
        return float(waited[-1])

    monkeypatch.setattr(own._wake, "wait", wait)
    assert loop() == schedule._LONGEST_WAIT, "a clock that jumps is noticed by then"
    clock.now = EVE.replace(minute=59, second=50)
    assert loop() == 10
    own.once(clock.now + timedelta(hours=1), lambda _: None)
    assert loop() == 10, "the schedule's own slot comes first"
    own.once(EVE.replace(minute=59, second=57), lambda _: None)
    assert loop() == 7
    own.once(EVE.replace(minute=59, second=59), lambda _: None)
    assert loop() == 7, "who asks again later puts nothing off"
    clock.now = EVE.replace(minute=59, second=59, microsecond=999_000)
    assert loop() == 0.05
