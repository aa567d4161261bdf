"""Is what there is to guard found, and nothing where there is nothing?"""

from __future__ import annotations

import time
import tomllib
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from lib.core.declaration import declaration
from lib.core.errors import DatabaseUnreachable
from lib.core.guards import Guard
from lib.setup.discover.discovery import discover
from lib.setup.discover.found import Discovery
from lib.setup.discover.toml import NOTHING, as_toml, summary
from tests.faces import command
from tests.guards import GUARDS
from tests.looking import watched
from tests.real import OWNER_OF_TABLES
from tests.servers import OWNER, ROLE, ROOT, SUPERUSER, Database, Server

HERE = Path(__file__).parent
SHAPES = ROOT / "tests" / "shapes"
ORDINARY = sorted((SHAPES / "ordinary").glob("*.sql"))
USERS = (OWNER, ROLE)
SESSIONS, EVENTS, CALLS = (replace(guard, kind=None) for guard in GUARDS)  # which is read later
# In a database that was never set up nobody has made it.
THE_ROLE = "do $$ begin create role watchtower login; exception when duplicate_object then end $$"


def found(database: Database, user: str) -> Discovery:
    with closing(watched(database.url(user))) as handle:
        return discover(handle)


def printed(database: Database, user: str) -> str:
    return as_toml(found(database, user))


def entries(text: str) -> dict[str, Any]:
    """What it declares, by table."""
    return {each["table"]: each for each in tomllib.loads(text).get("guard", [])}


def read(text: str, tmp_path: Path) -> list[Guard]:
    path = tmp_path / "guards.toml"
    path.write_text(text, encoding="utf-8")
    return list(declaration(path))


def line(text: str, word: str, entry: int = 0) -> str:
    """This word's line of an entry."""
    wanted = text.split("\n[[guard]]\n")[entry + 1]
    return next(each for each in wanted.splitlines() if each.startswith(f"{word} = "))


@contextmanager
def made(server: Server, *files: Path, sql: str = "") -> Iterator[Database]:
    """A database of this shape that was never set up."""
    with server.new_database() as database:
        database.execute(THE_ROLE, user=SUPERUSER)
        database.execute("grant create on schema public to owner", user=SUPERUSER)
        for file in files:
            database.run_file(file, SUPERUSER)
        if sql:
            database.execute(f"set role owner; {sql}", user=SUPERUSER)
        yield database


# What is there


def test_all_three_guards_of_production_are_found(production: Database, tmp_path: Path) -> None:
    production.execute(THE_ROLE, user=SUPERUSER)
    calls = replace(CALLS, optional=False, steady=True)  # which nothing in a database tells
    expected = [replace(each, kind=None) for each in (SESSIONS, EVENTS, calls)]
    for user in (OWNER_OF_TABLES, ROLE):
        text = printed(production, user)
        assert read(text, tmp_path) == expected, user
        assert text.count("unsure:") == 1, user
        assert "unsure: named like it" in line(text, "from", 2)
    assert "Rows were not sampled: this role may not select created_month, created_at" in text


def test_both_guards_of_the_demo_are_found(lasting: Database, tmp_path: Path) -> None:
    for user in USERS:
        text = printed(lasting, user)
        # Of what kind the key is the column's own type tells.
        assert read(text, tmp_path) == [replace(each, kind=None) for each in (SESSIONS, EVENTS)]
        assert "unsure" not in text.partition("[[guard]]")[2]
        assert "200 of 200 sampled rows agree" in line(text, "every")
        assert "200 of 200 sampled rows agree" in line(text, "from", 1)


def test_other_names_in_another_schema(server: Server, tmp_path: Path) -> None:
    with made(server, SHAPES / "visits.sql") as database:
        told = read(printed(database, OWNER), tmp_path)
    assert told == list(declaration(SHAPES / "visits.toml"))


