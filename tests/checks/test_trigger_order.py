"""Are other triggers told apart by what they do to the key, and harmless ones left alone?"""

from __future__ import annotations

import pytest

from lib import verification
from tests.dealing import dealt
from tests.looking import glance, look, statuses, worst_finding
from tests.servers import Database


def other(name: str, body: str, when: str = "insert or update", table: str = "sessions") -> str:
    return (
        f"create function public.{name}() returns trigger language plpgsql as $x$ {body} $x$;"
        f"create trigger {name} before {when} on public.{table} for each row"
        f" execute function public.{name}()"
    )


ON_LEAF = (
    "do $do$ begin execute format($f${}$f$, to_char(now() at time zone 'UTC', 'YYYY_MM')); end $do$"
)
SET_KEY = "begin new.created_month := date '1999-01-01'; return new; end"
FILL_SITE = "begin new.site_id := coalesce(new.site_id, gen_random_uuid()); return new; end"
FILL_URL = "begin if new.url is null then new.url := '/'; end if; return new; end"
REFUSE_URL = "begin if new.url = 'x' then raise exception 'no'; end if; return new; end"
SET_MONTH = "begin new.session_month := '1999-01-01'; return new; end"
OWN_MONTH = "begin new.session_month := date_trunc('month', new.created_at); return new; end"
POPULATE = (
    'begin new := jsonb_populate_record(new, \'{"created_month": "1999-01-01"}\'); return new; end'
)
SOMETIMES = "begin if new.site_id is not null then return null; end if; return new; end"
FILTER = "begin if new.url like '%robot%' then return null; end if; return new; end"
REFUSE_NULL = (
    "begin if new.created_month is null then raise exception 'no'; end if; return new; end"
)
FOR_ALL = "begin if tg_op = 'DELETE' then return old; end if; return new; end"
OR_OLD = "begin return coalesce(new, old); end"
NOTE = "begin insert into public.seen values (new.created_month, new.created_at); return new; end"
AUDIT = "begin insert into public.sessions_audit values (new.id, now()); return new; end"
BY_VIEW = "begin update public.spring set session_month = null where false; return new; end"
SITE_OF = (
    "begin select s.site_id into new.site_id from public.sessions as s"
    " where s.id = new.session_id; return new; end"
)

HARMLESS = [
    other("z_strict", REFUSE_NULL),
    other("z_all", FOR_ALL, "insert or update or delete"),
    other("z_all", OR_OLD, "insert or update or delete", table="events"),
    "create table public.seen (month date, at timestamptz);" + other("z_note", NOTE),
    "create table public.sessions_audit (id uuid, at timestamptz);" + other("z_audit", AUDIT),
    other("a_site", SITE_OF, table="events"),
    other("a_first", FILL_SITE),
    other("z_last", "begin -- leaves created_month alone\nreturn new; end"),
    other("z_last", FILL_URL, table="events"),
    "create trigger z_same before update on public.sessions for each row"
    " execute function suppress_redundant_updates_trigger()",
    other("z_strict", REFUSE_URL, table="events"),
    'create schema "Odd one"; create function "Odd one"."f N"() returns trigger language plpgsql as'
    " $x$ begin return new; end $x$; create trigger \"Z 'odd' ON x\" before insert on public.events"
    ' for each row when (new.url is not null) execute function "Odd one"."f N"(\'a b\')',
]
HARMFUL = [
    other("z_last", SET_KEY),
    other("a_first", SET_KEY, "update of site_id"),
    ON_LEAF.format(
        "create function public.z_leaf() returns trigger language plpgsql as"
        " 'begin new.created_month := date ''1999-01-01''; return new; end';"
        "create trigger z_leaf before insert on public.sessions_%s for each row"
        " execute function public.z_leaf()"
    ),
    other("z_last", OWN_MONTH, table="events"),
    other("z_blind", POPULATE),
    other(
        "z_site",
        "begin new.session_month := '1999-01-01'; return new; end",
        "update of site_id",
        "events",
    ),
]
DOUBTFUL = [
    (other("a_first", "begin return null; end"), "unknown"),
    (other("a_first", "begin raise exception 'closed'; end"), "warning"),
    (other("a_first", SOMETIMES), "unknown"),
    (other("a_first", FILTER, table="events"), "warning"),
]


@pytest.mark.parametrize(("sql", "user"), dealt(HARMLESS, each=3))
def test_harmless_triggers_raise_nothing(sql: str, user: str, database: Database) -> None:
    database.execute(sql)
    assert statuses(look(database, user)) == {}
    assert statuses(glance(database)) == {}


@pytest.mark.parametrize(("sql", "user"), dealt(HARMFUL, each=3))
def test_a_trigger_that_undoes_the_guard_is_critical(
    sql: str, user: str, database: Database
) -> None:
    database.execute(sql)
    report = look(database, user)
    assert statuses(report) == {"trigger_order": "critical"}, report["trigger_order"]
    assert " they made " in worst_finding(report, "trigger_order").detail
    assert statuses(glance(database)) == {"trigger_order": "unknown"}
    after = glance(database, proven=verification.proven(report))
    assert statuses(after) == {"trigger_order": "critical"}
    database.execute(
        "drop function if exists public.z_last, public.a_first, public.z_leaf, public.z_blind,"
        " public.z_site cascade"
    )
    assert statuses(look(database)) == {}


@pytest.mark.parametrize(("sql", "status"), DOUBTFUL)
def test_what_cannot_be_told_is_said(sql: str, status: str, database: Database) -> None:
    database.execute(sql)
    report = look(database)
    assert statuses(report) == {"trigger_order": status}, report["trigger_order"]
    told = worst_finding(report, "trigger_order").headline
    assert ("may change or drop rows of" in told) == ("return null" in sql), told


def test_a_write_through_a_view_by_whatever_name_is_one_into_the_table(database: Database) -> None:
    database.execute("create view public.spring as table public.events;" + other("z_log", BY_VIEW))
    report = look(database)
    assert statuses(report) == {"trigger_order": "unknown"}
    assert "line 1: it updates spring" in worst_finding(report, "trigger_order").detail


def test_what_this_role_may_not_execute_is_judged_by_its_text(database: Database) -> None:
    database.execute(other("z_last", SET_KEY) + "; revoke all on function z_last() from public")
    report = look(database)
    assert statuses(report) == {"trigger_order": "unknown"}
    assert "z_last (after the guard)" in worst_finding(report, "trigger_order").detail


def test_a_guard_that_fires_on_every_update_sets_right_what_an_earlier_trigger_moves(
    database: Database,
) -> None:
    database.execute(
        "create function public.age() returns trigger language plpgsql as $x$ begin"
        " new.created_at := new.created_at - interval '40 days'; return new; end $x$;"
        "create trigger a_age before update of site_id on public.sessions"
        " for each row execute function public.age()"
    )
    found = worst_finding(look(database), "trigger_order")
    assert "its UPDATE OF columns do not include id, site_id" in found.detail
    _, _, text = (found.remedy or "").partition("or let the guard fire on every update:\n")
    database.execute("\n".join(line.removeprefix("-- ") for line in text.splitlines()))
    assert statuses(look(database)) in ({}, {"trigger_order": "warning"})
