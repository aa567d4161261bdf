"""What does this copy make of each look and each run, and whom does it tell?

Nothing that goes wrong here reaches the watch, and no channel is ever waited for.
"""

from __future__ import annotations

import functools
import logging
import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from itertools import islice
from typing import Any

from lib.core.errors import DatabaseUnreachable, QueryFailed, WatchtowerError
from lib.core.results import Report
from lib.db.database import Database
from lib.history import archive
from lib.history.history import VERIFICATION, History, Run
from lib.history.incidents import incidents
from lib.settings.alert_settings import AlertSettings
from lib.settings.channels import Channel, Delivery, Message
from lib.settings.maintenance_windows import Window, current
from lib.watch import schedule
from lib.watch.alerts import rules, texts
from lib.watch.alerts.ledger import NO_HISTORY, Ledger, Memory, Rows
from lib.watch.alerts.rules import Event, Said

LOOK_AGAIN_SECONDS = 30.0
_AGAIN = timedelta(seconds=15)  # so long something must last, at least, before it is told
_RUNS, _OWN = 24, 12

_log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Alerting:
    """How do the alerts stand? `alone`: why this copy speaks for itself, None where all agree.

    `windows` are those of maintenance.
    """

    channels: tuple[Delivery, ...] = ()
    windows: tuple[Window, ...] = ()
    said: Said | None = None
    alone: str | None = None


@dataclass
class _Blind:
    """How often in a row could nothing be seen, since when, and when was that told last?"""

    looks: int = 0
    since: datetime | None = None
    told: datetime | None = None


def _contained(method: Callable[..., None]) -> Callable[..., None]:
    """The same where nothing escapes."""

    @functools.wraps(method)
    def safe(self: Alerter, *found: Any) -> None:
        try:
            with self._lock:
                method(self, *found)
        except (DatabaseUnreachable, QueryFailed) as error:
            _log.warning("The alerts wait for the next look: %s", error)
        except Exception:
            _log.exception("The alerts failed unexpectedly")

    return safe