def test_weeks_as_numbers_by_a_function_of_ones_own(server: Server, tmp_path: Path) -> None:
    with made(server, SHAPES / "alerts.sql") as database:
        for user in USERS:
            text = printed(database, user)
            (entry,) = entries(text).values()
            assert entry == {
                "table": "alerts.alert_activations",
                "key": "partition_key",
                "clock": "activation_time",
                "every": "week",
                "zone": "UTC",
                "trigger": "trg_before_insert",
                "function": "set_partition_key",
            }
            assert "35 of 35 partitions span a week" in line(text, "every")
            assert "trg_before_update sets it too" in line(text, "trigger")
            assert "unsure:" not in text
            assert [guard.every for guard in read(text, tmp_path)] == ["week"]


def test_the_parents_moment_under_a_composite_foreign_key(server: Server, tmp_path: Path) -> None:
    with made(server, SHAPES / "transactions.sql") as database:
        for user in USERS:
            text = printed(database, user)
            told = entries(text)
            reference = {
                "column": "transactionDatabaseId",
                "table": 'public."Transactions"',
                "id": "id",
                "key": "createdAt",
            }
            assert set(told) == {'public."StopTransactions"', 'public."TransactionEvents"'}
            for entry in told.values():
                assert (entry["key"], entry["every"]) == ("transactionCreatedAt", "exact")
                assert entry["from"] == reference
                assert "zone" not in entry
            assert told['public."StopTransactions"']["sets"] == "when null"
            assert told['public."TransactionEvents"']["fills"] == ["stationId"]
            assert "# - public.MeterValues.transactionCreatedAt, of createdAt" in text
            assert [guard.every for guard in read(text, tmp_path)] == ["exact", "exact"]


# What is not there


@pytest.mark.parametrize("file", ORDINARY, ids=lambda file: file.stem)
def test_nothing_is_proposed_where_there_is_nothing(server: Server, file: Path) -> None:
    assert len(ORDINARY) >= 10
    with made(server) as database:
        database.execute("set role owner;" + file.read_text("utf-8"), user=SUPERUSER)
        for user in USERS:
            seen = found(database, user)
            assert seen.proposals == ()
            assert (seen.repeats, seen.others, seen.unread) == ((), (), ())
            assert tomllib.loads(as_toml(seen)) == {}


def test_an_empty_database_says_so_and_that_is_no_failure(server: Server, tmp_path: Path) -> None:
    empty = tmp_path / "guards.toml"
    empty.touch()  # as the shell makes it, before the command runs
    with made(server) as database:
        code, out, err = command(
            "discover", DATABASE_URL=database.role_url, WATCHTOWER_GUARDS=str(empty)
        )
    assert code == 0
    assert f"# {NOTHING}\n" in out
    assert err == f"{NOTHING}\n"
    assert tomllib.loads(out) == {}


# What it goes by

DAYS = """
create table public.readings (
    id bigint generated always as identity, {key} not null, at timestamptz not null default now(),
    source integer, primary key (id, day)
) partition by range (day);
create table public.readings_all partition of public.readings
    for values from (minvalue) to (maxvalue);
create function public.set_day() returns trigger language plpgsql {options} as $$
{body}
$$;
create trigger set_day before insert or update on public.readings
    for each row execute function public.set_day();
"""


def days(body: str, key: str = "day date", options: str = "", more: str = "") -> str:
    return DAYS.format(key=key, options=options, body=f"begin {body} return new; end") + more


PERIODS = {
    "a cast": ("new.day := (new.at at time zone 'Europe/Berlin')::date;", "day", "Europe/Berlin"),
    "an assignment": ("new.day := new.at at time zone 'utc';", "day", "UTC"),
    "three arguments": (
        "new.day := date_trunc('week', new.at, 'Asia/Tokyo');",
        "week",
        "Asia/Tokyo",
    ),
    "a variable": (
        "declare d timestamp := new.at at time zone 'UTC'; begin"
        " new.day := date_trunc('quarter', d); end;",
        "quarter",
        "UTC",
    ),
    "fields": (
        "new.day := make_date(extract(year from new.at at time zone 'UTC')::int,"
        " extract(month from new.at at time zone 'UTC')::int, 1);",
        "month",
        "UTC",
    ),
    "a query": (
        "select date_trunc('month', x.at at time zone 'UTC') into new.day"
        " from (select new.at as at) as x;",
        "month",
        "UTC",
    ),
    "a text": (
        "execute 'select date_trunc(''year'', $1 at time zone ''UTC'')' into new.day using new.at;",
        "year",
        "UTC",
    ),
}


