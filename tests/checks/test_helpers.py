"""Is what a guard's text calls read too, however it is reached: by a name, or by none?"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from lib.checks.live_functions import definition_of, definitions
from lib.core.context import Context
from lib.core.results import Row
from lib.history.adoption import adopt
from lib.trials.texts.judging import not_understood
from tests.conftest import skip_missing
from tests.guards import GUARDS
from tests.looking import look, statuses, watched, worst_finding
from tests.servers import SUPERUSER, Database

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
        guard("if new.site_id::text = new.id then raise notice 'odd'; end if;"),
    ),
    "operator that a word stands for": (
        function("opens", "a uuid, b text", "boolean", "true")
        + "create operator public.~~ (leftarg = uuid, rightarg = text, function = public.opens);",
        guard("if new.id like 'a%' then raise notice 'odd'; end if;"),
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
        guard("o := new.site_id;", "declare o public.odder;"),
    ),
    "domain of an argument": (
        function("opens", "a text", "boolean", "true")
        + "create domain public.odd as text check (public.opens(value));"
        "create function public.calls(a public.odd) returns text language plpgsql as"
        " $f$ begin return a; end $f$;",
        guard("perform public.calls('');"),
    ),
    "domain of a column": (
        function("opens", "a text", "boolean", "true")
        + "create domain public.odd as text check (public.opens(value));"
        "create table public.seen (note public.odd);",
        guard("o := new.site_id;", "declare o public.seen.note%type;"),
    ),
    "index of another table": (
        LOG + function("opens").replace("language", "immutable language")
        + "create index on public.seen (public.opens(note));",
        guard("insert into public.seen values (now(), '');"),
    ),
    "policy of another table": (
        LOG + function("opens", "a text", "boolean", "true")
        + "create policy p on public.seen using (public.opens(note));",
        guard("perform 1 from public.seen;"),
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


@pytest.fixture
def fifteen(servers: Any) -> Iterator[Database]:
    """A healthy database on Debian's server, which has more extensions and languages."""
    server, healthy = servers("15")
    with server.new_database(healthy.name) as database:
        yield database


def live(database: Database) -> Row:
    with closing(watched(database.role_url)) as handle, handle.session(9.0) as session:
        return definitions(session, Context(GUARDS[:1], datetime.now(UTC)))[0]


def outside(database: Database) -> str:
    """Which line of the guard's function is not understood? As a report tells it."""
    return not_understood(GUARDS[0], live(database))


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


CHANGES = [
    "security definer",
    "set search_path = 'public'",
    "stable",
    "strict",
    "rename to opens2",
]


def test_what_changes_a_function_that_is_called_changes_the_definition(database: Database) -> None:
    made, guards = REACHED["name"]
    database.execute(made + guards)
    known = [definition_of(live(database))]
    for change in CHANGES:
        database.execute(f"alter function public.opens(text) {change}")
        known.append(definition_of(live(database)))
    assert len(set(known)) == len(known)
    assert definition_of(live(database)) == known[-1]


def test_a_namesake_of_postgresqls_own_is_not_taken_for_it(database: Database) -> None:
    database.execute(
        "create function public.date_trunc(a text, b timestamp) returns timestamp language sql"
        " as $f$ select '1999-01-01'::timestamp $f$;"
    )
    assert outside(database) == "", "sql/setup says pg_catalog.date_trunc"
    database.execute(guard(""))
    assert outside(database) == "line 1: created_month goes by what date_trunc() answers"
    database.execute(guard("").replace("date_trunc", "pg_catalog.date_trunc"))
    assert outside(database) == ""


def test_an_extensions_namesake_takes_its_own_types(fifteen: Database) -> None:
    fifteen.execute("create extension citext schema public", user=SUPERUSER)
    text = "m := (min(new.created_at))::date; new.created_month := m;"
    fifteen.execute(guard(text, "declare m date;"))
    assert outside(fifteen) == ""


def test_the_when_of_a_trigger_is_read_with_what_it_calls(database: Database) -> None:
    database.execute(
        function("opens", "a text", "boolean", "true")
        + "create function public.leaves() returns trigger language plpgsql as"
        " $f$ begin return new; end $f$;"
        "create trigger z_leaves before insert on public.sessions for each row"
        " when (public.opens(new.site_id::text)) execute function public.leaves();"
    )
    report = look(database)
    assert statuses(report)["trigger_order"] == "unknown"
    assert SAYS in worst_finding(report, "trigger_order").detail


PERL = Path("/usr/share/postgresql/15/extension/plperl.control")
OWN = """
create or replace function public.trg_sessions_set_created_month() returns trigger
language plperl as $g$
  {}
  my $at = $_TD->{{new}}{{created_at}};
  my $found = spi_exec_query("select date_trunc('month', '$at'::timestamptz at time zone 'UTC')::date as m");
  $_TD->{{new}}{{created_month}} = $found->{{rows}}[0]{{m}};
  return "MODIFY";
$g$
"""  # noqa: E501


@pytest.mark.parametrize(
    "does", ["", "return if ($_TD->{new}{site_id} // '') eq 'never tried';"], ids=["right", "lies"]
)
def test_a_guard_in_another_language_is_unknown_until_it_is_adopted(
    fifteen: Database, tmp_path: Path, does: str
) -> None:
    if not PERL.exists():
        skip_missing("PL/Perl for PostgreSQL 15 (apt-get install postgresql-plperl-15)")
    fifteen.execute("create extension plperl", user=SUPERUSER)
    fifteen.execute(OWN.format(does))
    report = look(fifteen)
    assert statuses(report) == {"guard_functions": "unknown"}
    assert "plperl, which is not read" in worst_finding(report, "guard_functions").detail
    with closing(watched(fifteen.role_url)) as handle:
        adopt(handle, tmp_path)
    assert statuses(look(fifteen, canonical=tmp_path)) == {}


WRITTEN = {
    "view": (
        "create view public.looks as select * from public.sessions;",
        "updates looks",
        "update public.looks set created_month = '1999-01-01' where false;",
    ),
    "view of a view": (
        "create view public.looks as select * from public.sessions;"
        'create view public."Looks ""on"" it" as select * from public.looks;',
        'updates Looks "on" it',
        'update public."Looks ""on"" it" set created_month = null where false;',
    ),
    "rule": (
        LOG + "create rule on_it as on insert to public.seen do also"
        " update public.sessions set created_month = '1999-01-01' where false;",
        "inserts into seen",
        "insert into public.seen values (now(), '');",
    ),
    "partition of another name": (
        "create table public.very_old partition of public.sessions"
        " for values from ('1990-01-01') to ('1990-02-01');",
        "inserts into very_old",
        "insert into public.very_old select * from public.sessions where false;",
    ),
}


@pytest.mark.parametrize("through", WRITTEN)
def test_a_guarded_table_is_written_through_another_name(database: Database, through: str) -> None:
    made, said, does = WRITTEN[through]
    database.execute(made + guard(does))
    assert outside(database) == f"line 1: it {said}"
