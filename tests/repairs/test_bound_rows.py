"""Does all that a foreign key binds to a key move with it, and is it counted?"""

from __future__ import annotations

import json

import pytest

from lib.core.remedies import Remedy
from lib.core.statements import transactions
from tests.looking import check
from tests.real import OWNER_OF_TABLES
from tests.real.test_calls import LOST, LOST_EVENTS, WRONG, apply, drifted, execute, value
from tests.servers import SUPERUSER, Database

IN_SESSIONS = "references public.sessions (id, created_month)"
ROWS = "select s.id, s.created_month from public.sessions as s"
EVIL = '"a ""table"" of\nours"'
COLUMNS = "n int generated always as identity, what text default 'x', of_session uuid, month date"
# Tables that nobody declared, with what fills them, and the columns of which table they repeat.
RELATIVES = {
    "deferrable, in turned order": (
        f"create table public.offers ({COLUMNS}, foreign key (month, of_session)"
        " references public.sessions (created_month, id) deferrable);"
        f"insert into public.offers (of_session, month) {ROWS};",
        [("public.offers", "of_session, month", "public.sessions", "id, created_month")],
    ),
    "of another schema, with names that must be quoted": (
        f'create schema "Own things"; create table "Own things".{EVIL} (n int generated always as'
        f' identity, "of session" uuid, "ünd\nMonth" date, double int generated always as (n * 2)'
        f' stored, foreign key ("of session", "ünd\nMonth") {IN_SESSIONS} on update restrict);'
        f'insert into "Own things".{EVIL} ("of session", "ünd\nMonth") {ROWS};',
        [
            (
                f'"Own things".{EVIL}',
                '"of session", "ünd\nMonth"',
                "public.sessions",
                "id, created_month",
            )
        ],
    ),
    "partitioned by that key": (
        f"create table public.offers ({COLUMNS}, primary key (n, month), foreign key"
        f" (of_session, month) {IN_SESSIONS} on delete cascade) partition by range (month);"
        "create table public.offers_default partition of public.offers default;"
        "create table public.offers_now partition of public.offers for values from"
        " (date_trunc('month', now() at time zone 'UTC')) to ('infinity');"
        f"insert into public.offers (of_session, month) {ROWS};",
        [("public.offers", "of_session, month", "public.sessions", "id, created_month")],
    ),
    "twice to sessions": (
        f"create table public.offers ({COLUMNS}, seen_last uuid, seen_month date,"
        f" foreign key (of_session, month) {IN_SESSIONS} on update set null,"
        f" foreign key (seen_last, seen_month) {IN_SESSIONS});"
        "insert into public.offers (of_session, month, seen_last, seen_month)"
        " select s.id, s.created_month, o.id, o.created_month"
        " from (select *, row_number() over (order by created_at) as n from public.sessions) as s"
        " left join (select *, row_number() over (order by created_at) as n from public.sessions)"
        " as o on o.n = s.n - 3;",
        [
            ("public.offers", "of_session, month", "public.sessions", "id, created_month"),
            ("public.offers", "seen_last, seen_month", "public.sessions", "id, created_month"),
        ],
    ),
    "a chain of two, the second to itself as well": (
        f"create table public.offers ({COLUMNS}, unique (n, month),"
        f" foreign key (of_session, month) {IN_SESSIONS});"
        "create table public.orders (n int generated always as identity, offer int, its_month date,"
        " before int, before_month date, unique (n, its_month),"
        " foreign key (its_month, offer) references public.offers (month, n) on update set default,"
        " foreign key (before, before_month) references public.orders (n, its_month));"
        f"insert into public.offers (of_session, month) {ROWS};"
        "insert into public.orders (offer, its_month) select n, month from public.offers;"
        "update public.orders as o set before = p.n, before_month = p.its_month"
        " from public.orders as p where p.n = o.n - 1;",
        [
            ("public.offers", "of_session, month", "public.sessions", "id, created_month"),
            ("public.orders", "offer, its_month", "public.offers", "n, month"),
            ("public.orders", "before, before_month", "public.orders", "n, its_month"),
        ],
    ),
    "sessions to themselves": (
        "alter table public.sessions add came_after uuid, add after_month date,"
        f" add foreign key (came_after, after_month) {IN_SESSIONS};"
        "update public.sessions as s set came_after = o.id, after_month = o.created_month"
        " from (select id, created_month, lead(id) over (order by created_at) as next"
        "   from public.sessions) as o where o.next = s.id;",
        [("public.sessions", "came_after, after_month", "public.sessions", "id, created_month")],
    ),
    "to events, which follow sessions": (
        "create table public.remarks (event uuid, event_month date, foreign key"
        " (event, event_month) references public.events (id, session_month) on update restrict);"
        "insert into public.remarks select id, session_month from public.events;",
        [("public.remarks", "event, event_month", "public.events", "id, session_month")],
    ),
    "events by a key that is judged at once": (
        "alter table public.events drop constraint fk_events_session,"
        " add constraint fk_events_session foreign key (session_id, session_month)"
        " references public.sessions (id, created_month) on delete cascade;"
        "create table public.remarks (event uuid, event_month date, foreign key"
        " (event, event_month) references public.events (id, session_month));"
        "insert into public.remarks select id, session_month from public.events;",
        [("public.remarks", "event, event_month", "public.events", "id, session_month")],
    ),
}
ACTIONS = ("no action", "restrict", "cascade", "set null", "set default")
for number, action in enumerate(ACTIONS):
    late = ("", "deferrable", "deferrable initially deferred")[number % 3]
    RELATIVES[f"on update and delete {action} {late}".strip()] = (
        f"create table public.offers ({COLUMNS}, foreign key (of_session, month) {IN_SESSIONS}"
        f" on update {action} on delete {action} {late});"
        f"insert into public.offers (of_session, month) {ROWS};",
        [("public.offers", "of_session, month", "public.sessions", "id, created_month")],
    )


