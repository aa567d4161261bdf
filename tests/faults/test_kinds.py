"""What comes of answers, columns and rows of kinds that nobody expected? Never an exception."""

from __future__ import annotations

import json
import re
from contextlib import closing
from datetime import UTC, datetime

import pytest
from psycopg import errors

from lib import verification
from lib.checks import rpc_answers
from lib.checks.maintenance import _scheduled
from lib.core.context import Context
from lib.core.results import Report, Status
from lib.history import rows
from lib.history.ground import Ground
from lib.history.history import History
from lib.settings.settings import Settings, parse_url
from tests import looking
from tests.faces import living, words
from tests.guards import REQUIRED
from tests.looking import glance, look, refreshed, watched, worst_finding
from tests.servers import ROOT, SUPERUSER, Database
from tests.waiting import waits

RPCS = (
    "verify_partition_triggers_exist",
    "watchtower_partition_drift_check_v1",
    "verify_current_events_partition_exists",
)
CRITICAL, UNKNOWN = Status.CRITICAL, Status.UNKNOWN
# What it returns, its body, and what is said of it.
ANSWERS = (
    ("setof boolean", "select true where false", CRITICAL),
    ("setof boolean", "select * from (values (true), (true)) as v", CRITICAL),
    ("boolean", "select null::boolean", CRITICAL),
    ("void", "select 1", CRITICAL),
    ("text", "select 'true'::text", CRITICAL),
    ("record", "select true, 1", CRITICAL),
    ("table (a boolean, b date)", "select true, 'infinity'::date", CRITICAL),
    ("timestamp", "select 'infinity'::timestamp", CRITICAL),
    ("timestamptz", "select '4000-01-01 BC'::timestamptz", CRITICAL),
    ("time", "select '24:00'::time", UNKNOWN),
    ("float8", "select 'NaN'::float8", CRITICAL),
    ("bytea", "select '\\x00ff'::bytea", CRITICAL),
    ("daterange", "select daterange('-infinity', 'infinity')", CRITICAL),
    ("jsonb", "select 'null'::jsonb", CRITICAL),
    ("jsonb", "select '[true]'::jsonb", CRITICAL),
    ("jsonb", r"""select '["\\u0000"]'::jsonb""", CRITICAL),
    ("jsonb", "select ('{\"ok\": true, \"n\": ' || repeat('9', 5000) || '}')::jsonb", UNKNOWN),
    ("jsonb", "select (repeat('[', 3000) || repeat(']', 3000))::jsonb", UNKNOWN),
    ("jsonb", "select (repeat('[', 90) || repeat(']', 90))::jsonb", UNKNOWN),
    ("jsonb", "select jsonb_build_object('ok', true, 'x', repeat('x', 9000000))", UNKNOWN),
)  # fmt: skip

GAVE = re.compile(r" gives \d rows, not one answer$| answers |: its answer is (unread|longer)")


def unexpected(report: Report) -> list[str]:
    """Which checks met with an exception?"""
    return [c.check for c, f in report.failing() if "unexpectedly" in f.detail]


@pytest.mark.landing
@pytest.mark.parametrize("rpc", RPCS)
def test_rpc_that_answers_in_another_way(rpc: str, database18: Database) -> None:
    with closing(watched(database18.role_url)) as handle:
        for returns, body, status in ANSWERS:
            database18.execute(
                f"drop function if exists public.{rpc}();"
                f"create function public.{rpc}() returns {returns} language sql security definer"
                f" set search_path = '' as $body$ {body} $body$;"
                f"revoke all on function public.{rpc}() from public;"
                f"grant execute on function public.{rpc}() to watchtower"
            )
            with handle.session(5) as session:
                context = Context(REQUIRED, datetime.now(UTC))
                (result,) = verification.run_checks(session, context, (rpc_answers.CHECK,))
            told = [f for f in result.findings if rpc in f.detail]
            assert [found.status for found in told] == [status], (body, told)
            assert GAVE.search(told[0].detail), told
            others = [f.detail for f in result.findings if rpc not in f.detail]
            assert others
            assert all("answers true" in detail for detail in others), others
            assert len(json.dumps(result.to_json(), allow_nan=False).encode()) < 10_000


def test_answer_that_no_body_and_no_row_can_hold(database18: Database) -> None:
    """JSON of PostgreSQL's may hold half a letter, or a NUL: neither jsonb nor UTF-8 takes them."""
    drift = RPCS[1]
    answer = '{"ok": true, "a": "\\ud800", "b": "\\u0000", "c": "\\ud83d\\ude00", "d": "\\\\u0000"}'
    database18.execute(
        f"drop function public.{drift}(); create function public.{drift}() returns json"
        f" language sql security definer set search_path = '' as $$ select '{answer}'::json $$;"
        f"revoke all on function public.{drift}() from public;"
        f"grant execute on function public.{drift}() to watchtower"
    )
    report = look(database18)
    assert report.unrecorded is None
    held = {"a": "\ufffd", "b": "\ufffd", "c": "\U0001f600", "d": "\\u0000"}
    assert report.drift == {"ok": True, **held}
    kept = "select details -> 'drift' from watchtower_checks where id = %s"
    assert database18.value(kept, (report.row,)) == report.drift
    json.dumps(report.to_json(), ensure_ascii=False).encode()


