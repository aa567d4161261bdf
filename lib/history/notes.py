"""What did operators write about an incident? A note is a history row; it is only ever added."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime

from lib.core.errors import NoteRefused
from lib.core.values import written_moment
from lib.db.database import Database
from lib.history import rows
from lib.history.history import NOTE, History
from lib.history.incidents import Incident, incidents

LONGEST = 2_000
_SECONDS = 5.0


@dataclass(frozen=True)
class Note:
    """What was written, when and by whom? `about` is a moment within the incident."""

    at: datetime
    about: datetime
    text: str
    by: str
    face: str


def notes(history: History) -> tuple[Note, ...]:
    """Every note of this time, oldest first."""
    found = []
    for deed in history.deeds:
        about = written_moment(deed.word("about"))
        if deed.kind == NOTE and about is not None and deed.word("text"):
            by, face = deed.word("by"), deed.word("face")
            found.append(Note(deed.at, about, deed.word("text"), by, face))
    return tuple(found)


def notes_of(incident: Incident, written: Iterable[Note]) -> tuple[Note, ...]:
    """Those about this incident.

    By time and not by a run: another copy may have seen it begin a little earlier, or later.
    """
    begin, end = incident.last_ok, incident.ended
    return tuple(
        note
        for note in written
        if (begin is None or note.about > begin) and (end is None or note.about < end)
    )


def incident_at(history: History, moment: datetime | None) -> Incident:
    """Which incident is meant: the one at this moment, or else the last? Raises: NoteRefused."""
    known = incidents(history)
    if not known:
        raise NoteRefused("There is no incident in the last 90 days, so there is nothing to note.")
    if moment is None:
        return known[-1]
    for incident in reversed(known):
        begin = incident.last_ok or incident.began
        if begin < moment < (incident.ended or datetime.max.replace(tzinfo=UTC)):
            return incident
    raise NoteRefused(
        f"There was no incident at {moment.astimezone(UTC):%d %b %Y, %H:%M} UTC, as far as the "
        "last 90 days are known."
    )


def checked(text: str) -> str:
    """The text as it is kept. Raises: NoteRefused where there is none, or too much of it."""
    found = "\n".join(line.rstrip() for line in text.strip().splitlines())
    if not found:
        raise NoteRefused("The note is empty.")
    if len(found) > LONGEST:
        raise NoteRefused(f"The note has {len(found):,} characters; {LONGEST:,} are the most.")
    if "\x00" in found:
        raise NoteRefused("The note holds a character that PostgreSQL cannot keep.")
    return found


def keep(database: Database, about: datetime, text: str, *, by: str, face: str) -> None:
    """Add the note as one row. Raises: NoteRefused, QueryFailed, DatabaseUnreachable."""
    details = {
        "about": about.astimezone(UTC).isoformat(),
        "text": checked(text),
        "by": by,
        "face": face,
    }
    with database.session(_SECONDS) as session:
        rows.keep(session, NOTE, details)
