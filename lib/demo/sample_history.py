"""What does the demo's history tell of the weeks before it was made? Sample runs, and says so.

They are copies of real verifications of the new database: as it is healthy, with a guard off and
rows written past it, and with rows out of the role's sight.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import NAMESPACE_URL, UUID, uuid5

import psycopg

from lib import verification
from lib.core.results import Status, rfc3339
from lib.core.weeks import LENGTH, week_of
from lib.core.words import since_words
from lib.db import sql
from lib.db.database import Database
from lib.demo import drills
from lib.history.history import NOTE, VERIFICATION
from lib.settings.settings import parse_url
from lib.watch.schedule import USUAL, slot_id

WEEKS = 5  # a review compares a week with the four before it
SAMPLE = "sample data"
_SCHEDULE = "the schedule"
_OPERATOR = "olga@example.org"
_NOTE = (
    "The import of old visits (migration import_old_visits) switched the sessions guard off and "
    "did not switch it on again. Its 12 sessions and their events went to {month}: joins still "
    "matched, counts by month did not. Switched on again, rows repaired."
)
# So long before the run that saw it was the migration, and its last row written past the guard.
_MIGRATED, _WRITTEN = timedelta(minutes=11), timedelta(minutes=6)
_LATE = timedelta(seconds=1)  # a row comes so long after its slot
_OK = Status.OK.word
_COLUMNS = "id, check_name, ok, details, created_at"

Row = tuple[UUID, str, bool, str, datetime]  # as it is kept: see _COLUMNS


@dataclass(frozen=True)
class Story:
    """What happened when, in weeks that are over? Moments in UTC, all of them slots."""

    begin: datetime
    off: datetime  # the first run that sees the guard off
    on: datetime  # the first after which it is on again
    blind: datetime
    seeing: datetime
    silent: datetime  # nobody looks
    looking: datetime

    @property
    def migrations(self) -> tuple[tuple[str, str], ...]:
        """Version and name of each, oldest first; the last one switched the guard off."""
        written = (
            (self.begin - timedelta(days=21), "add_ingest_dedup_id"),
            (self.begin - timedelta(days=9), "events_category_and_action"),
            (self.off - _MIGRATED, "import_old_visits"),
        )
        return tuple((f"{moment:%Y%m%d%H%M%S}", name) for moment, name in written)


def story(now: datetime) -> Story:
    """The same story in the weeks before any moment."""
    this = week_of(now)
    last, gap, earlier = (this.later(-weeks).start for weeks in (1, 2, 3))
    off = last + timedelta(days=6, hours=21, minutes=15)
    blind = earlier + timedelta(days=3, hours=14, minutes=30)
    silent = gap + timedelta(days=5, hours=1, minutes=30)
    return Story(
        begin=this.later(-WEEKS).start,
        off=off,
        on=off + 3 * USUAL,
        blind=blind,
        seeing=blind + 2 * USUAL,
        silent=silent,
        looking=silent + timedelta(hours=2),
    )


def give(
    role_url: str, owner_url: str, now: datetime, grow: Callable[[datetime, datetime], None]
) -> None:
    """Write the history of the weeks before `now` into a database that is being made.

    Its traffic reaches to the story's first break; `grow` adds that of a further time.
    Raises: DatabaseUnreachable, psycopg.Error.
    """
    told = story(now)
    with psycopg.connect(owner_url, autocommit=True) as owner:
        _migrate(owner, told.migrations[:-1])
        # No policy lets the role see events; then the guard is off, and rows are written past it.
        for paragraph in drills.by_name()["blind-without-a-policy"].breaks:
            owner.execute(paragraph.encode())
        blind = _verified(owner, role_url, told.blind)
        owner.execute(sql.load("setup/50_role").encode())
        grow(told.blind, told.off)
        _migrate(owner, told.migrations[-1:])
        written = {"at": (told.off - _WRITTEN).isoformat()}
        owner.execute(sql.by_hand("demo/50_guard_off", {}, written).encode())
        off = _verified(owner, role_url, told.off)
        owner.execute(sql.load("demo/51_guard_on").encode())
        grow(told.off, now)
        fine = _verified(owner, role_url, now)
        owner.execute("truncate public.watchtower_checks")
        copy = f"copy public.watchtower_checks ({_COLUMNS}) from stdin"
        with owner.cursor() as cursor, cursor.copy(copy) as rows:
            for row in _rows(told, now, fine, blind, off):
                rows.write_row(row)
        owner.execute("analyze public.watchtower_checks")


@dataclass(frozen=True)
class _Kept:
    """One verification as its row keeps it, and of which moment it speaks."""

    details: dict[str, Any]
    at: datetime


def _verified(owner: psycopg.Connection[Any], role_url: str, at: datetime) -> _Kept:
    """A real verification of that moment. Of what is right the sentence alone is kept."""
    with closing(Database(parse_url("the demo's", role_url))) as database:
        verification.verify(database, who=_SCHEDULE, face=SAMPLE, now=at)
    row = owner.execute(sql.load("demo/53_last_run").encode()).fetchone()
    assert row is not None
    details: dict[str, Any] = row[0]
    for check in details["checks"]:
        if check["status"] == _OK:
            check["findings"] = []
    return _Kept(details, at)


def _migrate(owner: psycopg.Connection[Any], migrations: tuple[tuple[str, str], ...]) -> None:
    versions, names = zip(*migrations, strict=True)
    values = {"versions": list(versions), "names": list(names)}
    owner.execute(sql.prepared("demo/52_migrations"), values)


def _rows(told: Story, now: datetime, fine: _Kept, blind: _Kept, off: _Kept) -> Iterator[Row]:
    """A run at every slot that is over, one after each repair, and the note."""

    def seen(at: datetime) -> dict[str, Any]:
        """Which migrations there were by then."""
        migrations: dict[str, Any] = (off if at >= told.off else blind).details["migrations"]
        return migrations

    slot = told.begin
    while slot + USUAL <= now:
        if not told.silent <= slot < told.looking:
            if told.blind <= slot < told.seeing:
                kept = blind
            elif told.off <= slot < told.on:
                kept = off
            else:
                kept = fine
            yield _run(slot_id(slot), kept, slot, seen(slot), late=slot != told.begin)
        slot += USUAL
    for repaired in (told.seeing, told.on):
        at = repaired - timedelta(minutes=7)
        yield _run(_named(f"mended {at}"), fine, at, seen(at), by=_OPERATOR)
    month = told.off.replace(day=1) - timedelta(days=70)  # in the third month before
    note = _NOTE.format(month=f"{month:%B}")
    about = {"about": told.off.isoformat(), "text": note, "by": _OPERATOR, "face": SAMPLE}
    at = told.on + timedelta(minutes=19)
    yield _named("note"), NOTE, True, json.dumps(about), at


def _run(
    row: UUID,
    kept: _Kept,
    at: datetime,
    migrations: dict[str, Any],
    *,
    by: str | None = None,
    late: bool = True,
) -> Row:
    """This verification as if it were of that moment; its row comes a little later."""
    written = at + _LATE if late else at
    details = {**kept.details, "migrations": migrations, "checked_at": rfc3339(written)}
    if by is not None:
        details["who"] = by
    if details["drift"]:
        details["drift"] = details["drift"] | {"checked_at": rfc3339(written)}
    spread = int.from_bytes(row.bytes[:2]) / 65536  # no two runs take equally long
    details["duration_ms"] = round(details["duration_ms"] * (0.8 + 0.5 * spread))
    was, week = since_words(kept.at - LENGTH, kept.at), since_words(at - LENGTH, at)
    text = json.dumps(details).replace(was, week)
    return row, VERIFICATION, details["ok"], text, written


def _named(what: str) -> UUID:
    return uuid5(NAMESPACE_URL, f"{VERIFICATION} sample {what}")
