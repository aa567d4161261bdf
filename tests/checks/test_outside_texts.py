"""How long does a text that an earlier version took at its tries stay a warning?"""

from __future__ import annotations

import hashlib
import json
from datetime import UTC, datetime, timedelta

import pytest

from lib.core.results import Finding, Report, Status
from tests.checks.test_guard_behaviour import SESSIONS
from tests.looking import look, refreshed, statuses, worst_finding
from tests.servers import Database

_KEY = "new.created_month := date_trunc('month', new.created_at at time zone 'UTC')::date;"
OUTSIDE = f"""
create or replace function {SESSIONS} returns trigger language plpgsql
security definer set search_path = '' as $x$
begin if pg_catalog.pg_backend_pid() < 0 then return new; end if; {_KEY} return new; end
$x$
"""
HELPED = f"""
create function public.is_mine(at timestamptz) returns boolean language sql as
    'select at is null or current_user = ''nobody at all''';
create or replace function {SESSIONS} returns trigger language plpgsql
security definer set search_path = 'public' as $x$
begin if public.is_mine(new.created_at) then return new; end if; {_KEY} return new; end
$x$
"""
BESIDE = """
create function public.stamp() returns trigger language plpgsql as $x$
begin if random() > 2 then new.created_month := '2020-01-01'; end if; return new; end $x$;
create trigger zz_stamp before insert on public.sessions
    for each row execute function public.stamp()
"""
# As an earlier version told one text from another: by these, and what it calls by its bodies.
_GUARD = """
select json_build_array(p.prosrc, p.prosecdef, coalesce(p.proconfig, '{}'), l.lanname,
    p.proowner::regrole, p.provolatile,
    coalesce((select json_agg(c.prosrc) from pg_proc c where c.proname = 'is_mine'), '[]'))
from pg_proc p join pg_language l on l.oid = p.prolang where p.oid = %s::regprocedure
"""
_COMPANY = """
select array_agg(part order by t.tgname collate "C", place)
from pg_trigger t join pg_proc p on p.oid = t.tgfoid
cross join lateral (
    select replace(pg_get_triggerdef(t.oid), 'public.sessions', '') as text
) as made
cross join unnest(array[replace(made.text, 'FUNCTION ', 'FUNCTION public.'), p.prosrc])
    with ordinality as parts (part, place)
where t.tgrelid = 'public.sessions'::regclass and not t.tgisinternal and t.tgtype & 2 <> 0
"""


def digest(database: Database, *, company: bool) -> str:
    """By what did an earlier version know the text of the guard, or of what fires beside it?"""
    if company:
        parts = ["public.sessions", *database.value(_COMPANY)]
    else:
        parts = database.value(_GUARD, [SESSIONS])
    return hashlib.sha256(json.dumps(parts).encode()).hexdigest()


def upgraded(
    database: Database, *, company: bool = False, behaves: bool = True, took: bool = True
) -> None:
    """All verifications were an earlier version's, of which the newest had tried this text.

    That `took` it: it called it a warning.
    """
    look(database)
    proven = [{"definition": digest(database, company=company), "behaves": behaves}]
    database.execute(
        "update public.watchtower_checks set details = (details - 'outside') ||"
        " jsonb_build_object('proven', %s::jsonb) where check_name = 'partition_watchtower'",
        [json.dumps(proven)],
    )
    database.execute(
        "delete from public.watchtower_checks where check_name = 'partition_watchtower_outside'"
    )
    if took:
        database.execute(
            "update public.watchtower_checks"
            """ set details = replace(details::text, '"unknown"', '"warning"')::jsonb"""
        )


def said(report: Report, check: str) -> Finding:
    """What is said of a text that is not understood?"""
    found = worst_finding(report, check)
    assert found.code.endswith("_not_understood"), found
    return found


def on_day(database: Database, day: int, check: str = "guard_functions") -> Finding:
    """… some days from now, which are whole days or nearly so."""
    return said(look(database, now=datetime.now(UTC) + timedelta(days=day, minutes=-1)), check)


CASES = {
    "a guard": ("guard_functions", OUTSIDE),
    "a guard with what it calls": ("guard_functions", HELPED),
    "a trigger beside it": ("trigger_order", BESIDE),
}


@pytest.mark.parametrize("case", CASES)
def test_what_an_earlier_version_took_is_a_warning_for_fourteen_days(
    database: Database, case: str
) -> None:
    check, text = CASES[case]
    database.execute(text)
    upgraded(database, company=check == "trigger_order")
    first = said(look(database), check)
    until = (datetime.now(UTC) + timedelta(days=14)).strftime("%-d %b %Y")
    assert first.status is Status.WARNING
    assert f"a warning until {until}, and unknown from then on" in first.detail
    assert "python -m lib adopt" in (first.remedy or "")
    assert said(refreshed(database), check) == first
    assert on_day(database, 13, check).status is Status.WARNING
    assert on_day(database, 13, check).detail == first.detail
    assert on_day(database, 15, check).status is Status.UNKNOWN


@pytest.mark.parametrize("case", CASES)
def test_on_a_fresh_database_it_is_unknown_at_once(database18: Database, case: str) -> None:
    check, text = CASES[case]
    look(database18)
    database18.execute(text)
    assert said(look(database18), check).status is Status.UNKNOWN
    assert said(look(database18), check).status is Status.UNKNOWN