class Alerter:
    """Hears of every look and every run of this copy.

    `publish` gets what changes in the snapshot, `verify` when a verification is wanted.
    """

    def __init__(
        self,
        publish: Callable[..., None],
        verify: Callable[[datetime], object],
        clock: Callable[[], datetime],
    ) -> None:
        self._publish, self._verify, self._clock = publish, verify, clock
        self._lock, self._telling = threading.Lock(), threading.Lock()
        self._settings = AlertSettings()
        self._channels: tuple[Channel, ...] = ()
        self._database: Database | None = None
        self._holds = 2 * schedule.USUAL
        self._memory = Memory()
        self._own: list[tuple[Run, Report]] = []  # runs of ours that are in no history
        self._blind = _Blind()
        self._state = Alerting()

    def start(self, settings: AlertSettings, period: timedelta) -> None:
        """Open the channels. `period` is the schedule's."""
        self._settings, self._holds = settings, schedule.holds(period)
        self._channels = tuple(
            Channel(number, address, self._delivered)
            for number, address in enumerate(settings.channels, start=1)
        )
        if self._channels:
            own = tuple(channel.delivery for channel in self._channels)
            self._tell(channels=own, windows=settings.windows)

    def reach(self, database: Database) -> None:
        """From now on this is the database."""
        self._database = database

    def stop(self, seconds: float) -> None:
        """Let what is under way arrive, but wait no longer than so many seconds."""
        pause = threading.Event()
        for channel in self._channels:
            channel.stop()
        for _ in range(int(seconds / 0.02)):
            if all(channel.idle() for channel in self._channels):
                return
            pause.wait(0.02)

    @property
    def again(self) -> float | None:
        """In how many seconds is the next look wanted? None: whenever it comes."""
        unsure = 0 < self._blind.looks < self._settings.after and self._channels
        return LOOK_AGAIN_SECONDS if unsure else None

    @_contained
    def looked(self, report: Report, known: History) -> None:
        """A refresh has seen this; the history is as it knows it by now."""
        if not self._channels:
            return
        self._seen(report)
        if not (runs := self._runs(known)):
            return
        said = self._consider(runs, known, report.checked_at)
        if current(self._settings.windows, report.checked_at) is not None:
            return
        if rules.uncertain(runs, said, self._settings):
            self._repeat(runs[-1])

    @_contained
    def verified(self, known: History) -> None:
        """A verification of this copy has ended; the history is as it knows it by now."""
        if self._channels and (runs := self._runs(known)):
            said = self._consider(runs, known, runs[-1].at)
            if rules.uncertain(runs, said, self._settings):
                self._repeat(runs[-1])

    @_contained
    def unrecorded(self, report: Report) -> None:
        """A verification of this copy is in no history: this copy alone knows of it."""
        if report.unrecorded is not None:
            checks = {check.check: check.status for check in report.applying}
            at = report.checked_at
            run = Run(f"own {at}", at, VERIFICATION, report.status, checks, apart=report.apart)
            self._own = [*self._own[1 - _OWN :], (run, report)]

    @_contained
    def unseen(self, why: str, place: str) -> None:
        """Nothing could be seen. Told by this copy alone: there is no database to agree in."""
        if not self._channels:
            return
        now, blind = self._clock(), self._blind
        blind.looks += 1
        blind.since = blind.since or now
        if blind.looks < self._settings.after or current(self._settings.windows, now) is not None:
            return
        reminder = self._settings.reminder
        if blind.told is None or (reminder is not None and now - blind.told >= reminder):
            still, blind.told = blind.told is not None, now
            since = texts.Known(place, self._settings.address, blind.since)
            self._send(texts.unreachable(why, since, still=still))

    def _seen(self, report: Report) -> None:
        """It can be seen again: told to whom the opposite was told."""
        blind, self._blind = self._blind, _Blind()
        if blind.told is not None and blind.since is not None:
            place = self._database.name if self._database else report.database
            since = texts.Known(place, self._settings.address, blind.since)
            self._send(texts.answers_again(report, since, self._clock()))

    def _consider(self, runs: Sequence[Run], known: History, now: datetime) -> Said | None:
        """Say what is to be said, if it falls to this copy. What was said last, by then?

        `now` is by the database's clock, as the runs are: this machine's may be another.
        """

        def decide(said: Said | None) -> Event | None:
            return rules.decide(rules.recent(runs, now, self._holds), said, self._settings, now)

        assert self._database is not None
        said, alone = None, None
        try:
            said = self._say(Rows(self._database), decide, known, now)
        except QueryFailed as error:
            if error.sqlstate not in NO_HISTORY:
                raise  # it passes: to speak alone meanwhile would be to say it twice
            alone = f"the history cannot keep what was said: {error}"
        if alone is not None or self._memory.open:
            said = self._say(self._memory, decide, known, now)
        if (said, alone) != (self._state.said, self._state.alone):
            self._tell(said=said, alone=alone)
        return said

    def _say(
        self,
        ledger: Ledger,
        decide: Callable[[Said | None], Event | None],
        known: History,
        now: datetime,
    ) -> Said | None:
        said = ledger.last()
        if decide(said) is None:
            return said
        claimed = ledger.claim(decide)
        if claimed is None:
            return said
        event, noted = claimed
        self._send(texts.told(event, self._known(event, noted, known), now))
        return noted

    def _known(self, event: Event, said: Said, known: History) -> texts.Known:
        """What the message needs: the run word for word, and since when it is so."""
        assert self._database is not None
        report = next((report for run, report in self._own if run.id == event.run.id), None)
        if report is None:
            try:
                report = archive.opened(self._database, event.run.id).report
            except WatchtowerError as error:
                _log.warning("An alert is sent without the run's own words: %s", error)
        last = incidents(known.recorded)[-1:]
        before = last[0].last_ok if last and last[0].ended is None else None
        began = last[0].began if last and last[0].began <= event.run.at else said.since
        since = min(began, said.since)
        return texts.Known(self._database.name, self._settings.address, since, before, report)

    def _runs(self, known: History) -> tuple[Run, ...]:
        """The last verifications of any copy, oldest first."""
        kept = islice((run for run in reversed(known.runs) if run.kind == VERIFICATION), _RUNS)
        return tuple(sorted((*kept, *(run for run, _ in self._own)), key=lambda run: run.at))

    def _repeat(self, last: Run) -> None:
        """Verify again, in the same slot as all copies; the clocks may differ."""
        self._verify(schedule.again(min(last.at, self._clock()) + _AGAIN))

    def _send(self, message: Message) -> None:
        for channel in self._channels:
            channel.send(message)

    def _delivered(self, _: Delivery) -> None:
        self._tell(channels=tuple(channel.delivery for channel in self._channels))

    def _tell(self, **changes: Any) -> None:
        with self._telling:
            self._state = replace(self._state, **changes)
            self._publish(alerts=self._state)
