"""What really happens to the rows that an ordinary writer sends? The oracle's truth.

Each trial runs as the writer, in a savepoint, with the deferred foreign key checked at once; all
of it is rolled back. A key may come out right, or the row be refused where its key was not right.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import psycopg

from tests.drills.statements import WRITER
from tests.servers import Database

MUST_SUCCEED = ("insert, right key, this month", "insert, right key, before", "update of another")
FOREIGN_KEY_VIOLATION = "23503"
ZONES = ("UTC", "Pacific/Auckland")
# Moments of this and of the next month, and what a writer may send as the key of either.
MOMENTS = {
    "this month": "date_trunc('month', now(), 'UTC') + interval '3 hours'",
    "this month's end": "date_trunc('month', now(), 'UTC') + interval '1 month - 30 minutes'",
    "next month": "date_trunc('month', now(), 'UTC') + interval '1 month 3 hours'",
}
KEYS = {
    "right": "{right}",
    "not the first": "{right} + 12",
    "another month": "({right} - interval '2 months')::date",
    "null": "null",
    "missing": "default",
}
MONTH = "date_trunc('month', ({moment}) at time zone 'UTC')::date"
# The template's own sessions, one of each month, whose events are tried.
SESSION = "md5('oracle {}')::uuid"
SOME_EVENT = "(select id from public.events order by created_at desc limit 1)"
JOINS = (
    "select exists (select from public.sessions as s where s.id = e.session_id"
    " and s.created_month = e.session_month) from public.events as e where e.id = %s"
)

PREPARE = f"""
do $$ begin
    if to_regrole('{WRITER}') is null then create role {WRITER} login; end if;
