"""Does the watch tell people once, from one copy, whatever the database and the channels do?"""

from __future__ import annotations

import re
import threading
from collections.abc import Iterator
from contextlib import ExitStack, closing, contextmanager
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from lib.core.results import Report
from lib.history.history import History
from lib.history.incidents import incidents
from lib.history.lanes import ALL, gaps, lanes
from lib.history.rows import read
from lib.settings.alert_settings import AlertSettings
from lib.settings.settings import Settings, parse_url
from lib.verification import landed
from lib.watch.schedule import slot_id, slot_of
from lib.watch.watch import Watch
from tests.looking import watched
from tests.proxy import Proxy
from tests.receivers import SECRET, Receiver, receiving
from tests.servers import ROOT, Database
from tests.test_database import socket_of, through
from tests.waiting import waits
from tests.watching.test_watch import now, until

QUARTERS = "*/15 * * * *"
BREAK = "drop trigger sessions_set_created_month on public.sessions"
NAMED = "critical: The sessions guard is missing"
VERIFIED = "select count(*) from public.watchtower_checks where check_name = 'partition_watchtower'"
TOLD = (
    "select details ->> 'kind' from public.watchtower_checks"
    " where check_name = 'partition_watchtower_alert' order by created_at"
)


class Clock:
    """This machine's clock, moved by the test."""

    def __init__(self) -> None:
        self.ahead = timedelta()

    def __call__(self) -> datetime:
        return datetime.now(UTC) + self.ahead


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    with receiving() as found:
        yield found


@contextmanager
def alerting(
    url: str, receiver: Receiver, clock: Clock | None = None, **more: Any
) -> Iterator[Watch]:
    """A copy that tells this receiver; it looks every second."""
    own = {"address": "https://watch.example.org"} | more
    alerts = AlertSettings((receiver.address(own.pop("query", "")),), **own)
    with watching(url, clock, alerts=alerts) as watch:
        yield watch


@contextmanager
def watching(url: str, clock: Clock | None = None, **more: Any) -> Iterator[Watch]:
    """A copy with a slot each quarter of an hour, the first one when the test is over.

    It looks every second.
    """
    first = datetime.now(UTC).minute + 8
    slots = ",".join(str((first + each) % 60) for each in range(0, 60, 15))
    settings = Settings(parse_url("x", url), refresh_seconds=1, schedule=f"{slots} * * * *", **more)
    watch = Watch(lambda: settings, clock or Clock())
    watch.start()
    try:
        yield watch
    finally:
        watch.stop()


def move(clock: Clock, seconds: float, *copies: Watch) -> None:
    """Let so much time pass."""
    clock.ahead += timedelta(seconds=seconds)
    for each in copies:
        assert each._schedule is not None
        each._schedule._wake.set()


def verified(database: Database) -> int:
    return int(database.value(VERIFIED))


def looks(watch: Watch) -> None:
    """Two more rounds have ended: what this copy makes of things is made."""
    for _ in range(2):
        before = watch.snapshot.taken_at
        watch.look_now()
        until(watch, lambda s, before=before: s.taken_at != before)


@pytest.mark.usefixtures("hasty")
def test_break_is_told_once_when_it_is_certain_and_its_repair_once(
    database18: Database, receiver: Receiver
) -> None:
    clock = Clock()
    with ExitStack() as stack:
        copies = [
            stack.enter_context(alerting(database18.role_url, receiver, clock)) for _ in range(2)
        ]
        waits(lambda: verified(database18))
        for each in copies:
            looks(each)  # where both began at once, both have verified by now
        before = verified(database18)
        database18.execute(BREAK)
        waits(lambda: verified(database18) > before)
        for each in copies:
            looks(each)
        assert receiver.got == [], "one failure is not certain"
        move(clock, 40, *copies)
        assert receiver.until(1) == [NAMED]
        database18.run_setup()
        move(clock, 40, *copies)
        assert receiver.until(2)[1].startswith("ok again after ")
        for each in copies:
            looks(each)
            move(clock, 900, *copies)
            looks(each)
    assert len(receiver.got) == 2
    assert database18.rows(TOLD) == [("open",), ("recovery",)]
    told = receiver.got[0]["message"]
    assert "Not ok: guard_triggers (critical)" in told
    assert re.search(r"Since: first seen \d{4}-\d\d-\d\d [\d:]{8} UTC .*still ok at", told)
    assert "  create or replace trigger sessions_set_created_month" in told
    assert "What it means: https://watch.example.org/docs/guard_triggers\n" in told
    assert "Look: https://watch.example.org" in told
    assert SECRET not in str(database18.rows("select details from public.watchtower_checks"))


