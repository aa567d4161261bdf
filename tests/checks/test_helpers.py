"""Is what a guard's text calls read too, however it is reached: by a name, or by none?"""

from __future__ import annotations

from contextlib import closing
from datetime import UTC, datetime

import pytest

from lib.checks.guard_behaviour import definitions
from lib.core.context import Context
from lib.core.guards import GUARDS
from lib.trials.texts import not_understood
from tests.looking import watched
from tests.servers import Database

MONTH = "new.created_month := date_trunc('month', new.created_at at time zone 'UTC')::date;"
OPENS = (
    "begin if extract(second from now()) = 13.131313 then"
    " perform set_config('session_replication_role', 'replica', true); end if; return {}; end"
)
LOG = "create table public.seen (at timestamptz default now(), note text);"
SAYS = "it sets session_replication_role"


def guard(does: str, declares: str = "") -> str:
    return (
        "create or replace function public.trg_sessions_set_created_month() returns trigger"
        f" language plpgsql as $g$ {declares} begin {does} {MONTH} return new; end $g$;"
    )


def function(name: str, takes: str = "a text", gives: str = "text", answer: str = "null") -> str:
    """A function that opens the guards for whoever reaches it."""
    return (
        f"create function public.{name}({takes}) returns {gives} language plpgsql as"
        f" $f$ {OPENS.format(answer)} $f$;"
    )


FIRES = function("opens", "", "trigger", "new")
REACHED = {
    "name": (function("opens"), guard("perform public.opens('');")),
    "comment before the bracket": (function("opens"), guard("perform opens /* ( */ ('');")),
    "comment of a line": (function("opens"), guard("perform opens -- (\n ('');")),
    "comment in the name": (function("opens"), guard("perform public /**/ . /**/ opens('');")),
    "capitals": (function('"Opens"'), guard("perform \"Opens\"('');")),
    "quotes in its name": (function('"op""ens"'), guard("perform \"op\"\"ens\"('');")),
    "longer than names are": (
        function("o" * 63),
        guard(f"perform {'o' * 70}('');"),
    ),
    "an argument named id": (function("opens", "id uuid"), guard("perform public.opens(new.id);")),
    "operator": (
        function("opens", "a text, b text")
        + "create operator public.=== (leftarg = text, rightarg = text, function = public.opens);",
        guard("perform '' operator(public.===) '';"),
    ),
    "operator that PostgreSQL has too": (
        function("opens", "a text, b uuid", "boolean")
        + "create operator public.= (leftarg = text, rightarg = uuid, function = public.opens);",
        guard("if new.url = new.id then raise notice 'odd'; end if;"),
    ),
    "cast to a type of its own": (
        "create type public.odd as (a text);"
        + function("opens", "a text", "public.odd")
        + "create cast (text as public.odd) with function public.opens(text);",
        guard("perform ''::text::public.odd;"),
    ),
    "domain": (
        function("opens", "a text", "boolean", "true")
        + "create domain public.odd as text check (public.opens(value));",
        guard("perform ''::public.odd;"),
    ),
    "domain of a variable": (
        function("opens", "a text", "boolean", "true")
        + "create domain public.odd as text check (public.opens(value));"
        "create domain public.odder as public.odd;",
        guard("o := new.url;", "declare o public.odder;"),
    ),
    "field": (
        function("opens", "a public.sessions"),
        guard("perform s.opens from public.sessions as s limit 1;"),
    ),
    "view": (
        function("opens") + "create view public.looks as select public.opens('') as a;"
        "create view public.looks_on as select * from public.looks;",
        guard("perform a from public.looks_on;"),
    ),
    "trigger of another table": (
        LOG + FIRES + "create trigger act after insert on public.seen for each row"
        " execute function public.opens();",
        guard("insert into public.seen values (now(), '');"),
    ),
    "trigger of another table's partition": (
        FIRES + "create table public.seen (at timestamptz) partition by range (at);"
        "create table public.seen_all partition of public.seen"
        " for values from (minvalue) to (maxvalue);"
        "create trigger act after insert on public.seen_all for each row"
        " execute function public.opens();",
        guard("insert into public.seen values (now());"),
    ),
    "default of another table": (
        LOG + function("opens") + "alter table public.seen alter note set default"
        " public.opens('');",
        guard("insert into public.seen values (default);"),
    ),
    "default of an argument": (
        function("opens") + "create function public.calls(a text default public.opens(''))"
        " returns text language plpgsql as $f$ begin return a; end $f$;",
        guard("perform public.calls();"),
    ),
    "aggregate": (
        function("opens", "a text, b text")
        + "create aggregate public.gather(text) (sfunc = public.opens, stype = text);",
        guard("perform public.gather('');"),
    ),
    "BEGIN ATOMIC": (
        function("opens") + "create function public.calls() returns text begin atomic"
        " select public.opens(''); end;",
        guard("perform public.calls();"),
    ),
}  # fmt: skip


def outside(database: Database, table: str = "sessions") -> str:
    """Which line of that guard's function is not understood? As a report tells it."""
    number = [each.table for each in GUARDS].index(table)
    with closing(watched(database.role_url)) as handle, handle.session(9.0) as session:
        live = definitions(session, Context(GUARDS[:2], datetime.now(UTC)))
        return not_understood(GUARDS[number], live[number])


@pytest.mark.parametrize("way", REACHED)
def test_a_function_is_read_however_it_is_reached(database: Database, way: str) -> None:
    made, guards = REACHED[way]
    database.execute(made + guards)
    assert SAYS in outside(database)


# What is outside though all that it reaches is harmless.
UNREAD = {"BEGIN ATOMIC": "calls() is not read here", "aggregate": "gather() is not read here"}


@pytest.mark.parametrize("way", REACHED)
def test_what_is_reached_and_does_nothing_leaves_the_text_understood(
    database: Database, way: str
) -> None:
    made, guards = REACHED[way]
    database.execute(made.replace("'session_replication_role'", "'app.seen'") + guards)
    said = outside(database)
    assert UNREAD[way] in said if way in UNREAD else said == ""