@pytest.mark.parametrize("case", PERIODS)
def test_period_and_zone_are_read_from_the_text(server: Server, case: str, tmp_path: Path) -> None:
    body, every, zone = PERIODS[case]
    with made(server, sql=days(body)) as database:
        text = printed(database, OWNER)
    (entry,) = entries(text).values()
    assert (entry["every"], entry["zone"], entry["clock"]) == (every, zone, "at")
    assert [(guard.every, guard.zone) for guard in read(text, tmp_path)] == [(every, zone)]
    assert "There was no row to sample." in text


NUMBERS = {
    "YYYYMM": ("new.day := to_char(new.at at time zone 'UTC', 'YYYYMM');", "month"),
    "YYYYMMDD": ("new.day := to_char(new.at at time zone 'UTC', 'YYYYMMDD')::int;", "day"),
    "IYYYIW": (
        "new.day := extract(isoyear from new.at at time zone 'UTC') * 100"
        " + extract(week from new.at at time zone 'UTC');",
        "week",
    ),
}


@pytest.mark.parametrize("case", NUMBERS)
def test_numbers_are_periods_where_the_text_makes_them_so(server: Server, case: str) -> None:
    body, every = NUMBERS[case]
    with made(server, sql=days(body, "day integer")) as database:
        (entry,) = entries(printed(database, OWNER)).values()
    assert (entry["every"], entry["zone"]) == (every, "UTC")


def test_a_text_without_a_zone_leaves_it_unsure(server: Server) -> None:
    sql = days("new.day := date_trunc('month', new.at);")
    with made(server, sql=sql) as database:
        text = printed(database, OWNER)
        assert "unsure: its text names none" in line(text, "zone")
        assert "unsure" not in line(text, "every")
        database.execute("alter function public.set_day() set timezone = 'America/New_York'")
        assert line(printed(database, OWNER), "zone").startswith('zone = "America/New_York"  # l')


def test_rows_tell_where_the_text_does_not(server: Server) -> None:
    hidden = """
        create function public.hidden(timestamptz) returns date language sql stable
        return date_trunc('week', $1 at time zone 'UTC');
        insert into public.readings (day, at)
        select now(), now() - n * interval '9 hours' from generate_series(1, 40) as n;
    """
    sql = days("new.day := public.hidden(new.at);", more=hidden)
    with made(server, sql=sql) as database:
        text = printed(database, OWNER)
        (entry,) = entries(text).values()
        assert entry["every"] == "week"
        assert "its text does not tell" in line(text, "every")
        assert "unsure: its text names none" in line(text, "zone")
        assert "rows fit this one best" not in line(text, "zone")  # only one was compared


def test_what_is_unsure_of_a_trigger_is_said(server: Server) -> None:
    sql = days(
        "new.day := coalesce(new.day, date_trunc('month', new.at at time zone 'UTC'));",
        more="alter table public.readings disable trigger set_day",
    )
    with made(server, sql=sql) as database:
        text = printed(database, OWNER)
    assert line(text, "sets").startswith('sets = "when null"  # unsure: ')
    assert "it is disabled" in line(text, "trigger")


def test_rows_tell_the_time_zone_where_they_differ(server: Server) -> None:
    rows = """
        alter role owner set timezone = 'Asia/Tokyo';
        insert into public.readings (day, at) select at at time zone 'Asia/Tokyo', at
        from generate_series(1, 30) as n, lateral (select now() - n * interval '5 hours') as m (at);
    """
    sql = days("new.day := new.at;", more=f"reset role; {rows}")
    with made(server, sql=f"set timezone = 'Asia/Tokyo'; {sql}") as database:
        text = printed(database, OWNER)
        database.execute("alter role owner reset timezone", user=SUPERUSER)
    assert line(text, "zone").startswith('zone = "Asia/Tokyo"  # unsure: its text names none')
    assert "rows fit this one best" in line(text, "zone")