# One on either side; half a minute ahead is where it was once told too late.
@pytest.mark.landing
@pytest.mark.parametrize(
    "ahead", [-40, 30, *(pytest.param(each, marks=pytest.mark.everything) for each in (35, 45))]
)
def test_break_is_told_in_time_though_this_machines_clock_is_another(
    database18: Database, receiver: Receiver, ahead: int
) -> None:
    clock = Clock()
    clock.ahead = timedelta(seconds=ahead)
    with alerting(database18.role_url, receiver, clock) as copy:
        waits(lambda: verified(database18) == 1)
        database18.execute(BREAK)
        waits(lambda: verified(database18) == 2)
        looks(copy)  # it has asked for the next one, by its clock
        move(clock, 40, copy)
        assert receiver.until(1, 20) == [NAMED]


@pytest.mark.usefixtures("hasty")
def test_turn_is_in_the_history_at_once_though_nobody_is_to_be_told(database18: Database) -> None:
    with ExitStack() as stack:
        copies = [stack.enter_context(watching(database18.role_url)) for _ in range(2)]
        waits(lambda: verified(database18) == 1)
        database18.execute(BREAK)
        waits(lambda: verified(database18) == 2)
        for each in copies:
            looks(each)
        assert verified(database18) == 2, "one run of one copy"
        database18.run_setup()
        waits(lambda: verified(database18) == 3)
    with closing(watched(database18.role_url)) as connection:
        (found,) = incidents(read(connection, History(), now()))
    assert found.repaired is not None


@pytest.mark.landing
def test_turn_that_no_history_keeps_is_verified_once(database18: Database) -> None:
    with watching(database18.role_url) as watch:
        waits(lambda: verified(database18) == 1)
        watch._verifier.wait(10)  # else its end is heard too
        database18.execute("revoke insert on public.watchtower_checks from watchtower")
        ended: list[Report] = []
        watch.on_verified.append(ended.append)
        database18.execute(BREAK)
        waits(lambda: ended)
        for _ in range(3):
            looks(watch)
    assert len(ended) == 1
    assert ended[0].unrecorded is not None


@pytest.mark.landing
def test_what_a_refresh_cannot_try_is_verified_and_raises_no_alarm_where_it_is_right(
    database18: Database, receiver: Receiver
) -> None:
    """A rewritten guard that behaves: another copy's refresh, which has not tried it, is unsure."""
    clock = Clock()
    with alerting(database18.role_url, receiver, clock) as one:
        waits(lambda: verified(database18) == 1)
        database18.run_file(ROOT / "sql" / "variants" / "sessions-function-rewritten.sql")
        waits(lambda: verified(database18) == 2)
        until(one, lambda s: s.report and s.report["guard_functions"].status.word == "warning")
        with alerting(database18.role_url, receiver, clock) as other:
            move(clock, 20, one, other)
            until(
                other, lambda s: s.report and s.report["guard_functions"].status.word == "warning"
            )
            move(clock, 900, one, other)
            looks(other)
            looks(one)
            assert verified(database18) <= 5, "the change, and of each copy its start and its slot"
    assert receiver.got == []


@pytest.mark.landing
def test_what_was_said_while_the_clock_ran_ahead_silences_nobody(
    database18: Database, receiver: Receiver
) -> None:
    database18.execute(
        "insert into public.watchtower_checks (check_name, ok, details, created_at) values"
        " ('partition_watchtower_alert', true, '{}', now() + interval '1 day'),"
        " ('partition_watchtower_alert', true, '{}', 'infinity')"
    )
    database18.execute(BREAK)
    with alerting(database18.role_url, receiver, after=1) as watch:
        assert receiver.until(1) == [NAMED]
        looks(watch)
        database18.run_setup()
        landed(watch.verify("t", "t"))
        assert receiver.until(2)[1].startswith("ok again")
        looks(watch)
        assert len(receiver.got) == 2


def test_reminders_come_one_at_a_time_whichever_copy_sends_them(
    database18: Database, receiver: Receiver
) -> None:
    database18.execute(BREAK)
    with ExitStack() as stack:
        for _ in range(2):
            own = alerting(database18.role_url, receiver, after=1, reminder=timedelta(seconds=1))
            stack.enter_context(own)
        receiver.until(3)
    titles = receiver.titles
    assert titles == [NAMED, *([f"still {NAMED}"] * (len(titles) - 1))]
    assert database18.rows(TOLD) == [("open",), *([("reminder",)] * (len(titles) - 1))]


