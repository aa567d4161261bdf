"""How are the files under sql/drills and sql/variants carried out on a database of a test's own?

lib/demo/drills.py reads them, and says what may stand in them.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, fields
from datetime import UTC, datetime, timedelta

from lib.core.results import Report, Status
from lib.demo import drills as reading
from lib.demo.drills import REGISTERED, VERSIONS
from tests.servers import OWNER, ROLE, SUPERUSER, Database

__all__ = ["CRON", "VERSIONS", "Drill", "Sight", "bad", "changed", "drills"]

CRON = "cron"  # PostgreSQL 15 with pg_cron, which works in one database of a server

_UNITS = {"min": "minutes", "h": "hours", "d": "days"}
_USERS = {reading.OWNER: OWNER, reading.ROLE: ROLE, reading.SUPERUSER: SUPERUSER}


@dataclass(frozen=True)
class Sight(reading.Sight):
    """Which check must say it? One that is designed and not yet registered is pending."""

    @property
    def pending(self) -> bool:
        """Is the check not built yet?"""
        return self.check not in REGISTERED

    def seen_in(self, report: Report) -> bool:
        """Does the check have this status, and a finding of it with these words?"""
        result = report[self.check]
        return result.status.word == self.status and any(
            self.words in finding.detail and finding.status is result.status
            for finding in result.findings
        )


@dataclass(frozen=True)
class Drill(reading.Drill):
    """One file, with the names that the tests' servers know the users by."""

    sees: tuple[Sight, ...]

    @property
    def pending(self) -> bool:
        """Is no check built yet that should see it, or tell it from a broken one?"""
        unseen = bool(self.sees) and all(sight.pending for sight in self.sees)
        return unseen or not self.needs <= REGISTERED

    def moment(self, today: datetime) -> datetime | None:
        """When does the look happen? None where any moment will do."""
        return moment(self.at, today) if self.at else None

    def break_it(self, database: Database) -> None:
        """Do to a healthy database what the file says."""
        _send(database, self.breaks, self.by)

    def repair_it(self, database: Database) -> None:
        """Do what the file says under `-- Repair`."""
        _send(database, self.repairs or (), self.by)

    @contextmanager
    def held(self, database: Database) -> Iterator[None]:
        """For as long as the block runs, another session is in the middle of this."""
        with database.connect(self.by, autocommit=False) as other:
            for paragraph in self.meanwhile:
                other.execute(paragraph)
            yield
            other.rollback()


def moment(words: str, today: datetime) -> datetime:
    """Which moment is "month end - 71 h", seen from today? Raises: ValueError."""
    try:
        which, side, sign, number, unit = words.split(" ")
        month = {"month": today.month, "december": 12}[which]
        days = {"start": 0, "end": 32}[side]
        shift = {"+": 1, "-": -1}[sign] * timedelta(**{_UNITS[unit]: int(number)})
    except (KeyError, ValueError):
        raise ValueError(f"not a moment: {words}") from None
    edge = datetime(today.year, month, 1, tzinfo=UTC) + timedelta(days=days)
    return edge.replace(day=1) + shift


def drills(folder: str) -> list[Drill]:
    """Every file of sql/<folder>, by name."""
    return [_own(found) for found in reading.drills(folder)]


def _own(found: reading.Drill) -> Drill:
    said = {field.name: getattr(found, field.name) for field in fields(found)}
    sees = tuple(Sight(sight.check, sight.status, sight.words) for sight in found.sees)
    users = tuple(_USERS[user] for user in found.users)
    return Drill(**{**said, "sees": sees, "users": users, "by": _USERS[found.by]})


def changed(report: Report, healthy: Report) -> dict[str, str]:
    """Which checks have another status than in the healthy database, and which?"""
    return {
        result.check: result.status.word
        for result in report.checks
        if result.status is not healthy[result.check].status
    }


def bad(report: Report) -> dict[str, str]:
    """Which checks are critical or unknown?"""
    return {r.check: r.status.word for r in report.checks if r.status >= Status.UNKNOWN}


def _send(database: Database, paragraphs: tuple[str, ...], user: str) -> None:
    for paragraph in paragraphs:
        text = reading.whole(paragraph)
        database.execute(text, user=user if text == paragraph else OWNER)
        if "pg_reload_conf" in paragraph:
            _await_reload(database)


def _await_reload(database: Database) -> None:
    """A reload reaches new sessions a moment later: ask until they have what the file says."""
    arrived = (
        "select reset_val = coalesce((select f.setting from pg_file_settings as f"
        " where f.name = s.name order by f.seqno desc limit 1), s.boot_val)"
        " from pg_settings as s where s.name = 'session_replication_role'"
    )
    for _ in range(1000):
        if database.value(arrived, user=SUPERUSER):
            return
    raise AssertionError("the reload did not reach new sessions")
