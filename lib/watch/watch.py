"""What is known right now? One background task looks; every page and viewer reads its snapshot.

Pages never query, so many viewers cost the database what one does, and a page is as quick with
the database gone. The snapshot says how old it is and what failed since.
"""

from __future__ import annotations

import logging
import secrets
import threading
from collections.abc import Callable
from concurrent.futures import Future
from contextlib import suppress
from datetime import UTC, datetime

from lib import verification
from lib.core.errors import DatabaseUnreachable, WatchtowerError
from lib.core.results import Report
from lib.core.saying import say
from lib.core.weeks import Week
from lib.db.database import Database
from lib.history import rows as history_rows
from lib.history.ground import Ground
from lib.history.last_repair import LastRepair
from lib.history.sign_outs import SignOuts
from lib.settings import settings
from lib.settings.gate import Gate
from lib.settings.settings import Settings
from lib.watch import schedule
from lib.watch.alerts.alerter import Alerter
from lib.watch.changes import Changes
from lib.watch.notebook import Notebook
from lib.watch.readers import Runs, Setups, Views, Weeks
from lib.watch.schedule import Schedule
from lib.watch.snapshot import Snapshot, SnapshotStore
from lib.watch.source import MakeSource, Source
from lib.watch.verifier import Verifier

_log = logging.getLogger(__name__)