CLOCKS = ("date", "timestamp", "text", "bigint", "time", "jsonb", "uuid", "interval", "tstzrange")
TURNED = {
    "bigint": "extract(epoch from created_at)::bigint",
    "jsonb": "to_jsonb(created_at)",
    "uuid": "gen_random_uuid()",
    "interval": "now() - created_at",
    "tstzrange": "tstzrange(created_at, created_at, '[]')",
}
TRIGGERS = {
    "sessions": "sessions_set_created_month",
    "events": "events_set_session_month_from_session",
}


@pytest.mark.parametrize("table", TRIGGERS)
@pytest.mark.parametrize(
    "kind",
    [*CLOCKS[:3], *(pytest.param(kind, marks=pytest.mark.everything) for kind in CLOCKS[3:])],
)
def test_clock_of_another_type(kind: str, table: str, database18: Database) -> None:
    """Rows of its table are judged or unknown; each finding says what is the matter."""
    text = "select pg_get_triggerdef(oid) from pg_trigger where tgname = %s and tgparentid = 0"
    trigger = database18.value(text, (TRIGGERS[table],))
    database18.execute(
        f"drop trigger {TRIGGERS[table]} on public.{table};"
        f"alter table public.{table} alter created_at drop default;"
        f"drop index public.{table}_created_at_idx;"
        f"alter table public.{table} alter created_at type {kind}"
        f" using {TURNED.get(kind, f'created_at::{kind}')}; {trigger}"
    )
    if table == "sessions" and kind in ("date", "timestamp"):
        drifted = (
            "alter table public.sessions disable trigger user;"
            "insert into public.sessions (id, created_month, created_at) values"
            " (gen_random_uuid(), '2020-03-01', now()),"
            " (gen_random_uuid(), '2020-03-01', 'infinity')"
        )
        database18.execute(drifted)
    reports = [look(database18), glance(database18), refreshed(database18)]
    assert [unexpected(report) for report in reports] == [[], [], []]
    said = [f.detail for _, f in reports[0].failing()]
    assert any(f"public.{table}.created_at is " in detail for detail in said)
    if kind not in ("date", "timestamp"):
        assert any("is of another type than this check reads" in detail for detail in said)
    elif table == "sessions":
        assert reports[0]["wrong_keys"].status is CRITICAL, "the drifted row is judged"
    repairs = [f.remedy or "" for f in reports[0]["key_constraints"].failing()]
    assert any("type timestamptz using created_at at time zone 'UTC'" in each for each in repairs)
    other = f"public.{'events' if table == 'sessions' else 'sessions'}"
    for check in ("wrong_keys", "null_keys", "guard_triggers", "guard_behaviour"):
        alike = [f for f in reports[0][check].findings if f.subject.startswith(other)]
        assert all(found.status is Status.OK for found in alike), alike


HOSTILE = (
    ("jsonb_build_object('checks', repeat('9', 5000)::numeric)"),
    ("('{\"checks\": ' || repeat('[', 3000) || repeat(']', 3000) || '}')::jsonb"),
    ("'[1, 2]'"),
    ("'\"text\"'"),
    ('\'{"checks": {"a": 1}, "proven": [7], "checked_at": 9e99, "catalogs": []}\''),
    ('\'{"checks": [7, {"check": 7, "findings": {}}], "figures": 1, "reach": [0]}\''),
)


@pytest.mark.landing
def test_rows_of_the_history_that_nobody_here_wrote(database18: Database) -> None:
    """A role that can write history can add rows; one of them hides no other, and ends no look."""
    own = look(database18)
    assert own.ok
    for details in HOSTILE:
        for name in ("partition_watchtower", "partition_drift_v1", "partition_watchtower_note",
                     "partition_watchtower_alert", "partition_watchtower_accepted"):  # fmt: skip
            database18.execute(
                "insert into public.watchtower_checks (check_name, ok, details)"
                f" values ('{name}', true, {details})"
            )
        assert not unexpected(refreshed(database18))
        with closing(watched(database18.role_url)) as handle:
            known = rows.read(handle, History(), datetime.now(UTC))
            assert known.trouble is None, details
            assert str(own.row) in {run.id for run in known.runs}
    assert look(database18).row
    opens_history(database18)


def opens_history(database: Database) -> None:
    """Its page shows what was read, whatever that is."""
    with living(lambda: Settings(parse_url("x", database.role_url))) as live:
        waits(lambda: live.snapshot.history.runs)
        page = words("history")
        assert ("Timeline" in page, "refused" in page) == (True, False)