UNSURE = {
    "a moment without a zone": ("day timestamp", "key", "moments are watched with a time zone"),
    "a domain": ("day public.a_day", "every", "12 of 12 sampled rows agree"),
    "a number of a domain": ("day public.a_number", "every", "12 of 12 sampled rows agree"),
}


@pytest.mark.parametrize("case", UNSURE)
def test_types_of_keys(server: Server, case: str) -> None:
    key, word, said = UNSURE[case]
    body = "new.day := date_trunc('day', new.at at time zone 'UTC');"
    rows = (
        "insert into public.readings (day) select (now() at time zone 'UTC')::date"
        " from generate_series(1, 12);"
    )
    if "number" in key:
        body = "new.day := to_char(new.at at time zone 'UTC', 'YYYYMMDD');"
        rows = rows.replace("(now() at time zone 'UTC')::date", "to_char(now(), 'YYYYMMDD')::int")
    domains = "create domain public.a_day as date; create domain public.a_number as integer;"
    with made(server, sql=domains + days(body, key, more=rows)) as database:
        text = printed(database, OWNER)
    assert said in line(text, word)
    assert ("unsure: " in line(text, word)) is (word == "key")
    assert tomllib.loads(text)["guard"][0]["every"] == "day"


def test_rows_that_all_say_otherwise_than_the_text(database18: Database) -> None:
    database18.run_file(ROOT / "sql" / "drills" / "sessions-function-keeps-the-day.sql", SUPERUSER)
    told = line(printed(database18, OWNER), "every")
    assert told.startswith('every = "month"  # unsure: its text says otherwise, cut to the day')
    assert "200 of 200 sampled rows agree" in told


TWO = """
create table public.orders (
    id bigint generated always as identity, at timestamptz not null, order_day date not null,
    invoice_id bigint, primary key (id, order_day)
) partition by range (order_day);
create table public.invoices (
    id bigint generated always as identity, at timestamptz not null, order_day date not null,
    order_id bigint, primary key (id, order_day)
) partition by range (order_day);
create function public.set_order_day() returns trigger language plpgsql as $$
begin {orders} return new; end $$;
create function public.set_invoice_day() returns trigger language plpgsql as $$
begin {invoices} return new; end $$;
create trigger set_day before insert on public.orders
    for each row execute function public.set_order_day();
create trigger set_day before insert on public.invoices
    for each row execute function public.set_invoice_day();
alter table public.invoices add constraint to_order
    foreign key (order_id, order_day) references public.orders (id, order_day);
"""


def test_a_repeated_key_has_its_parents_period_and_zone(server: Server, tmp_path: Path) -> None:
    sql = TWO.format(
        orders="new.order_day := date_trunc('month', new.at at time zone 'UTC');",
        invoices="new.order_day := new.at at time zone 'Asia/Tokyo';",
    )
    with made(server, sql=sql) as database:
        text = printed(database, OWNER)
    assert [guard.table for guard in read(text, tmp_path)] == ["orders", "invoices"]
    own = "# unsure: as order_day of public.orders, and its own text says"
    assert line(text, "every", 1) == f'every = "month"  {own} day'
    assert line(text, "zone", 1) == f'zone = "UTC"  {own} Asia/Tokyo'
    assert "unsure: to_order binds both; its own text does not look there" in line(text, "from", 1)


def test_two_that_repeat_one_another_are_left_out_once(server: Server) -> None:
    sql = TWO.format(
        orders="select i.order_day into new.order_day from public.invoices i"
        " where i.id = new.invoice_id;",
        invoices="select o.order_day into new.order_day from public.orders o"
        " where o.id = new.order_id;",
    )
    with made(server, sql=sql) as database:
        text = printed(database, OWNER)
    assert len(entries(text)) == 1
    assert "# Left out: it and public." in text


