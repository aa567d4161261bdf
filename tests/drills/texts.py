"""Whole texts for guards and for triggers beside them, drawn from a grammar: right ones and breaks.

A condition carries with it what a writer must send for it to hold, so that each break is met.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from random import Random

KEYS = {"sessions": "created_month", "events": "session_month"}
FUNCTIONS = {
    "sessions": "public.trg_sessions_set_created_month",
    "events": "public.trg_events_set_session_month_from_session",
}
MIDDLE = "date_trunc('month', now(), 'UTC') + interval '11 days 7 hours 7 minutes 7 seconds'"
NOW = "now()"


@dataclass(frozen=True)
class Write:
    """What one writer sends: SQL of the moment and of the key, other columns, session settings.

    `key` speaks of the right month as {right}. With `moved` the row is right at first, and then
    changed to this.
    """

    moment: str = MIDDLE
    key: str = "date '1999-01-01'"
    columns: dict[str, str] = field(default_factory=dict)
    settings: dict[str, str] = field(default_factory=dict)
    moved: bool = False


@dataclass(frozen=True)
class Condition:
    """What a text may ask, and of whom it holds."""

    asks: str
    write: Write = Write()


def _at(asks: str, moment: str) -> Condition:
    return Condition(asks, Write(moment))


CONDITIONS = [
    _at("extract(second from new.created_at) between 10 and 40", f"{MIDDLE} + interval '20 s'"),
    _at("extract(minute from new.created_at) >= 45", f"{MIDDLE} + interval '50 min'"),
    _at("extract(day from new.created_at at time zone 'UTC') between 5 and 19", MIDDLE),
    _at("to_char(new.created_at at time zone 'UTC', 'DD')::int = 12", MIDDLE),
    _at("extract(hour from new.created_at at time zone 'UTC') = 7", MIDDLE),
    _at("extract(isodow from new.created_at at time zone 'UTC') = 3",
        "date_trunc('week', now(), 'UTC') + interval '2 days 5 hours'"),
    _at("extract(doy from new.created_at at time zone 'UTC') = 366",
        "timestamptz '2024-12-31 12:00Z'"),
    _at("to_char(new.created_at at time zone 'UTC', 'MM-DD') = '02-29'",
        "timestamptz '2024-02-29 12:00Z'"),
    _at("extract(year from new.created_at) < extract(year from now()) - 3",
        "now() - interval '5 years'"),
    _at("date_trunc('second', new.created_at) <> new.created_at",
        f"{MIDDLE} + interval '0.5 s'"),
    _at("new.created_at < now() - interval '2 hours'", "now() - interval '3 hours'"),
    _at("new.created_at between now() - interval '30 minutes' and now() - interval '10 minutes'",
        "now() - interval '20 minutes'"),
    _at("new.created_at > now() + interval '5 minutes'", "now() + interval '9 minutes'"),
    _at("now() - new.created_at > make_interval(days => 40)", "now() - interval '50 days'"),
    _at("new.created_at < date '2021-03-01'", "timestamptz '2020-12-24 18:00Z'"),
    Condition("new.{key} = (new.created_at at time zone 'UTC')::date",
              Write(key="(({moment}) at time zone 'UTC')::date")),
    Condition("new.{key} = current_date", Write(NOW, key="current_date")),
    Condition("new.{key} = current_date - 1", Write(NOW, key="current_date - 1")),
    Condition("new.{key} is not null"),
    Condition("extract(day from new.{key}) = 17", Write(key="{right} + 16")),
    Condition("new.{key} > (new.created_at + interval '40 days')::date",
              Write(key="({right} + interval '3 months')::date")),
    Condition("new.{key} < '2000-02-01'"),
    Condition("tg_op = 'INSERT'"),
    Condition("tg_op = 'UPDATE'", Write(moved=True)),
    Condition("tg_op = 'UPDATE' and new.created_at = old.created_at", Write(moved=True)),
    Condition("tg_op = 'UPDATE' and new.{key} > old.{key}",
              Write(key="({right} + interval '2 months')::date", moved=True)),
    Condition("new.site_id is null", Write(columns={"site_id": "null"})),
    Condition("new.site_id is not null", Write(columns={"site_id": "gen_random_uuid()"})),
    Condition("new.site_id = '00000000-0000-4000-8000-00000000abcd'",
              Write(columns={"site_id": "'00000000-0000-4000-8000-00000000abcd'"})),
    Condition("current_user = 'oracle_writer'"),
    Condition("session_user = 'oracle_writer'"),
    Condition("current_setting('application_name') ~ '^etl-[0-9]+$'",
              Write(settings={"application_name": "etl-77"})),
    Condition("current_setting('app.bulk', true) = 'yes'", Write(settings={"app.bulk": "yes"})),
    Condition("coalesce(current_setting('request.jwt.claims', true), '') like '%partner%'",
              Write(settings={"request.jwt.claims": '{"role": "partner"}'})),
    Condition("current_query() ilike 'insert into public.%'"),
    Condition("pg_trigger_depth() < 5"),
    Condition("txid_current() % 1000 >= 0"),
    Condition("random() >= 0"),
    Condition("hashtext(new.id::text) > -2147483648"),
    Condition("pg_try_advisory_xact_lock(4711)"),
    Condition("exists (select from public.oracle_switches where is_on)"),
    Condition("(select count(*) from pg_catalog.pg_listening_channels()) = 0"),
    Condition("tg_table_name ~ '_20'"),
    Condition("tg_relid <> 0"),
    Condition("getpgusername() is not null"),
    Condition("public.oracle_says(new.created_at)"),
    Condition("left(new.id::text, 1) between '0' and 'f'"),
    Condition("not found"),
    Condition("inet_client_addr() is null"),
    Condition("clock_timestamp() > 'yesterday'"),
]  # fmt: skip
UTC = "date_trunc('month', new.created_at at time zone 'UTC')::date"
RIGHT = {
    "sessions": [
        "new.created_month := " + UTC + ";",
        "new.created_month = date_trunc('month', timezone('UTC', new.created_at));",
        "new.created_month := to_date(to_char(new.created_at at time zone 'utc', 'YYYY-MM'),"
        " 'YYYY-MM');",
        "new.created_month := make_date(extract(year from new.created_at at time zone 'UTC')::int,"
        " extract(month from new.created_at at time zone 'UTC')::int, 1);",
        "v := " + UTC + "; new.created_month := v;",
        "v := " + UTC + "; if new.created_month is distinct from v then new.created_month := v;"
        " end if;",
        "select " + UTC + " into new.created_month;",
        "new.created_month := public.oracle_month(new.created_at);",
        "if tg_op = 'INSERT' then new.created_month := " + UTC + "; else new.created_month := "
        + UTC + "; end if;",
        "new.created_month := (new.created_at at time zone 'UTC')::date"
        " - (extract(day from new.created_at at time zone 'UTC')::int - 1);",
        "case when true then new.created_month := " + UTC + "; end case;",
        "new.created_month := (date_trunc('month', new.created_at, 'UTC') at time zone 'UTC')"
        "::date;",
    ],
    "events": [
        "select s.created_month into v from public.sessions s where s.id = new.session_id;"
        " new.session_month := coalesce(v, new.session_month);",
        "select s.created_month into v from public.sessions s where s.id = new.session_id;"
        " if found then new.session_month := v; end if;",
        "select created_month into strict new.session_month from public.sessions"
        " where id = new.session_id;",
        "select * into r from public.sessions s where s.id = new.session_id;"
        " if r.created_month is not null then new.session_month := r.created_month; end if;",
        "new.session_month := (select s.created_month from public.sessions s"
        " where s.id = new.session_id);",
        "begin select created_month into strict v from public.sessions where id = new.session_id;"
        " new.session_month := v; exception when no_data_found then"
        " raise exception 'no session %', new.session_id; end;",
        "select s.created_month into v from public.sessions s where s.id = new.session_id"
        " order by s.created_month desc limit 1; if v is null then raise exception 'none'; end if;"
        " new.session_month := v;",
        "new.session_month := public.oracle_month_of(new.session_id);",
    ],
}  # fmt: skip
WRONG = {
    "sessions": [
        "new.created_month := new.created_at::date;",
        "new.created_month := coalesce(new.created_month, " + UTC + ");",
        "new.created_month := date_trunc('month', new.created_at - interval '36 days');",
        "new.created_month := date_trunc('month', coalesce(new.created_month, now()));",
        "new.created_month := date '1999-01-01';",
        "null;",
    ],
    "events": [
        "new.session_month := date_trunc('month', now() - interval '70 days');",
        "new.session_month := new.created_at::date;",
        "new.session_month := date '1999-01-01';",
        "null;",
    ],
}
NOISE = [
    "", "", "",
    "raise notice 'row %', new.id;",
    "perform pg_notify('oracle', new.id::text);",
    "new.site_id := coalesce(new.site_id, '00000000-0000-4000-8000-000000000001');",
    "insert into public.oracle_log (at, who) values (now(), current_user);",
    "if new.created_at > now() + interval '400 days' then raise exception 'ahead'; end if;",
    "if new.id is null then new.id := gen_random_uuid(); end if;",
    "w := 'x'; if length(w) > 3 then raise exception 'long'; end if;",
    "for i in 1..2 loop w := w || i; end loop;",
    "perform set_config('app.last', new.id::text, true);",
]  # fmt: skip
SUPPORT = """
create table public.oracle_log (at timestamptz, who text);
create table public.oracle_switches (is_on boolean);
insert into public.oracle_switches values (true);
grant insert, select on public.oracle_log to public;
grant select on public.oracle_switches to public;
create function public.oracle_month(p_at timestamptz) returns date language sql stable
    as $x$ select date_trunc('month', p_at at time zone 'UTC')::date $x$;