@pytest.mark.parametrize("kind", ["timestamp", "date"])
def test_history_whose_time_is_of_another_type(kind: str, database18: Database) -> None:
    """Its times are read as moments: a refresh goes by them, and a page shows them."""
    database18.execute(f"alter table public.watchtower_checks alter created_at type {kind}")
    report = look(database18)
    assert (unexpected(report), report.unrecorded) == ([], None)
    with closing(watched(database18.role_url)) as handle:
        known: Ground | None = None
        for _ in range(2):
            report, known = verification.look(handle, known=known)
            assert not unexpected(report)
            assert known is not None
        read = rows.read(handle, History(), datetime.now(UTC))
        assert (read.trouble, bool(read.runs)) == (None, True)
    opens_history(database18)


JOBS = "name text, schedule text, active boolean, last_status text, last_end "
SHOWN = {
    f"{JOBS} timestamptz": "null::text, ''::text, true, null::text, null::timestamptz",
    f"{JOBS} timestamp": "'a'::text, ''::text, true, 'failed'::text, 'infinity'::timestamp",
    f"{JOBS} date": "'a'::text, ''::text, true, ''::text, '4713-01-01 BC'::date",
    f"{JOBS} text": "'a'::text, ''::text, true, ''::text, 'soon'::text",
    "name jsonb, schedule int, active int, last_status name, last_end timestamptz": (
        "'[1]'::jsonb, 1, 7, ''::name, now()"
    ),
    f"{JOBS} timestamptz, calls_routine text, under_way int": (
        "'a'::text, ''::text, true, null::text, null::timestamptz, 'perhaps'::text, 1"
    ),
    "name text, schedule text": "'a'::text, ''::text",
}


def test_jobs_that_are_shown_in_another_way(database18: Database) -> None:
    """A job of pg_cron's needs no name, and an older setup shows them otherwise."""
    name = "public.watchtower_maintenance_job()"
    database18.execute(f"drop function if exists {name}")
    context = Context(REQUIRED, datetime.now(UTC))
    with closing(watched(database18.role_url)) as handle, handle.session(9) as session:
        with session.reading() as transaction:
            (place,) = transaction.rows(
                "checks/maintenance", routine="none", observer="watchtower_maintenance_job"
            )
        there = {"cron": True, "observer_exists": True, "may_observe": True}  # no pg_cron on 18
        for columns, values in SHOWN.items():
            database18.execute(
                f"create function {name} returns table ({columns}) language sql as $$"
                f" select {values} $$; grant execute on function {name} to watchtower"
            )
            (found,) = _scheduled(session, context, {**place, **there}, [])
            assert found.subject
            assert "None" not in found.detail
            database18.execute(f"drop function {name}")


NO_TABLE = {
    "sequence": "create sequence public.watchtower_checks",
    "view": "create view public.watchtower_checks as select 1 as id",
    "foreign table": "create foreign data wrapper nothing; create server nowhere foreign data"
    " wrapper nothing; create foreign table public.watchtower_checks (id uuid, check_name text,"
    " ok boolean, details jsonb, created_at timestamptz) server nowhere;"
    " grant select, insert on public.watchtower_checks to watchtower",
}  # fmt: skip


def test_history_that_is_no_table(database18: Database) -> None:
    """The file that the verification names says what is the matter."""
    database18.execute("drop table public.watchtower_checks")
    for kind, made in NO_TABLE.items():
        database18.execute(made, user=SUPERUSER)
        report = look(database18)
        assert not unexpected(report)
        assert "sql/setup/20_history.sql" in (worst_finding(report, "history").remedy or "")
        assert not unexpected(refreshed(database18))
        said = f"{kind} public.watchtower_checks is not taken over: the history is a table"
        with pytest.raises(errors.WrongObjectType, match=said):
            database18.run_file(ROOT / "sql" / "setup" / "20_history.sql", user=SUPERUSER)
        database18.execute(f"drop {kind} public.watchtower_checks", user=SUPERUSER)


def test_row_without_a_time_and_an_id(database18: Database) -> None:
    database18.execute(
        "create table calls (id uuid, matched_session_id uuid, session_created_month date,"
        " matched_at timestamptz); grant select on calls to watchtower;"
        "insert into calls (matched_session_id) select id from sessions limit 1"
    )
    report = look(database18)
    assert not unexpected(report)
    failing = [found for _, found in report.failing()]
    assert all("calls" in found.subject for found in failing), "the other tables are fine"
    assert any("has no matched_at, so whether the key" in found.detail for found in failing)


def test_rows_without_a_key_some_of_them_without_a_time(database18: Database) -> None:
    database18.execute(
        "create table calls (id uuid default gen_random_uuid(), matched_session_id uuid,"
        " session_created_month date, matched_at timestamptz); grant select on calls to watchtower;"
        "insert into calls (matched_session_id, matched_at) select id, t from unnest(array[null,"
        " now(), null]) as t, (select id from sessions limit 1) as s"
    )
    found = looking.check(database18, "null_keys")
    ours = next(each for each in found.findings if each.subject == "public.calls")
    assert ours.status is Status.CRITICAL, "one of them is recent"
    assert "3 rows" in ours.detail
    (row,) = found.tables["radius"]
    assert row["rows"] == 3
    assert row["first_seen"] == row["last_seen"] is not None, "the span is of those with a time"