def test_of_two_triggers_the_last_one_counts(server: Server) -> None:
    other = """
        create function public.set_first() returns trigger language plpgsql as $$
        begin new.day := new.at::date; return new; end $$;
        create trigger "A first" before insert on public.readings
            for each row execute function public.set_first();
    """
    sql = days("new.day := date_trunc('week', new.at at time zone 'UTC');", more=other)
    with made(server, sql=sql) as database:
        text = printed(database, OWNER)
    assert line(text, "trigger").startswith('trigger = "set_day"  # unsure: fires before insert or')
    assert '"A first"' not in line(text, "trigger")
    assert "A first sets it too; also on inserts" in line(text, "trigger")
    assert line(text, "every").startswith('every = "week"')


def test_a_trigger_on_partitions_alone_is_told_of_the_table(server: Server) -> None:
    apart = """
        drop trigger set_day on public.readings;
        create trigger set_day before insert on public.readings_all
            for each row execute function public.set_day();
    """
    sql = days("new.day := date_trunc('month', new.at at time zone 'UTC');", more=apart)
    with made(server, sql=sql) as database:
        text = printed(database, OWNER)
    assert entries(text).keys() == {"public.readings"}
    assert "unsure: fires before insert; it stands on partitions alone" in line(text, "trigger")


def test_a_key_that_is_copied_from_a_table_without_a_guard(database18: Database) -> None:
    database18.execute("drop trigger sessions_set_created_month on public.sessions")
    text = printed(database18, ROLE)
    assert entries(text).keys() == {"public.events"}
    assert line(text, "every").startswith('every = "month"  # unsure: each key of the sampled')
    assert (
        "# Nothing that could be declared sets created_month of public.sessions: is a guard"
        " missing?\n"
    ) in text


def test_of_a_foreign_key_of_three_columns_the_one_that_is_named_like_the_row(
    server: Server,
) -> None:
    more = """
        create table public.tenants (id integer primary key);
        create table public.trips (
            tenant_id integer not null, id bigint not null, trip_day date not null,
            at timestamptz not null default now(), primary key (tenant_id, id, trip_day)
        ) partition by range (trip_day, tenant_id);
        create table public.stops (
            tenant_id integer not null, trip_id bigint not null, trip_day date,
            number integer, primary key (tenant_id, trip_id, number),
            constraint to_trip foreign key (tenant_id, trip_id, trip_day)
                references public.trips (tenant_id, id, trip_day)
        );
        create function public.trip_day() returns trigger language plpgsql as $$
        begin new.trip_day := (new.at at time zone 'UTC')::date; return new; end $$;
        create trigger trip_day before insert on public.trips
            for each row execute function public.trip_day();
        create function public.stop_day() returns trigger language plpgsql as $$
        begin
            new.trip_day := coalesce(new.trip_day, (
                select t.trip_day from public.trips as t
                where (t.tenant_id, t.id) = (new.tenant_id, new.trip_id)
            ));
            return new;
        end $$;
        create trigger stop_day before insert on public.stops
            for each row execute function public.stop_day();
    """
    with made(server, sql=more) as database:
        text = printed(database, OWNER)
    told = entries(text)["public.stops"]
    assert told["from"] == {
        "column": "trip_id",
        "table": "public.trips",
        "id": "id",
        "key": "trip_day",
    }
    assert (told["sets"], told["foreign_key"]) == ("when null", "to_trip")
    assert line(text, "id", 1).startswith('id = "number"  # unsure: one of ')
    assert "unsure: partitioned by range of trip_day" in line(text, "table")
    assert "and by tenant_id at once" in line(text, "table")


def test_rows_that_do_not_agree_make_the_period_unsure(server: Server) -> None:
    wrong = (
        "alter table public.readings disable trigger set_day;"
        "insert into public.readings (day) select '2020-02-02' from generate_series(1, 20)"
    )
    sql = days("new.day := date_trunc('month', new.at at time zone 'UTC');", more=wrong)
    with made(server, sql=sql) as database:
        text = printed(database, OWNER)
    assert line(text, "every").startswith('every = "month"  # unsure: ')
    assert "0 of 20 sampled rows agree" in line(text, "every")


