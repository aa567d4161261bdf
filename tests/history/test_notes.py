"""Does a note reach its incident, whoever sees it begin when, and is nonsense refused?"""

from __future__ import annotations

from contextlib import closing
from datetime import UTC, datetime, timedelta

import pytest

from lib.core.errors import NoteRefused
from lib.core.results import Status
from lib.db.database import Database as Connection
from lib.history import notes
from lib.history import rows as history_rows
from lib.history.history import VERIFICATION, History, Run
from lib.history.incidents import incidents
from lib.settings.settings import parse_url
from tests.servers import Database
from tests.test_cli import run

NOW = datetime(2026, 11, 25, 12, tzinfo=UTC)


def ran(minute: int, status: Status = Status.OK) -> Run:
    at = NOW + timedelta(minutes=minute)
    return Run(f"run {minute}", at, VERIFICATION, status, {"guard_triggers": status})


KNOWN = History((ran(0), ran(15, Status.CRITICAL), ran(30), ran(45, Status.CRITICAL)))


def note(minute: int) -> notes.Note:
    return notes.Note(NOW, NOW + timedelta(minutes=minute), "why", "olga", "page")


@pytest.mark.parametrize(("minute", "which"), [(3, 0), (15, 0), (29, 0), (31, 1), (45, 1), (99, 1)])
def test_note_belongs_to_the_incident_of_its_moment(minute: int, which: int) -> None:
    found = [bool(notes.notes_of(each, [note(minute)])) for each in incidents(KNOWN)]
    assert found == [which == 0, which == 1]
    assert notes.incident_at(KNOWN, note(minute).about) == incidents(KNOWN)[which]


def test_without_a_moment_it_is_the_last_one_and_without_an_incident_none() -> None:
    assert notes.incident_at(KNOWN, None).began == NOW + timedelta(minutes=45)
    with pytest.raises(NoteRefused, match="no incident at"):
        notes.incident_at(KNOWN, NOW - timedelta(hours=1))
    with pytest.raises(NoteRefused, match="no incident in the last 90 days"):
        notes.incident_at(History((ran(0),)), None)


@pytest.mark.parametrize("text", ["", " \n ", "x" * 2001, "a\x00b"])
def test_nonsense_is_refused(text: str) -> None:
    with pytest.raises(NoteRefused):
        notes.checked(text)


def test_command_keeps_a_note_for_its_incident(database: Database) -> None:
    database.execute(
        "insert into public.watchtower_checks (check_name, ok, details, created_at)"
        " values ('partition_watchtower', true, '{}', now() - interval '2 hours'),"
        ' (\'partition_watchtower\', false, \'{"status": "critical", "checks":'
        ' [{"check": "guard_triggers", "status": "critical"}]}\', now() - interval \'1 hour\')'
    )
    done = run(
        "note", "A migration\ndropped it. <b>", "--by", "Olga", DATABASE_URL=database.role_url
    )
    assert done.code == 0
    assert "Noted on the incident of" in done.out
    assert "guard_triggers" in done.out
    with closing(Connection(parse_url("x", database.role_url))) as connection:
        known = history_rows.read(connection, History(), datetime.now(UTC))
    (incident,) = incidents(known)
    (kept,) = notes.notes_of(incident, notes.notes(known))
    assert (kept.text, kept.by, kept.face) == (
        "A migration\ndropped it. <b>",
        "Olga",
        "command line",
    )


def test_command_says_why_it_kept_nothing(database18: Database) -> None:
    for arguments, why in (
        (("note", "x"), "There is no incident in the last 90 days"),
        (("note", "x" * 3000), "2,000 are the most"),
    ):
        done = run(*arguments, DATABASE_URL=database18.role_url)
        assert done.code == 1
        assert why in done.err
    assert run("note", " ").code == 64
    assert run("note", "x", "--incident", "yesterday").code == 64