create function public.oracle_month_of(p_id uuid) returns date language sql stable
    security definer set search_path = ''
    as $x$ select s.created_month from public.sessions s where s.id = p_id $x$;
create function public.oracle_says(p_at timestamptz) returns boolean language plpgsql
    as $x$ begin return session_user = 'oracle_writer'; end $x$;
alter table public.events drop constraint if exists fk_events_session;
"""
HEAD = (
    "returns trigger language plpgsql {rights} as $oracle$ declare v date; w text; r record; begin"
)


@dataclass(frozen=True)
class Text:
    """What is drawn: the statements that put it in place, and what its conditions hold for."""

    table: str
    sql: str
    undo: str
    writes: tuple[Write, ...]
    broken: bool


def drawn(draw: Random) -> Text:
    """One text: of a guard, or of a trigger beside it; right, or with one break."""
    table = draw.choice(["sessions", "events"])
    broken, beside = draw.random() < 0.6, draw.random() < 0.35
    return _beside(draw, table, broken=broken) if beside else _guard(draw, table, broken=broken)


def _guard(draw: Random, table: str, *, broken: bool) -> Text:
    right, asked = draw.choice(RIGHT[table]), draw.choice(CONDITIONS)
    asks, writes = asked.asks.replace("{key}", KEYS[table]), (asked.write,)
    if table == "events":
        right += " if new.session_month is null then raise exception 'no month'; end if;"
    core = right
    if broken:
        second = draw.choice(CONDITIONS)
        if draw.random() < 0.2 and not (asked.write.moved or second.write.moved):
            asks = f"{asks} or ({second.asks.replace('{key}', KEYS[table])})"
            writes = (asked.write, second.write)
        wrong = draw.choice(WRONG[table])
        core = draw.choice([
            f"if {asks} then return new; end if; {right}",
            f"if {asks} then {wrong} else {right} end if;",
            f"{right} if {asks} then {wrong.replace('null;', 'return null;')} end if;",
            f"if not ({asks}) then {right} end if;",
            f"begin {right} if {asks} then raise exception 'x'; end if;"
            f" exception when others then {wrong} end;",
            f"for i in 1..3 loop exit when {asks}; {right} end loop;",
        ])  # fmt: skip
    elif draw.random() < 0.3:
        core = f"if {asks} then raise notice 'so'; end if; {right}"
    body = f"{draw.choice(NOISE)} {core} {draw.choice(NOISE)} return new; end $oracle$"
    head = HEAD.format(rights="security definer set search_path = ''")
    sql = f"create or replace function {FUNCTIONS[table]}() {head} {body}"
    return Text(table, sql, "", writes, broken)


def _beside(draw: Random, table: str, *, broken: bool) -> Text:
    asked = draw.choice(CONDITIONS)
    asks, key = asked.asks.replace("{key}", KEYS[table]), KEYS[table]
    early, does = draw.random() < 0.3, draw.choice(NOISE)
    if broken:
        wrong = f"new.{key} := date '1999-01-01';"
        early = False
        does = draw.choice([
            f"if {asks} then {wrong} end if;",
            f"if {asks} then return null; end if;",
            f"new.{key} := case when {asks} then date '1999-01-01' else new.{key} end;",
        ])  # fmt: skip
    elif draw.random() < 0.5:
        does = f"if {asks} then raise notice 'so'; end if; {does}"
    name = "aa_oracle" if early else "zz_oracle"
    body = f"{draw.choice(NOISE)} {does} return new; end $oracle$"
    sql = (
        f"create function public.{name}() {HEAD.format(rights='')} {body};"
        f" create trigger {name} before insert or update on public.{table}"
        f" for each row execute function public.{name}()"
    )
    undo = f"drop function public.{name}() cascade"
    return Text(table, sql, undo, (asked.write,), broken)


def variants(write: Write) -> list[Write]:
    """The same with another key, and as an update of a right row."""
    return [write, replace(write, key="null"), replace(write, moved=not write.moved)]
