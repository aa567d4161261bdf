"""Is a guard's function judged by all that makes it work: whose eyes it has, what it promises?"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime

import pytest

from tests.dealing import some
from tests.looking import follow, look, statuses, worst_finding
from tests.servers import OWNER, SUPERUSER, Database

SESSIONS = "public.trg_sessions_set_created_month()"
EVENTS = "public.trg_events_set_session_month_from_session()"


@pytest.fixture
def stranger(database: Database) -> Iterator[str]:
    """A role that owns no table and for whom there is no policy."""
    database.server.execute(f"create role stranger; grant stranger to {OWNER}")
    try:
        database.execute("grant usage, create on schema public to stranger", user=SUPERUSER)
        yield "stranger"
    finally:
        database.execute(
            f"reassign owned by stranger to {OWNER}; drop owned by stranger", user=SUPERUSER
        )
        database.server.execute("drop role stranger")


def test_a_guard_that_looks_as_a_blind_owner_is_critical(stranger: str, database: Database) -> None:
    database.execute(
        f"grant select on public.sessions to {stranger};"
        f"alter function {EVENTS} owner to {stranger}",
        user=SUPERUSER,
    )
    report = look(database)
    assert statuses(report) == {"guard_behaviour": "critical", "guard_functions": "critical"}
    finding = worst_finding(report, "guard_functions")
    assert finding.detail == (
        f"{EVENTS} looks as a blind role: row level security hides rows of public.sessions"
        f" from its owner, {stranger}"
    )
    tried = worst_finding(report, "guard_behaviour").detail
    assert "a row of sessions, a wrong key: given session_month 1999-01-01" in tried
    follow(finding.remedy, database)
    assert statuses(look(database)) == {}


def test_a_blind_owner_with_a_policy_of_its_own_sees(stranger: str, database: Database) -> None:
    database.execute(
        f"grant select on public.sessions to {stranger};"
        f"alter function {EVENTS} owner to {stranger};"
        f"create policy all_of_them on public.sessions for select to {stranger} using (true)",
        user=SUPERUSER,
    )
    assert statuses(look(database)) == {}


def test_a_guard_whose_owner_may_not_read_the_sessions_is_critical(
    stranger: str, database: Database
) -> None:
    database.execute(f"alter function {EVENTS} owner to {stranger}", user=SUPERUSER)
    report = look(database)
    assert report["guard_functions"].status.word == "critical"
    finding = worst_finding(report, "guard_functions")
    assert f"its owner, {stranger}, has no right to read public.sessions" in finding.detail
    follow(finding.remedy, database)
    assert statuses(look(database)) == {}


@pytest.mark.parametrize("volatility", ["STABLE", "IMMUTABLE"])
@pytest.mark.parametrize("function", some([SESSIONS, EVENTS], 2))
def test_a_guard_that_promises_not_to_change_is_tried_and_said(
    function: str, volatility: str, database: Database
) -> None:
    database.execute(f"alter function {function} {volatility}")
    report = look(database)
    assert statuses(report) == {"guard_functions": "warning"}
    finding = worst_finding(report, "guard_functions")
    assert finding.detail.startswith(f"{function} differs from the reviewed text")
    assert f"declared {volatility}" in finding.detail
    assert "it behaves rightly" in finding.detail
    follow(finding.remedy, database)
    assert statuses(look(database)) == {}


def test_one_remedy_brings_a_dropped_function_back_whatever_stands_in_for_it(
    database: Database,
) -> None:
    month = f"{datetime.now(UTC):%Y_%m}"
    guard = "create trigger sessions_set_created_month"
    call = "for each row execute function public.stand_in()"
    database.execute(
        f"drop function {SESSIONS} cascade;"
        "create function public.stand_in() returns trigger language plpgsql as"
        " 'begin return new; end';"
        f"{guard} before insert on public.sessions_{month} {call};"
        f"{guard} after insert or update on public.sessions_default {call};"
        "alter table public.sessions_default disable trigger sessions_set_created_month"
    )
    report = look(database)
    found = report["guard_triggers"].failing()
    assert len(found) >= 3, "each fault is named"
    assert len({finding.remedy for finding in found}) == 1, "and all are repaired by the same"
    follow(found[0].remedy, database)
    assert statuses(look(database)) == {}
    written = (
        "insert into public.sessions (created_at, created_month) values (now(),"
        " date_trunc('month', now() at time zone 'UTC') + interval '14 days')"
        " returning to_char(created_month, 'YYYY_MM_DD')"
    )
    assert database.value(written) == f"{month}_01"


def test_a_guard_cannot_make_the_sandbox_writable_again(database: Database) -> None:
    database.execute(
        "create table public.seen (at timestamptz);"
        f"create or replace function {SESSIONS} returns trigger language plpgsql"
        " security definer set search_path = '' as $x$ begin"
        " perform pg_catalog.set_config('transaction_read_only', 'off', true);"
        " insert into public.seen values (now()); new.created_month :="
        " date_trunc('month', new.created_at at time zone 'UTC')::date; return new; end $x$"
    )
    report = look(database)
    assert report["guard_behaviour"].status.word == "critical"
    detail = worst_finding(report, "guard_behaviour").detail
    assert "cannot set transaction read-write mode inside a read-only transaction" in detail
    assert database.value("select count(*) from public.seen") == 0


def test_an_operator_of_the_writers_schema_answers_nothing_for_the_probe(
    database: Database,
) -> None:
    """The cases run with a writer's search_path; what tells them apart must not."""
    database.execute(
        "create function public.trap(jsonb, jsonb) returns text language plpgsql as"
        " $x$ begin raise exception 'a trap was sprung'; end $x$;"
        "create operator public.->> (function = public.trap, leftarg = jsonb, rightarg = jsonb);"
        "create operator public.-> (function = public.trap, leftarg = jsonb, rightarg = jsonb)"
    )
    report = look(database)
    assert statuses(report) == {}
    assert all(row["right"] for row in report["guard_behaviour"].tables["probe"])