OTHERS = {
    "another period": (
        "new.day := date_trunc('decade', new.at at time zone 'UTC');",
        "it is cut to the decade",
    ),
    "now": ("new.day := date_trunc('month', now());", "it goes by the time of the write"),
    "a text": (
        "new.day := date_trunc('month', new.source::text::timestamp);",
        "it is made of source, which is no moment",
    ),
}


@pytest.mark.parametrize("case", OTHERS)
def test_what_looks_like_a_guard_is_said(server: Server, case: str) -> None:
    body, why = OTHERS[case]
    with made(server, sql=days(body)) as database:
        seen = found(database, OWNER)
    assert seen.proposals == ()
    assert [why in each for each in seen.others] == [True]


KINDS = {
    "hours": ("day integer", "new.day := extract(epoch from new.at)::int / 3600;", "nothing tells"),
    "years": ("day integer", "new.day := to_char(new.at, 'YYYY');", "it is cut to the year"),
    "a text": ("day text", "new.day := to_char(new.at, 'YYYY-MM');", "no key is of the type text"),
}


@pytest.mark.parametrize("case", KINDS)
def test_what_no_key_is_made_like_is_said(server: Server, case: str) -> None:
    key, body, why = KINDS[case]
    with made(server, sql=days(body, key)) as database:
        seen = found(database, OWNER)
    assert seen.proposals == ()
    assert [why in each for each in seen.others] == [True]


def test_what_cannot_be_read_is_said(server: Server) -> None:
    sql = days("new := jsonb_populate_record(new, to_jsonb(new));")
    with made(server, sql=sql) as database:
        text = printed(database, OWNER)
    assert "# - the trigger set_day of public.readings: it sets the whole row at once" in text
    assert NOTHING in text


# What a declaration cannot take, and what repeats a key


def test_what_cannot_be_declared_is_a_comment(server: Server) -> None:
    twice = """
        create table public.more_readings (like public.readings) partition by range (day);
        create trigger set_day before insert on public.more_readings
            for each row execute function public.set_day();
        reset role;
        create schema other authorization owner;
        set role owner;
        create table other.readings (like public.readings) partition by range (day);
        create trigger set_day before insert on other.readings
            for each row execute function public.set_day();
    """
    sql = days("new.day := date_trunc('month', new.at at time zone 'UTC');", more=twice)
    with made(server, sql=sql) as database:
        text = printed(database, OWNER)
    assert len(entries(text)) == 1
    assert "# Left out: its function is in another schema, public." in text
    assert "has the function set_day already." in text


REPEATS = """
create table public.spend (id bigint primary key, session_id uuid, session_month date);
create table public.joined (id uuid, month date);
create view public.over as
    select j.id from public.joined as j
    join public.sessions as s on (s.id, s.created_month) = (j.id, j.month);
create table public.used (id uuid, created_month date);
create function public.count_used() returns bigint language plpgsql as $$
begin
    return (select count(*) from public.used join public.sessions using (id, created_month));
end
$$;
create table public.bound (
    id uuid, at_month date,
    foreign key (id, at_month) references public.sessions (id, created_month)
);
create table public.unlike (id uuid, billing_month date, created_month date);
"""


def test_what_repeats_a_key_without_a_trigger_is_a_comment(database18: Database) -> None:
    database18.execute(REPEATS)
    for user in USERS:
        seen = found(database18, user)
        assert {f"{each.table.name}.{each.column}": each.why for each in seen.repeats} == {
            "bound.at_month": ("bound_id_at_month_fkey binds it",),
            "joined.month": ("public.over joins by it",),
            "spend.session_month": ("named like it, beside session_id",),
            "used.created_month": ("public.count_used joins by it",),
        }
        assert len(seen.proposals) == 2