def found(database: Database, bound: list[tuple[str, str, str, str]]) -> list[int]:
    """How many rows find what they refer to?"""
    return [
        value(database, f"select count(*) from {rows} where ({columns}) in"
                        f" (select {theirs} from {parent})")
        for rows, columns, parent, theirs in bound
    ]  # fmt: skip


@pytest.fixture(params=RELATIVES)
def relative(
    request: pytest.FixtureRequest, production: Database
) -> tuple[Database, list[tuple[str, str, str, str]]]:
    """Production with wrong keys, which a table repeats that nobody declared."""
    made, bound = RELATIVES[request.param]
    production.execute(
        f"grant create on database {production.name} to {OWNER_OF_TABLES}", user=SUPERUSER
    )
    drifted(production, 6)
    execute(production, made)
    return production, bound


def test_it_moves_by_the_printed_sql(
    relative: tuple[Database, list[tuple[str, str, str, str]]],
) -> None:
    database, bound = relative
    before = found(database, bound)
    assert all(before)
    remedy = check(database, "wrong_keys", OWNER_OF_TABLES).failing()[0].remedy or ""
    for text in transactions(remedy):
        execute(database, text)
    assert found(database, bound) == before
    assert value(database, WRONG) == value(database, LOST) == value(database, LOST_EVENTS) == 0


def test_it_moves_by_apply_and_is_counted(
    relative: tuple[Database, list[tuple[str, str, str, str]]],
) -> None:
    database, bound = relative
    before, wrong = found(database, bound), value(database, WRONG)
    done = apply(database)
    assert found(database, bound) == before
    assert value(database, WRONG) == value(database, LOST) == value(database, LOST_EVENTS) == 0
    (line,) = [line for line in done.done if line.startswith("Repair the keys of public.sessions")]
    assert f"sessions: {wrong} rows, with " in line
    assert not [line for line in done.failed if "keys" in line]


def test_table_of_another_owner_stops_the_repair(production: Database) -> None:
    """Its triggers would run with the rights of the owner of sessions."""
    drifted(production, 6)
    execute(production, RELATIVES["on update and delete no action"][0])
    production.execute("alter table public.offers owner to postgres", user=SUPERUSER)
    production.execute("grant all on public.offers to owner_of_tables", user=SUPERUSER)
    before = value(production, WRONG)
    failed = apply(production).failed
    assert any("rows of public.offers repeat the key of these rows" in line for line in failed)
    assert value(production, WRONG) == before


def test_history_keeps_what_moves_with_it(production: Database) -> None:
    drifted(production, 6)
    execute(production, RELATIVES["twice to sessions"][0])
    for remedy in check(production, "wrong_keys", OWNER_OF_TABLES).failing()[0].remedies:
        assert remedy.repair
        assert [each.table for each in remedy.repair.bindings] == [
            *([("public", "events")] + 2 * [("public", "offers")]),
        ]
        kept = json.loads(json.dumps(remedy.to_json()))
        assert Remedy.from_json(kept) == remedy