@pytest.mark.landing
@pytest.mark.usefixtures("hasty")
@pytest.mark.parametrize("right", ["all", "insert"])
def test_without_a_history_the_copy_speaks_for_itself(
    database18: Database, receiver: Receiver, right: str
) -> None:
    database18.execute(f"revoke {right} on public.watchtower_checks from watchtower")
    clock = Clock()
    with alerting(database18.role_url, receiver, clock) as watch:
        until(watch, lambda s: s.verified and s.report)
        database18.execute(BREAK)
        until(watch, lambda s: s.verified and not s.verified.ok)
        move(clock, 40, watch)
        assert receiver.until(1) == [NAMED]
        looks(watch)
        assert "the history cannot keep" in (watch.snapshot.alerts.alone or "")
        database18.run_file(ROOT / "sql" / "setup" / "10_guards.sql")
        move(clock, 40, watch)
        assert receiver.until(2)[1].startswith("ok again")
        looks(watch)
        assert len(receiver.got) == 2


@pytest.mark.landing
def test_five_slots_without_a_database_are_a_gap_and_told_once(
    database18: Database, receiver: Receiver
) -> None:
    clock = Clock()
    proxy = Proxy(socket_of(database18))
    port = proxy.port
    slots: list[datetime] = []
    with alerting(through(port, database18), receiver, clock) as watch:

        def pass_one(*, runs: bool) -> None:
            """The next slot comes, and with it a row where the database is there."""
            slots.append(slot_of(str(watch.settings.schedule), clock() + timedelta(minutes=15)))
            move(clock, 900, watch)
            if runs:
                waits(lambda: verified(database18) == before + 1)

        waits(lambda: verified(database18) == 1)
        for _ in range(3):
            before = verified(database18)
            pass_one(runs=True)
        proxy.close()
        until(watch, lambda s: s.trouble)
        running = threading.active_count()
        for _ in range(5):
            pass_one(runs=False)
            assert watch._schedule is not None
            waits(lambda: watch._schedule._last == slots[-1])  # type: ignore[union-attr]
        watch.look_now()
        watch.look_now()
        (lost,) = receiver.until(1)
        assert lost.startswith("unknown: The database at 127.0.0.1:")
        assert threading.active_count() <= running + 3, "nothing piles up"
        back = Proxy(socket_of(database18), port=port)
        try:
            until(watch, lambda s: s.trouble is None)
            assert receiver.until(2)[1] == "the database answers again (ok)"
            assert verified(database18) == before + 1, "what was missed is not made up for"
            before = verified(database18)
            pass_one(runs=True)
            looks(watch)
        finally:
            back.close()
    assert len(receiver.got) == 2
    assert named_gaps(database18, slots) == [(slots[2] + timedelta(minutes=30), slots[-1])]


def named_gaps(database: Database, slots: list[datetime]) -> list[tuple[datetime, datetime]]:
    """When does the History page say that nothing was verified, were each run at its slot?"""
    dated = "update public.watchtower_checks set created_at = %s where id = %s"
    earlier = timedelta(days=1)  # for the database's clock was not moved
    first, last = slots[0] - earlier, slots[-1] - earlier
    for slot in slots:
        database.execute(dated, [slot - earlier, slot_id(slot)])
    database.execute(
        "delete from public.watchtower_checks where not created_at between %s and %s", [first, last]
    )
    handle = watched(database.role_url)
    try:
        known = read(handle, History(), last)
    finally:
        handle.close()
    spans = lanes(known, first, last + timedelta(minutes=1), timedelta(minutes=30))[ALL]
    return [(gap.begin + earlier, gap.end + earlier) for gap in gaps(spans)]


def test_channel_that_hangs_holds_up_neither_the_watch_nor_its_end(
    database18: Database, receiver: Receiver
) -> None:
    receiver.answers = [None]
    database18.execute(BREAK)
    with alerting(database18.role_url, receiver, after=1, query="&rto=20") as watch:
        receiver.until(1)
        looks(watch)
        assert watch.snapshot.alerts.channels[0].since is not None, "the page says so"
        began = now()
        watch.stop()
        assert now() - began < timedelta(seconds=2)