def test_a_chain_whose_middle_is_no_partitioned_table(server: Server, tmp_path: Path) -> None:
    more = """
        create table public.items (
            id bigint generated always as identity primary key, reading_id bigint not null,
            reading_day date not null
        );
        alter table public.items add unique (id, reading_day);
        create function public.copy_day() returns trigger language plpgsql as $$
        declare parent public.readings%rowtype;
        begin
            select r.* into strict parent from public.readings r where r.id = new.reading_id;
            new.reading_day := parent.day;
            return new;
        end $$;
        create trigger copy_day before insert on public.items
            for each row execute function public.copy_day();
        create table public.parts (
            id bigint generated always as identity primary key, item bigint, item_day date,
            constraint to_item foreign key (item, item_day)
                references public.items (id, reading_day)
        );
        create function public.copy_item_day() returns trigger language plpgsql as $$
        begin
            for new.item_day in select i.reading_day from public.items i where i.id = new.item loop
                return new;
            end loop;
            raise exception 'no item %', new.item;
        end $$;
        create trigger copy_day before insert on public.parts
            for each row execute function public.copy_item_day();
    """
    sql = days("new.day := date_trunc('month', new.at at time zone 'UTC');", more=more)
    with made(server, sql=sql) as database:
        text = printed(database, OWNER)
    guards = read(text, tmp_path)
    assert [guard.table for guard in guards] == ["readings", "items", "parts"]
    assert [guard.partitioned for guard in guards] == [True, False, False]
    assert guards[2].reference is not None
    assert guards[2].reference.table == "items"
    assert not guards[2].reference.required
    assert "as reading_day of public.items" in line(text, "every", 2)


# Names, size, and a database that does not answer


def test_names_of_every_kind_are_read_back(server: Server, tmp_path: Path) -> None:
    with made(server, HERE / "names.sql") as database:
        for user in USERS:
            text = printed(database, user)
            visits, hits = read(text, tmp_path)
            assert (visits.schema, visits.table) == ('Größe "x"', "the\n visits.of 'us' %s")
            assert (visits.id, visits.key, visits.trigger, visits.function) == (
                'the "id"\n',
                "mónth\\ of",
                "a trigger\n[[guard]]",
                "set\nit",
            )
            assert (hits.table, hits.foreign_key) == ("\u202ehits", "binds\nboth")
            assert hits.reference is not None
            assert hits.reference.table == visits.table
            assert "\u202e" not in text
            assert "12 of 12 sampled rows agree" in line(text, "from", 1)


MANY = """
do $$ begin
    for n in 1..1000 loop
        execute format('create table public.readings_%s partition of public.readings'
            ' for values from (%L) to (%L)', n, date '2020-01-01' + n, date '2020-01-02' + n);
    end loop;
end $$;
insert into public.readings (day, at) select d, d from generate_series(
    timestamptz '2020-01-02 UTC', '2022-09-01 UTC', '1 day') as d;
"""


@pytest.mark.landing  # to make them takes far longer
def test_a_thousand_partitions_take_little_time(server: Server) -> None:
    sql = days(
        "new.day := new.at at time zone 'UTC';", more=f"drop table public.readings_all;{MANY}"
    )
    with made(server, sql=sql) as database:
        began = time.monotonic()
        text = printed(database, OWNER)
        assert time.monotonic() - began < 10
    assert "400 of 400 partitions span a day (of 1,000)" in line(text, "every")
    assert "200 of 200 sampled rows agree" in line(text, "every")


def test_rows_behind_a_lock_are_not_waited_for(server: Server) -> None:
    sql = days("new.day := date_trunc('month', new.at at time zone 'UTC');")
    with made(server, sql=sql) as database, database.connect(OWNER, autocommit=False) as holder:
        holder.execute("lock table public.readings in access exclusive mode")
        text = printed(database, OWNER)
    assert len(entries(text)) == 1
    assert "Rows were not sampled: " in text


def test_a_database_that_does_not_answer_is_unknown(server: Server) -> None:
    with pytest.raises(DatabaseUnreachable):
        found(server.database("nowhere"), OWNER)
    code, out, err = command("discover", DATABASE_URL=server.database("nowhere").role_url)
    assert (code, out) == (3, "")
    assert err.startswith("unknown: ")


def test_the_command_prints_and_says_how_sure_it_is(lasting: Database) -> None:
    code, out, err = command("discover", DATABASE_URL=lasting.role_url)
    assert code == 0
    assert entries(out).keys() == {"public.sessions", "public.events"}
    assert err == "2 guards proposed.\n"
    assert summary(found(lasting, ROLE)) == "2 guards proposed."
