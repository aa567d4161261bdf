"""Which fire drill is on in the embedded demo, and how is it begun and repaired?

All of it goes over the demo's own owner connection: what is asked for here takes a Demo and never
an address, so that no other database can be meant. A drill that is on is one row of the history.
"""

from __future__ import annotations

import json
import logging
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import Future
from contextlib import closing, contextmanager, suppress
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import psycopg

from lib import verification
from lib.core.errors import DrillFailed, WatchtowerError
from lib.core.flight import SingleFlight
from lib.core.results import Report, Status
from lib.db import sql
from lib.db.database import Database
from lib.demo import drills
from lib.demo.demo import Demo
from lib.demo.drills import Drill
from lib.history.history import DRILL
from lib.repairs import execution
from lib.repairs.execution import Outcome
from lib.repairs.owner import Say
from lib.repairs.plan import plan
from lib.settings.settings import parse_url

NOT_THE_DEMO = "A fire drill breaks the embedded demo alone, and this is another database."
_LOCK_SECONDS, _REPAIR_SECONDS = 5, 600

_log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Burning:
    """Which drill is on, who began it, and when (the demo's clock, UTC)?"""

    name: str
    by: str
    at: datetime

    @property
    def drill(self) -> Drill | None:
        """What its file says; None where that is there no more."""
        return drills.by_name().get(self.name)

    @property
    def title(self) -> str:
        """What is broken, in one line?"""
        return self.drill.title if self.drill else self.name


@dataclass(frozen=True)
class Over:
    """How did a repair end? `healed`: every check that the drill turns is ok again.

    `decided`: the plan left something to a person, and the drill's own way back was taken.
    """

    burning: Burning | None
    outcome: Outcome
    healed: bool
    seconds: float
    decided: bool


def burning(demo: Demo) -> Burning | None:
    """Which drill is on? Raises: DrillFailed if that cannot be read."""
    with _owner(demo) as connection:
        return _burning(connection)


def begin(demo: Demo, name: str, who: str) -> Burning:
    """Break the demo with this drill: all of it, or nothing.

    Raises: DrillFailed if there is no such drill for the demo, one is on, or PostgreSQL refuses.
    """
    drill = drills.by_name().get(name)
    if drill is None:
        raise DrillFailed(f"There is no drill {name}.")
    if drill.unfit:
        raise DrillFailed(f"The demo cannot have the drill {name}: {drill.unfit}.")
    with _owner(demo) as connection:
        _alone(connection)
        if (on := _burning(connection)) is not None:
            raise DrillFailed(f"Another drill is on: {on.title}. Repair it first.")
        for paragraph in drill.breaks:
            connection.execute(paragraph.encode())
        _record(connection, name, who, repaired=False)
    found = burning(demo)
    assert found is not None
    return found


def repair(demo: Demo, who: str, say: Say, canonical: Path | None = None) -> Over:
    """Repair the demo by the plan; what needs a decision is decided as the drill's file says.

    Raises: DrillFailed, RepairFailed, DatabaseUnreachable.
    """
    began = time.monotonic()
    on, decided = burning(demo), False
    role, owner = (parse_url("the demo's", url) for url in (demo.role_url, demo.owner_url))
    if on and on.drill:
        with closing(Database(role)) as database:
            undecided = plan(verification.examine(database, canonical=canonical)).decisions
        if decided := bool(undecided):
            say("The plan leaves a decision to a person; this is the drill's own")
            shown = (decision.sql for decision in undecided if decision.sql)
            _decide(demo, on.drill.repairs or tuple(shown), say)
    done = execution.apply(role, owner, who=who, say=say, canonical=canonical)
    healed = on is None or settle(demo, on, done.report, who)
    return Over(on, done, healed, time.monotonic() - began, decided)


def settle(demo: Demo, on: Burning, report: Report, who: str) -> bool:
    """Is this drill over, by every check that it turns? Then that is kept. Raises: DrillFailed."""
    named = {*on.drill.checks, *on.drill.also} if on.drill else ()
    healed = all(report[check].status is Status.OK for check in named)
    if healed:
        with _owner(demo) as connection:
            _record(connection, on.name, who, repaired=True)
    return healed


def _decide(demo: Demo, paragraphs: tuple[str, ...], say: Say) -> None:
    """Run what the drill's file says under `-- Repair`, else what the plan shows beside choices.

    What fails is said: the plan comes next.
    """
    for paragraph in paragraphs:
        try:
            with _owner(demo) as connection:
                connection.execute(drills.whole(paragraph).encode())
        except DrillFailed as error:
            say(f"        not done: {error}")