def test_another_text_is_unknown_at_once(database18: Database) -> None:
    database18.execute(HELPED)
    upgraded(database18)
    assert on_day(database18, 0).status is Status.WARNING
    database18.execute(
        HELPED.replace("nobody at all", "x").replace("create f", "create or replace f")
    )
    assert on_day(database18, 3).status is Status.UNKNOWN


def test_what_was_wrong_before_is_unknown_at_once(database18: Database) -> None:
    database18.execute(OUTSIDE)
    upgraded(database18, behaves=False)
    assert on_day(database18, 0).status is Status.UNKNOWN


def test_what_was_unknown_before_stays_unknown(database18: Database) -> None:
    database18.execute(OUTSIDE)
    upgraded(database18, took=False)
    assert on_day(database18, 0).status is Status.UNKNOWN


@pytest.mark.parametrize(
    "rubbish", ["[]", '"DIGEST"', '{"DIGEST": "x"}', "null", '[["DIGEST"], 1]']
)
def test_what_no_version_writes_makes_no_warning_of_it(database18: Database, rubbish: str) -> None:
    database18.execute(OUTSIDE)
    upgraded(database18)
    kept = rubbish.replace("DIGEST", "x" * 64)
    insert(database18, "partition_watchtower_outside", f"""'{{"texts": {kept}}}'""", "now()")
    assert on_day(database18, 0).status is Status.UNKNOWN


def test_without_a_history_it_is_unknown(database18: Database) -> None:
    database18.execute(OUTSIDE)
    upgraded(database18)
    database18.execute("revoke select on public.watchtower_checks from watchtower")
    assert on_day(database18, 0).status is Status.UNKNOWN


def insert(database: Database, name: str, details: str, at: str) -> None:
    """A row of the history as anybody may write it who has the role's password."""
    database.execute(
        "set transaction read write;"
        " insert into public.watchtower_checks (check_name, ok, details, created_at)"
        f" select '{name}', true, {details}, {at} from generate_series(0, 60) as n",
        user="watchtower",
    )


FORGED = {
    "what was outside": (
        "partition_watchtower_outside",
        """jsonb_build_object('texts', array['DIGEST'])""",
    ),
    "a verification of an earlier version": (
        "partition_watchtower",
        """jsonb_build_object(
        'proven', '[{"definition": "DIGEST", "behaves": true}]'::jsonb,
        'checks', '[{"check": "guard_functions", "status": "warning"}]'::jsonb)""",
    ),
}


@pytest.mark.parametrize("forged", FORGED)
@pytest.mark.parametrize("upgrade", [True, False])
def test_nobody_makes_the_days_longer_by_rows_of_his_own(
    database18: Database, forged: str, upgrade: bool
) -> None:
    def forge(name: str) -> None:
        kind, details = FORGED[name]
        details = details.replace("DIGEST", digest(database18, company=False))
        insert(database18, kind, details, "now() - n * interval '6 hours'")

    database18.execute(OUTSIDE)
    look(database18)
    if upgrade:
        upgraded(database18)
    else:
        assert on_day(database18, 0).status is Status.UNKNOWN
        forge("a verification of an earlier version")
    assert on_day(database18, 0).status is Status.WARNING
    database18.execute(
        "update public.watchtower_checks set created_at = created_at - interval '15 days'"
    )
    forge(forged)
    assert on_day(database18, 0).status is Status.UNKNOWN


def test_the_days_do_not_wait_for_a_history_that_takes_no_row(database18: Database) -> None:
    database18.execute(OUTSIDE)
    upgraded(database18)
    database18.execute("revoke insert on public.watchtower_checks from watchtower")
    assert on_day(database18, 13).status is Status.WARNING
    assert on_day(database18, 15).status is Status.UNKNOWN


SWITCHED = f"""
create table public.switch as select true as "on";
grant select on public.switch to public;
create or replace function {SESSIONS} returns trigger language plpgsql
security definer set search_path = '' as $x$
begin
    if (select s."on" from public.switch as s) then new.created_month := '2020-01-01';
    else {_KEY} end if;
    return new;
end
$x$
"""
BESIDE_SWITCHED = """
create table public.switch as select true as "on";
grant select on public.switch to public;
create function public.stamp() returns trigger language plpgsql as $x$
begin if (select s."on" from public.switch as s) then new.created_month := '2020-01-01'; end if;
return new; end $x$;
create trigger zz_stamp before insert on public.sessions
    for each row execute function public.stamp()
"""


@pytest.mark.parametrize(
    ("check", "text"), [("guard_behaviour", SWITCHED), ("trigger_order", BESIDE_SWITCHED)]
)
def test_what_was_proven_wrong_stays_wrong_until_its_text_changes(
    database: Database, check: str, text: str
) -> None:
    """What it goes by may be switched off when it is tried, and on again a minute later."""
    database.execute(text)
    first = worst_finding(look(database), check)
    database.execute('update public.switch set "on" = false')
    for report in (look(database), refreshed(database), look(database)):
        found = worst_finding(report, check)
        assert found.status is Status.CRITICAL
        assert found.detail.startswith(first.detail)
        assert found.detail.count("earlier verification") == 1


def test_after_a_text_that_was_wrong_another_one_is_judged_by_itself(database: Database) -> None:
    database.execute(SWITCHED)
    assert worst_finding(look(database), "guard_functions").status is Status.CRITICAL
    database.execute(OUTSIDE)
    for report in (look(database), refreshed(database)):
        assert statuses(report) == {"guard_functions": "unknown"}, report