class Watch:
    """The one background task of this process, its snapshot, and the verification it shares."""

    def __init__(
        self,
        load: Callable[[], Settings] = settings.load,
        clock: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        self._load, self._clock = load, clock
        self._wake = threading.Event()
        self._stopped = threading.Event()
        self._thread: threading.Thread | None = None
        self._database: Database | None = None
        self._started: Source | None = None
        self._schedule: Schedule | None = None
        self._remembering = threading.Lock()
        self._store = SnapshotStore()
        self._publish = self._store.publish
        self._alerter = Alerter(self._publish, self._verify_once, clock)
        self._verifier = Verifier(self._store, self._ended)
        self._changes = Changes()
        self.on_verified = self._verifier.on_verified
        self.on_verified.append(self._alerter.unrecorded)
        self.source: Source | None = None
        self.runs = Runs(lambda runs: self._publish(opened=runs))
        self.weeks = Weeks(lambda weeks: self._publish(weeks=weeks), lambda: self.snapshot.history)
        self.views = Views(
            lambda views: self._publish(views=views), lambda: self.snapshot, self.look_now
        )
        self.setups = Setups(lambda setup: self._publish(setup=setup), lambda: self.snapshot)
        self.notebook = Notebook(self._publish, self._remember)
        self.sign_outs = SignOuts()
        self.settings = Settings()
        self.gate = Gate(None)
        self.shown_secret: str | None = None
        self.settings_error: str | None = None
        self._told: set[str] = set()

    @property
    def snapshot(self) -> Snapshot:
        """What is known at this moment."""
        return self._store.snapshot

    @snapshot.setter
    def snapshot(self, known: Snapshot) -> None:
        self._store.snapshot = known

    def offer(self, source: MakeSource) -> None:
        """Where no database is named, watch this one."""
        self.source = source(self._publish, self.look_now)

    def start(self) -> None:
        """Begin to look, in a thread of its own. Returns at once, whatever the database does."""
        self._stopped.clear()
        try:
            self.settings = self._verifier.settings = self._load()
        except WatchtowerError as error:
            self.settings = settings.of_the_doors()
            self.gate = Gate(self.settings.secret)
            self.settings_error = str(error)
            say(f"Nothing is watched: {error}")
            self._publish(trouble=str(error))
            return
        finally:
            self.sign_outs.key = str(self.settings.auth.get("cookie_secret", "")).encode()
        for remark in self.settings.remarks:
            say(f"Settings: {remark}")
        self._publish(demo=self.settings.demo, refresh_seconds=self.settings.refresh_seconds)
        if self.settings.schedule is not None:
            self._publish(period=schedule.period(self.settings.schedule, _now()))
        self._alerter.start(self.settings.alerts, self.snapshot.period)
        self._open_gate()
        self._thread = threading.Thread(target=self._run, name="watch", daemon=True)
        self._thread.start()

    def stop(self) -> None:
        """Stop looking, and leave the source as its last user does."""
        self._stopped.set()
        self._wake.set()
        if self._schedule is not None:
            self._schedule.stop()
        if self._thread is not None:
            self._thread.join(timeout=1.0)
        self._verifier.wait(0.2)
        self._alerter.stop(0.2)
        if self._database is not None:
            self._database.close()
        if self._started is not None:
            with suppress(WatchtowerError):  # one that is held still cannot be stopped
                self._started.stop()

    def look_now(self) -> None:
        """Refresh without waiting for the next round."""
        self._wake.set()

    def want(self, window_days: int) -> None:
        """Read this window too, as long as somebody looks at it. Returns at once."""
        if window_days != self.settings.window_days:
            self.views.want(window_days, _now())

    def open(self, run: str) -> None:
        """Fetch all that this run found, where the history knows it. Returns at once."""
        if any(known.id == run for known in self.snapshot.history.runs):
            self.runs.want(run, _now())

    def want_setup(self) -> None:
        """Read what of the setup is there. Returns at once."""
        self.setups.want("now", _now())

    def review(self, week: Week) -> None:
        """Read what the review of this week needs. Returns at once."""
        self.weeks.want(week, _now())

    def verify(self, who: str, face: str) -> Future[Report]:
        """Run the verification, or join the one that runs. The caller checks who may ask."""
        return self._verifier.join(who, face)

    def _due(self, slot: datetime) -> None:
        """Run the schedule's verification of this slot, if no other copy does."""
        self.sign_outs.exchange(self.settings.sign_in_age, _now())  # a refresh tells nothing
        self._verifier.due(slot, schedule.WHO, schedule.WHO)

    def _verify_once(self, slot: datetime) -> None:
        """Verify beside the schedule too, where there is one; one copy does."""
        if self._schedule is not None:
            self._schedule.once(slot, lambda due: self._verifier.due(due, "the watch", "once more"))

    def _run(self) -> None:
        """Rounds until stopped. Nothing escapes: one bad round never ends the watch."""
        while not self._stopped.is_set():
            self._wake.clear()
            try:
                self._round()
            except WatchtowerError as error:
                self._unseen(str(error))
            except Exception:
                _log.exception("A refresh failed unexpectedly")
                self._unseen("The refresh failed unexpectedly; the log says more.")
            usual = self.settings.refresh_seconds
            self._wake.wait(min(self._alerter.again or usual, usual))

    def _round(self) -> None:
        if self._database is None:
            self._connect()
        assert self._database is not None
        last_repair = self._store.last_repair()
        known = self.snapshot.ground
        try:
            report, ground = self._look(self._database, last_repair)
        except DatabaseUnreachable as error:
            if self._started is None:
                raise
            self._unseen(str(error))  # to start it again may take long, where it hangs
            self._started.start(self._progress)  # somebody stopped it
            report, ground = self._look(self._database, last_repair)
        # before anything is shown
        self.sign_outs.exchange(self.settings.sign_in_age, _now(), telling=False)
        for reader in (self.runs, self.weeks, self.views, self.setups):
            reader.reached(_now())
        seen = {"report": report, "ground": ground, "last_repair": last_repair, "taken_at": _now()}
        if not self._store.looked(known, **seen, trouble=None, starting=None):
            self._wake.set()  # a verification of this copy has ended meanwhile, and knows better
            return
        self._told.clear()
        if self._started is not None:
            self._started.looked()
        self._remember(report)
        self._alerter.looked(report, self.snapshot.history)
        if ground is not None and self._changes.wanted(report, ground):
            self._verifier.changed(ground.report)
        newer = self._store.last_repair()
        if newer is not None and newer.seen and newer != last_repair:
            self._wake.set()  # so that what came in since is counted at once

    def _remember(self, noticed: Report | None = None) -> None:
        """Read what came into the history; keep in mind what a refresh noticed."""
        if self._database is None:
            return
        with self._remembering:
            before = self.snapshot.history
            if noticed is not None:
                before = before.noticing(noticed)
            with suppress(DatabaseUnreachable):  # which the next refresh says
                before = history_rows.read(self._database, before, _now())
            self._publish(history=before)

    def _ended(self) -> None:
        """A verification of this copy has come to an end, and has left its row."""
        self._remember()
        if self.snapshot.report is not self.snapshot.verified:
            self.look_now()  # a look of meanwhile is shown still, and was judged by the one before
        self._alerter.verified(self.snapshot.history)

    def _unseen(self, why: str) -> None:
        """Nothing could be seen in this round; the history keeps that in mind."""
        with self._remembering:
            blind = self.snapshot.history.unseen(_now())
            if why != self.snapshot.trouble and not self._stopped.is_set():
                say(f"Nothing was seen: {why}")
            self._publish(trouble=why, starting=None, history=blind)
        self._alerter.unseen(why, self.snapshot.place)

    def _look(
        self, database: Database, last_repair: LastRepair | None
    ) -> tuple[Report, Ground | None]:
        return verification.look(
            database,
            known=self.snapshot.ground,
            last=self.snapshot.report,
            window_days=self.settings.window_days,
            freshness_hours=self.settings.freshness_hours,
            since=last_repair.at if last_repair else None,
            canonical=self.settings.canonical,
        )

    def _connect(self) -> None:
        url = self.settings.database_url
        if url is None:
            if self.source is None:
                raise DatabaseUnreachable("No database is named, and there is none to start.")
            url = self.source.start(self._progress)
            self._started = self.source
        self._database = Database(url, demo=self.settings.demo)
        readers = (self.runs, self.weeks, self.views, self.setups)
        for user in (self.sign_outs, self._verifier, self.notebook, *readers):
            user.database = self._database
        self._alerter.reach(self._database)
        self._publish(place=self._database.name)
        if self.settings.schedule is not None:
            self._schedule = Schedule(self.settings.schedule, self._due, self._clock)
            self._schedule.start()

    def _progress(self, sentence: str, share: float) -> None:
        if sentence not in self._told:  # else it fails again and again
            self._told.add(sentence)
            say(f"{share:4.0%}  {sentence}")
        self._publish(starting=(sentence, share))

    def _open_gate(self) -> None:
        """The secret in force. The demo makes its own, so that a newcomer can press the button."""
        secret = self.settings.secret
        if secret is None and self.settings.demo:
            secret = self.shown_secret = secrets.token_urlsafe(12)
            say(f"WATCHTOWER_SECRET for this demo: {secret}")
        self.gate = Gate(secret)


WATCH = Watch()


def _now() -> datetime:
    return datetime.now(UTC)