end $$;
grant usage on schema public to {WRITER};
grant select, insert, update, delete on public.sessions, public.events to {WRITER};
create policy writes on public.sessions to {WRITER} using (true) with check (true);
create policy writes on public.events to {WRITER} using (true) with check (true);
""" + "".join(
    "insert into public.sessions (id, created_month, created_at) values"
    f" ({SESSION.format(name.replace(chr(39), ''))}, {MONTH.format(moment=moment)}, {moment});"
    for name, moment in MOMENTS.items()
)


@dataclass(frozen=True)
class Wrong:
    """A row that came out wrong: of which table, and how.

    `silent` where the row is stored wrong or lost without a word. Else it was refused: loudly,
    though it was right, or by the foreign key alone, because the guard does not work.
    """

    table: str
    words: str
    silent: bool = True
    held: bool = False


def wrongs(database: Database) -> list[Wrong]:
    """Which rows come out wrong, get lost, or are refused although they are right?"""
    found: list[Wrong] = []
    with database.connect(WRITER, autocommit=False) as connection:
        found += [*_other_updates(connection), *_event_first(connection)]
        for zone in ZONES:
            connection.execute("select set_config('timezone', %s, false)", (zone,))
            for name, moment in MOMENTS.items():
                for key, value in KEYS.items():
                    words = f"{key} key, {name}, {zone}"
                    found += _session_trials(connection, words, moment, value)
                    found += _event_trials(connection, words, name, moment, value)
        connection.rollback()
    return found


def _other_updates(connection: psycopg.Connection[Any]) -> list[Wrong]:
    """Does an update of other columns leave the keys right?"""
    session = _session(connection, "this month")
    event = _id(connection, SOME_EVENT)
    kept = f"select created_month = {MONTH.format(moment='created_at')} from public.sessions"
    touch = "update public.sessions set site_id = gen_random_uuid() where id = %s returning id"
    visit = "update public.events set url = '/other' where id = %s returning id"
    words = "update of another column"
    return [
        *_tried(connection, "sessions", words, touch, session, f"{kept} where id = %s"),
        *_tried(connection, "events", words, visit, event, JOINS),
    ]


def _event_first(connection: psycopg.Connection[Any]) -> list[Wrong]:
    """May an event come before its session, within one transaction?"""
    moment = MOMENTS["this month"]
    month = MONTH.format(moment=moment)
    session = "md5('oracle late')::uuid"
    both = (
        "with session as (insert into public.sessions (id, created_month, created_at)"
        f" values ({session}, {month}, {moment}))"
        " insert into public.events (session_id, session_month, created_at)"
        f" values ({session}, {month}, {moment}) returning id"
    )
    return _tried(connection, "events", "insert, right key, before its session", both, None, JOINS)


def _session_trials(
    connection: psycopg.Connection[Any], words: str, moment: str, value: str
) -> list[Wrong]:
    right = MONTH.format(moment=moment)
    key = value.format(right=right)
    insert = (
        "insert into public.sessions (id, created_month, created_at)"
        f" values (gen_random_uuid(), {key}, {moment}) returning id"
    )
    stored = f"select created_month = {right} from public.sessions where id = %s"
    found = _tried(connection, "sessions", f"insert, {words}", insert, None, stored)
    if value != KEYS["right"]:
        own = MONTH.format(moment="created_at")
        update = f"update public.sessions set created_month = {key} where id = %s returning id"
        name = words.split(", ")[1].replace("'", "")
        kept = f"select created_month = {own} from public.sessions where id = %s"
        session = _session(connection, name)
        found += _tried(connection, "sessions", f"update, {words}", update, session, kept)
    return found


def _event_trials(
    connection: psycopg.Connection[Any], words: str, name: str, moment: str, value: str
) -> list[Wrong]:
    session = _session(connection, name.replace("'", ""))
    if session is None:
        return []
    right = MONTH.format(moment=moment)
    key = value.format(right=right)
    insert = (
        "insert into public.events (id, session_id, session_month, created_at)"
        f" values (gen_random_uuid(), '{session}', {key}, {moment} + interval '1 hour')"
        " returning id"
    )
    found = _tried(connection, "events", f"insert, {words}", insert, None, JOINS)
    if value != KEYS["right"] or "this month" not in words:
        update = (
            f"update public.events set session_id = '{session}', session_month = {key}"
            " where id = %s returning id"
        )
        event = _id(connection, SOME_EVENT)
        found += _tried(connection, "events", f"update, {words}", update, event, JOINS)
    return found


def _tried(
    connection: psycopg.Connection[Any],
    table: str,
    words: str,
    statement: str,
    given: object,
    judged: str,
) -> list[Wrong]:
    """Run one statement and look at the row; a row that was not right may be refused."""
    if "%s" in statement and given is None:
        return []  # the row to update is out of sight: its partition is detached
    try:
        with connection.transaction(force_rollback=True):
            cursor = connection.execute(statement, (given,) if given else None)
            written = cursor.fetchone()
            connection.execute("set constraints all immediate")
            if written is None:
                return [Wrong(table, f"{words}: lost without a word")]
            answer = connection.execute(judged, written).fetchone()
    except psycopg.Error as error:
        return _refused(table, words, error.sqlstate)
    if answer is None:
        return [Wrong(table, f"{words}: stored nowhere")]
    return [] if answer[0] else [Wrong(table, f"{words}: stored with a wrong key")]


def _refused(table: str, words: str, state: str | None) -> list[Wrong]:
    """May this row be refused, and for this reason?"""
    if state == FOREIGN_KEY_VIOLATION:
        return [Wrong(table, f"{words}: held by the foreign key", False, held=True)]
    must = words.startswith(MUST_SUCCEED)
    return [Wrong(table, f"{words}: refused, {state}", False)] if must else []


def _session(connection: psycopg.Connection[Any], name: str) -> object:
    sought = SESSION.format(name)
    return _id(connection, f"(select id from public.sessions where id = {sought})")


def _id(connection: psycopg.Connection[Any], expression: str) -> object:
    row = connection.execute(f"select {expression}").fetchone()  # type: ignore[arg-type]
    return None if row is None else row[0]
