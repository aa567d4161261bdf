"""Three real copies of the app on one database, behind a real pooler: does each slot run once?"""

from __future__ import annotations

import signal
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import make_url

from lib.watch.schedule import slot_id, slot_of
from tests.alerts.test_alerts import BREAK, NAMED, QUARTERS, TOLD, VERIFIED
from tests.conftest import skip_missing
from tests.copies import Copy, copied
from tests.poolers import pooled
from tests.proxy import Proxy, proxied
from tests.receivers import Receiver, receiving
from tests.servers import Database, PostgresMissing
from tests.waiting import waits

PROBED = b"-- Try a guard's function on rows of every kind"
STEP = timedelta(minutes=15)
IDS = (
    "select id from public.watchtower_checks where check_name = 'partition_watchtower'"
    " and details ->> 'face' = 'schedule'"
)


@dataclass
class Fleet:
    """The copies that live, each with what stands between it and the pooler."""

    database: Database
    receiver: Receiver
    copies: list[tuple[Copy, Proxy]] = field(default_factory=list)
    slot: datetime = datetime.min

    def move(self, seconds: float) -> None:
        """Let so much time pass everywhere."""
        for each, _ in self.copies:
            each.move(seconds)

    def next_slot(self) -> datetime:
        """Let a quarter of an hour pass everywhere."""
        self.slot += STEP
        self.move(STEP.total_seconds())
        return self.slot

    def ran(self, slot: datetime) -> bool:
        return (slot_id(slot),) in self.database.rows(IDS)

    def kill_the_one_that_runs(self) -> datetime:
        """End a copy in the middle of its run, as the kernel would. Which slot was it?"""
        for _, proxy in self.copies:
            proxy.marker, proxy.then = PROBED, "hold"
        slot = self.next_slot()
        waits(lambda: any(proxy.mode == "hold" for _, proxy in self.copies))
        for _, proxy in self.copies:
            proxy.marker = None  # before the slot is free again: a slow copy may get it then
        (running,) = [pair for pair in self.copies if pair[1].mode == "hold"]
        running[0].process.send_signal(signal.SIGKILL)
        running[0].process.wait()
        running[1].close()
        self.copies.remove(running)
        return slot


@pytest.fixture(scope="module")
def fleet(servers: Any) -> Iterator[Fleet]:
    server, healthy = servers("18")
    with ExitStack() as stack:
        database = stack.enter_context(server.new_database(healthy.name))
        try:
            url = make_url(stack.enter_context(pooled(database, size=6)))
        except PostgresMissing as missing:
            skip_missing(str(missing))
        found = Fleet(database, stack.enter_context(receiving()))
        now = datetime.now(UTC)
        found.slot = slot_of(QUARTERS, now) + STEP
        ahead = (found.slot - now).total_seconds()  # only the test takes the clocks into a slot
        assert url.port is not None
        for _ in range(3):
            proxy = stack.enter_context(proxied(url.port))
            address = url.set(port=proxy.port).render_as_string(hide_password=False)
            settings = {
                "DATABASE_URL": address,
                "WATCHTOWER_SCHEDULE": QUARTERS,
                "WATCHTOWER_REFRESH": "2",
                "WATCHTOWER_ALERTS": found.receiver.address(),
            }
            found.copies.append((stack.enter_context(copied(ahead, hasty=True, **settings)), proxy))
        for each, _ in found.copies:
            waits(lambda each=each: answers(each), 60)
        waits(lambda: found.ran(found.slot))
        yield found


def answers(copy: Copy) -> bool:
    """Is it up, and has it looked?"""
    try:
        with urllib.request.urlopen(f"{copy.address}/api/watchtower/status", timeout=2) as answer:
            return bool(answer.status == 200)
    except OSError:
        return False


@pytest.mark.landing
def test_break_and_its_repair_are_told_once_by_three_copies(fleet: Fleet) -> None:
    fleet.database.execute(BREAK)
    waits(lambda: fleet.database.value(f"{VERIFIED} and not ok") == 1)
    fleet.move(40)
    assert fleet.receiver.until(1) == [NAMED]
    fleet.database.run_setup()
    fleet.move(40)
    assert fleet.receiver.until(2)[1].startswith("ok again after ")
    assert fleet.database.rows(TOLD) == [("open",), ("recovery",)]


@pytest.mark.landing
def test_fifteen_slots_with_one_copy_killed_in_the_middle(fleet: Fleet) -> None:
    slots, lost, told = [fleet.slot], None, list(fleet.receiver.got)
    for number in range(1, 16):
        if number == 6:
            lost = fleet.kill_the_one_that_runs()
            continue
        slots.append(fleet.next_slot())
        waits(lambda: fleet.ran(slots[-1]))
    assert lost is not None
    kept = [row[0] for row in fleet.database.rows(IDS) if row[0] != slot_id(lost)]
    assert sorted(kept) == sorted(map(slot_id, slots)), "each once, and only the killed one's lost"
    held = "select count(*) from pg_locks where locktype = 'advisory'"
    waits(lambda: fleet.database.value(held, user="postgres") == 0)
    assert fleet.receiver.got == told, "nothing is told twice"


def test_copies_end_at_once_while_the_database_hangs(fleet: Fleet) -> None:
    for _, proxy in fleet.copies:
        proxy.mode = "hang"
    fleet.next_slot()
    for each, _ in fleet.copies:
        each.process.terminate()
    for each, _ in fleet.copies:
        each.process.wait(4)  # 2 s on a machine that has nothing else to do