def _burning(connection: psycopg.Connection[Any]) -> Burning | None:
    row = connection.execute(sql.load("history/drill").encode()).fetchone()
    if row is None or row[2]:
        return None
    return Burning(str(row[0]), str(row[1]), row[3].astimezone(UTC))


def _alone(connection: psycopg.Connection[Any]) -> None:
    """Not while somebody else breaks or repairs it; until the transaction ends."""
    held = connection.execute(sql.load("repairs/lock").encode()).fetchone()
    if not held or not held[0]:
        raise DrillFailed("Somebody else breaks or repairs the demo right now.")


def _record(connection: psycopg.Connection[Any], name: str, who: str, *, repaired: bool) -> None:
    details = json.dumps({"drill": name, "by": who})
    values = {"check_name": DRILL, "ok": repaired, "details": details}
    connection.execute(sql.by_hand("history/record", {}, values).encode())


@contextmanager
def _owner(demo: Demo) -> Iterator[psycopg.Connection[Any]]:
    """One transaction as the demo's owner. Raises: DrillFailed with PostgreSQL's own sentence."""
    try:
        with psycopg.connect(demo.owner_url, connect_timeout=4) as connection:
            connection.execute("select set_config('lock_timeout', %s, true)", [f"{_LOCK_SECONDS}s"])
            yield connection
    except psycopg.Error as error:
        said = error.diag.message_primary or str(error).strip().partition("\n")[0]
        raise DrillFailed(f"The demo's PostgreSQL says: {said}.") from error


@dataclass(frozen=True)
class Fire:
    """What do the pages show of fire drills? `said` is what the repair under way has said so far.

    `over` and `failed` tell how the last repair ended; a new drill clears them.
    """

    on: Burning | None = None
    repairing: bool = False
    said: tuple[str, ...] = ()
    over: Over | None = None
    failed: str | None = None


class FireDrill:
    """The fire drills of one process: for everybody who looks at its pages, one at a time.

    `show` gets what changes in the snapshot, `look` has the watch look at once.
    """

    def __init__(self, show: Callable[..., None], look: Callable[[], None]) -> None:
        self._show, self._look = show, look
        self._flight: SingleFlight[Over] = SingleFlight(_REPAIR_SECONDS)
        self._lock, self._turn = threading.Lock(), threading.Lock()
        self._fire = Fire()
        self.demo: Demo | None = None

    def notice(self) -> None:
        """Is one on? It may have been begun or repaired elsewhere. Nothing without a demo."""
        if self.demo is not None:
            with self._turn, suppress(DrillFailed):  # else what was known stays
                self._now(on=burning(self.demo))

    def begin(self, name: str, who: str) -> None:
        """Break the demo with this drill. The caller checks who may ask. Raises: DrillFailed."""
        with self._turn:
            on = begin(self._demo(), name, who)
            self._now(on=on, said=(), over=None, failed=None)
        self._look()

    def repair(self, who: str, canonical: Path | None) -> Future[Over]:
        """Repair it, or join whoever does. The caller checks who may ask. Raises: DrillFailed."""
        demo = self._demo()
        return self._flight.join(lambda: self._repair(demo, who, canonical), self._look)

    def _demo(self) -> Demo:
        if self.demo is None:
            raise DrillFailed(NOT_THE_DEMO)
        return self.demo

    def _repair(self, demo: Demo, who: str, canonical: Path | None) -> Over:
        self._now(repairing=True, said=(), over=None, failed=None)
        try:
            over = repair(demo, who, self._say, canonical)
        except WatchtowerError as error:
            self._now(repairing=False, failed=str(error))
            raise
        except Exception:
            _log.exception("A fire drill could not be repaired")
            self._now(repairing=False, failed="The repair failed unexpectedly; the log says more.")
            raise
        report, at = over.outcome.report, datetime.now(UTC)
        self._show(report=report, verified=report, taken_at=at, trouble=None)
        with self._turn:
            self._now(repairing=False, on=burning(demo), over=over)
        return over

    def _say(self, words: str) -> None:
        with self._lock:
            said = (*self._fire.said, words)
        self._now(said=said)

    def _now(self, **changes: Any) -> None:
        with self._lock:
            self._fire = replace(self._fire, **changes)
            self._show(source=self._fire)
