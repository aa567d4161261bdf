"""Is a third guarded table one entry in the list of guards, and no new code?"""

from __future__ import annotations

from typing import Any

import pytest

from lib.core.guards import Guard, Reference
from tests.dealing import some
from tests.guards import REQUIRED
from tests.looking import glance, look, statuses, worst_finding
from tests.servers import Database

CALLS = Guard(
    table="calls",
    key="session_created_month",
    trigger="calls_enforce_session_created_month",
    function="trg_calls_enforce_session_created_month",
    columns=("session_id", "session_created_month"),
    reference=Reference("session_id", "sessions", "id", "created_month"),
    partitioned=False,
)
TABLE = """
create table public.calls (
    id uuid primary key default gen_random_uuid(),
    session_id uuid not null,
    session_created_month date not null,
    created_at timestamptz not null default now()
);
alter table public.calls enable row level security;
create function public.trg_calls_enforce_session_created_month() returns trigger
language plpgsql security definer set search_path = '' as $guard$
declare
    month pg_catalog.date;
begin
    select s.created_month into month from public.sessions s
    where s.id = new.session_id order by s.created_month = new.session_created_month desc limit 1;
    if month is not null then
        new.session_created_month := month;
    elsif new.session_created_month is null or new.session_id is null then
        raise exception 'the month of the session is unknown';
    end if;
    return new;
end
$guard$;
create trigger calls_enforce_session_created_month
    before insert or update of session_id, session_created_month on public.calls
    for each row execute function public.trg_calls_enforce_session_created_month();
revoke execute on function public.trg_calls_enforce_session_created_month() from public;
grant execute on function public.trg_calls_enforce_session_created_month() to watchtower;
grant select (id, session_id, session_created_month, created_at) on public.calls to watchtower;
create policy watchtower_reads on public.calls for select to watchtower using (true);
insert into public.calls (session_id, session_created_month, created_at)
    select id, created_month, created_at from public.sessions;
"""
THREE: dict[str, Any] = {"guards": (*REQUIRED, CALLS)}


@pytest.fixture
def calling(database: Database) -> Database:
    database.execute(TABLE)
    return database


def test_all_checks_work_on_it(calling: Database) -> None:
    for user in ("watchtower", "owner"):
        report = look(calling, user, **THREE)
        assert statuses(report) == {"guard_functions": "warning"}, user
        detail = worst_finding(report, "guard_functions").detail
        assert "trg_calls_enforce_session_created_month() has no reviewed text" in detail
        assert "it behaves rightly" in detail
        for check in ("guard_triggers", "guard_behaviour", "key_constraints", "row_visibility",
                      "null_keys", "orphan_rows", "freshness"):  # fmt: skip
            said = " ".join(finding.detail for finding in report[check].findings)
            assert "calls" in said, check


BREAKS = [
    (
        "drop trigger calls_enforce_session_created_month on public.calls",
        "guard_triggers",
        "calls_enforce_session_created_month is missing on public.calls",
    ),
    (
        "create or replace function public.trg_calls_enforce_session_created_month()"
        " returns trigger language plpgsql security definer as 'begin return new; end'",
        "guard_behaviour",
        "is wrong in",
    ),
    (
        "alter table public.calls disable trigger user;"
        "update public.calls set session_created_month = '1999-01-01'"
        " where created_at > now() - interval '2 days';"
        "alter table public.calls enable trigger user",
        "orphan_rows",
        "of public.calls",
    ),
    (
        "alter table public.calls alter column session_created_month set default current_date;"
        "drop trigger calls_enforce_session_created_month on public.calls",
        "key_constraints",
        "hides until next month",
    ),
    (
        "create function public.z() returns trigger language plpgsql as"
        " $x$ begin new.session_created_month := '1999-01-01'; return new; end $x$;"
        "create trigger z before insert on public.calls for each row execute function public.z()",
        "trigger_order",
        "they made 1999-01-01",
    ),
]


@pytest.mark.parametrize(("sql", "check", "words"), some(BREAKS, 2))
def test_each_break_of_it_is_critical(sql: str, check: str, words: str, calling: Database) -> None:
    calling.execute(sql)
    report = look(calling, **THREE)
    assert report[check].status.word == "critical"
    assert words in worst_finding(report, check).detail
    assert glance(calling, **THREE).status >= 2
