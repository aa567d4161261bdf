"""The contract's sentences about a database, each on a real one: rows, RPCs, rights, history."""

from __future__ import annotations

import json
from contextlib import closing
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID, uuid5

import pytest

from lib.core.results import Report, Status
from lib.faces.cli import main
from lib.history import rows as history_rows
from lib.history.history import History
from lib.history.recording import recorded
from lib.repairs.plan import plan
from lib.watch.schedule import slot_id
from tests.checks.test_accepted import accepting
from tests.contract.reports import MIXES, loudest, right
from tests.contract.reports import report as made
from tests.contract.test_faces import TRIGGERS_OK
from tests.drifting import EARLIER_MONTH, GUARDS_OFF, GUARDS_ON, KEY_BACK, drift_sessions
from tests.guards import GUARDS
from tests.looking import check as only
from tests.looking import look, refreshed, statuses, watched, worst_finding
from tests.servers import Database

TRIGGERS, DRIFT = "verify_partition_triggers_exist", "watchtower_partition_drift_check_v1"
OURS, THEIRS = "partition_watchtower", "partition_drift_v1"
EVENTS_GUARD = "events_set_session_month_from_session"
FIRST_SHAPE = (
    "jsonb_build_object('ok', true, 'triggers_ok', {0}, 'events_partition_ok', {1},"
    " 'checked_at', now())"
)
SECOND_SHAPE = (
    "jsonb_build_object('ok', true, 'trigger_sessions_set_created_month', {0},"
    " 'trigger_events_set_session_month_from_session', {1}, 'checked_at', now())"
)


def kept(database: Database) -> list[str]:
    """The names of the history's rows, as they came in."""
    rows = database.rows("select check_name from public.watchtower_checks order by created_at")
    return [name for (name,) in rows]


def everything(database: Database) -> object:
    """All there is in the schema, by definition and rights, and each table's rows: no history."""
    tables = database.rows(
        "select relname from pg_class where relnamespace = 'public'::regnamespace"
        " and relkind in ('r', 'p') and relname <> 'watchtower_checks' order by 1"
    )
    counts = " union all ".join(f"select count(*) from public.{table}" for (table,) in tables)
    known = database.rows(
        """
        select c.oid::regclass::text, c.relkind::text, c.relacl::text, c.relhastriggers
        from pg_class as c where c.relnamespace = 'public'::regnamespace
        union all
        select p.oid::regprocedure::text, md5(p.prosrc), p.proacl::text, p.prosecdef
        from pg_proc as p where p.pronamespace = 'public'::regnamespace
        order by 1
        """
    )
    return tables, database.rows(counts, user="postgres"), known


def answers(database: Database, function: str, answer: str, returns: str = "jsonb") -> None:
    """Make this RPC say that, whatever holds."""
    database.execute(
        f"create or replace function public.{function}() returns {returns} language sql"
        f" security definer set search_path = '' as $$ select {answer} $$"
    )


# Refresh and verification.


def test_verification_writes_its_row_and_nothing_else_and_the_rpc_writes_its_own(
    database18: Database,
) -> None:
    before = everything(database18)
    report = look(database18)
    assert report.ok
    texts = [f"{OURS}_proven"] * 5  # of guards, RPCs and the routine, kept once for each change
    assert sorted(kept(database18)) == sorted([THEIRS, OURS, *texts])
    look(database18)
    assert sorted(kept(database18)) == sorted([THEIRS, OURS] * 2 + texts)
    assert everything(database18) == before


def test_refresh_writes_no_row_and_calls_the_triggers_rpc_alone(database18: Database) -> None:
    answers(database18, DRIFT, "jsonb_build_object('called', 1 / 0)")
    report = refreshed(database18)
    assert report.drift is None
    assert kept(database18) == []
    assert report["rpc_answers"].status is not Status.CRITICAL, "it was not called"
    answers(database18, TRIGGERS, "false", "boolean")
    assert refreshed(database18)["rpc_answers"].status is Status.CRITICAL


def test_plan_changes_nothing_and_leaves_no_row(
    database18: Database, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    database18.execute(f"drop trigger {EVENTS_GUARD} on public.events")
    before = everything(database18)
    monkeypatch.setenv("DATABASE_URL", database18.role_url)
    assert main(["plan"]) == 0
    assert f"create or replace trigger {EVENTS_GUARD}" in capsys.readouterr().out
    assert everything(database18) == before
    assert kept(database18) == []


def test_scheduled_run_is_one_row_whose_id_is_the_uuidv5_of_check_name_and_slot(
    database18: Database,
) -> None:
    slot = datetime(2026, 12, 31, 23, 45, tzinfo=UTC)
    space = uuid5(UUID("6ba7b811-9dad-11d1-80b4-00c04fd430c8"), OURS)  # of names that are URLs
    assert slot_id(slot) == uuid5(space, f"{OURS} 2026-12-31T23:45:00Z")
    for _ in range(2):
        report = look(database18, slot=slot_id(slot))
        assert report.unrecorded is None
    rows = database18.rows(f"select id from public.watchtower_checks where check_name = '{OURS}'")
    assert rows == [(slot_id(slot),)]


def as_kept(report: Report) -> dict[str, Any]:
    """What HTTP answers, and of each finding the code, headline and values that a row keeps."""
    body: dict[str, Any] = json.loads(json.dumps(report.to_json()))
    for check, kept in zip(report.checks, body["checks"], strict=True):
        kept["findings"] = json.loads(json.dumps([each.to_row() for each in check.findings]))
    return body


def test_rows_details_are_the_whole_report_and_who_asked_through_which_face(
    database18: Database,
) -> None:
    report = look(database18)
    ((ok, details),) = database18.rows(
        f"select ok, details from public.watchtower_checks where check_name = '{OURS}'"
    )
    assert ok is True
    assert {name: details[name] for name in report.to_json()} == as_kept(report)
    assert (details["who"], details["face"]) == ("a test", "pytest")


def test_history_row_is_ok_as_the_report_and_keeps_all_of_it(database18: Database) -> None:
    with closing(watched(database18.role_url)) as handle:
        for statuses in MIXES:
            with handle.session(9) as session:
                told = made(*statuses)
                assert recorded(session, told, GUARDS, None).unrecorded is None
            ((name, ok, details),) = database18.rows(
                "delete from public.watchtower_checks returning check_name, ok, details"
            )
            assert (name, ok) == ("partition_watchtower", right(statuses))
            body = as_kept(told)
            assert {key: details[key] for key in body} == body
            assert (details["who"], details["face"]) == ("ada", "page")
            with handle.session(9) as session:
                recorded(session, told, GUARDS, None)
            (run,) = history_rows.read(handle, History(), datetime.now(UTC)).runs
            assert run.status is loudest(statuses)
            assert run.checks == {check.check: check.status for check in told.checks}
            database18.execute("delete from public.watchtower_checks")


# RPCs: that a call returned is not that its answer was true.


@pytest.mark.parametrize("rpc", [TRIGGERS, DRIFT])
@pytest.mark.parametrize("how", ["missing", "raises"])
def test_rpc_that_is_missing_or_raises_is_a_failed_check(
    rpc: str, how: str, database18: Database
) -> None:
    returns = "boolean" if rpc == TRIGGERS else "jsonb"
    if how == "missing":
        database18.execute(f"drop function public.{rpc}()")
    else:
        answers(database18, rpc, f"(1 / 0)::text::{returns}", returns)
    report = look(database18)
    assert report["rpc_answers"].status is Status.CRITICAL
    assert not report.ok
    if rpc == DRIFT:
        assert report.drift is None
        assert report.to_json()["drift"] is None


@pytest.mark.parametrize("shape", [FIRST_SHAPE, SECOND_SHAPE])
@pytest.mark.parametrize("parts", [("true", "false"), ("false", "true"), ("null", "true")])
def test_answer_is_true_throughout_or_not_at_all(
    shape: str, parts: tuple[str, str], database18: Database
) -> None:
    answers(database18, DRIFT, shape.format("true", "true"))
    assert only(database18, "rpc_answers").status is Status.OK
    answers(database18, DRIFT, shape.format(*parts))
    report = look(database18)
    assert report["rpc_answers"].status is Status.CRITICAL
    assert report.drift is not None
    assert report.drift["ok"] is True, "its own answer is passed on as it is"


@pytest.mark.parametrize("answer", ["false", "null"])
def test_triggers_rpc_must_answer_true(
    answer: str, database18: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    answers(database18, TRIGGERS, f"{answer}::boolean", "boolean")
    assert only(database18, "rpc_answers").status is Status.CRITICAL
    monkeypatch.setenv("DATABASE_URL", database18.role_url)
    assert main(["verify-triggers"]) == 1


def test_rpc_that_says_true_while_the_catalogs_say_otherwise_fails(database18: Database) -> None:
    answers(database18, TRIGGERS, "true", "boolean")
    answers(database18, DRIFT, FIRST_SHAPE.format("true", "true"))
    assert look(database18).ok
    database18.execute(f"alter table public.events disable trigger {EVENTS_GUARD}")
    findings = only(database18, "rpc_answers").findings
    assert [finding.status for finding in findings] == [Status.CRITICAL, Status.CRITICAL]
    assert all("answers true although" in finding.detail for finding in findings)


# What cannot be seen is unknown.


def test_zero_rows_seen_through_row_level_security_are_unknown(
    database18: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    database18.execute("drop policy watchtower_reads on public.events")
    report = look(database18)
    found = statuses(report)
    assert found["row_visibility"] == "unknown"
    assert found["orphan_rows"] == "unknown"
    assert not report.ok
    assert "critical" not in found.values()
    monkeypatch.setenv("DATABASE_URL", database18.role_url)
    assert main(["verify"]) == 3


def test_role_that_may_read_nothing_finds_nothing_right(database18: Database) -> None:
    database18.execute("revoke all on public.sessions, public.events from watchtower")
    found = statuses(look(database18))
    for check in ("row_visibility", "wrong_keys", "orphan_rows"):
        assert found[check] == "unknown"


# Statuses.


@pytest.mark.parametrize(("age", "status"), [("2 hours", "critical"), ("100 days", "warning")])
def test_wrong_rows_are_critical_within_the_window_and_a_warning_with_their_count_before_it(
    age: str, status: str, database18: Database
) -> None:
    drift_sessions(database18, EARLIER_MONTH, age)
    report = look(database18)
    assert report["wrong_keys"].status.word == status
    assert "3 rows of public.sessions" in worst_finding(report, "wrong_keys").detail


@pytest.mark.parametrize(("age", "status"), [("2 hours", "critical"), ("100 days", "warning")])
def test_orphan_rows_are_critical_within_the_window_and_a_warning_with_their_count_before_it(
    age: str, status: str, database18: Database
) -> None:
    key = KEY_BACK.rstrip().rstrip(";")
    database18.execute(
        f"""
        {GUARDS_OFF}
        insert into public.events (id, session_month, session_id, created_at)
        select gen_random_uuid(), date_trunc('month', at at time zone 'UTC'),
            gen_random_uuid(), at
        from (values (now() - interval '{age}')) as t (at), generate_series(1, 3);
        {GUARDS_ON} {key} not valid;
        """
    )
    report = look(database18)
    assert report["orphan_rows"].status.word == status
    assert worst_finding(report, "orphan_rows").detail.startswith("3 rows of public.")


@pytest.mark.parametrize(("age", "status"), [("2 hours", "critical"), ("100 days", "warning")])
def test_null_keys_are_critical_within_the_window_and_a_warning_with_their_count_before_it(
    age: str, status: str, database18: Database
) -> None:
    database18.execute(
        f"""
        {GUARDS_OFF}
        alter table public.events drop constraint events_pkey;
        alter table public.events alter column session_month drop not null;
        insert into public.events (id, session_month, session_id, created_at)
        select gen_random_uuid(), null, id, now() - interval '{age}'
        from public.sessions limit 3;
        {GUARDS_ON}
        """
    )
    report = look(database18)
    assert report["null_keys"].status.word == status
    assert worst_finding(report, "null_keys").detail.startswith("3 rows of public.events")


def test_accepted_number_of_older_rows_is_a_note_and_one_row_more_alarms_again(
    database18: Database,
) -> None:
    drift_sessions(database18, EARLIER_MONTH, "100 days", 3)
    accepting(database18, "wrong_keys", 3)
    report = look(database18)
    assert report.status is Status.OK
    notes = [finding for finding in report["wrong_keys"].findings if finding.accepted]
    assert [note.status for note in notes] == [Status.OK]
    drift_sessions(database18, EARLIER_MONTH, "100 days", 1)
    assert only(database18, "wrong_keys").status is Status.WARNING


@pytest.mark.parametrize("hours", [1, 24 * 365])
def test_freshness_is_at_most_a_warning(hours: int, database18: Database) -> None:
    later = datetime.now(UTC) + timedelta(hours=hours)
    report = refreshed(database18, now=later, freshness_hours=1)
    assert report["freshness"].status is Status.WARNING


def test_empty_table_is_ok_with_a_note(database18: Database) -> None:
    database18.execute("truncate public.sessions, public.events")
    freshness = only(database18, "freshness")
    assert freshness.status is Status.OK
    assert all("nothing to judge yet" in finding.detail for finding in freshness.findings)


def test_guard_under_another_name_is_a_warning_and_verify_triggers_holds(
    database18: Database, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    database18.execute(f"alter trigger {EVENTS_GUARD} on public.events rename to another")
    report = look(database18)
    assert report["guard_triggers"].status is Status.WARNING
    assert report.ok
    monkeypatch.setenv("DATABASE_URL", database18.role_url)
    assert main(["verify-triggers"]) == 0
    assert capsys.readouterr().out == f"{TRIGGERS_OK}\n"


def where_triggers_are_off(database: Database) -> dict[str, str]:
    return {
        "role": "alter role watchtower_writer set session_replication_role = replica",
        "database": f"alter database {database.name} set session_replication_role = replica",
        "function": "alter function public.trg_sessions_set_created_month()"
        " set session_replication_role = replica",
    }


@pytest.mark.parametrize("place", ["role", "database", "function"])
def test_setting_that_switches_triggers_off_is_critical(place: str, database18: Database) -> None:
    database18.execute("create role watchtower_writer login", user="postgres")
    try:
        database18.execute(where_triggers_are_off(database18)[place], user="postgres")
        assert only(database18, "guard_settings").status is Status.CRITICAL
    finally:
        database18.execute("drop role watchtower_writer", user="postgres")


def test_mere_right_to_switch_triggers_off_is_a_note(database18: Database) -> None:
    database18.execute(
        "create role watchtower_setter;"
        "grant set on parameter session_replication_role to watchtower_setter",
        user="postgres",
    )
    try:
        check = only(database18, "guard_settings")
        assert check.status is Status.OK
        assert any("watchtower_setter" in finding.detail for finding in check.findings)
    finally:
        database18.execute(
            "drop owned by watchtower_setter; drop role watchtower_setter", user="postgres"
        )


def covered(database: Database, moment: datetime) -> Report:
    """The refresh at this moment, of a database that the months after it were never made for."""
    return refreshed(database, now=moment)


def test_next_month_missing_is_a_warning_and_critical_in_the_last_72_hours(
    database18: Database,
) -> None:
    (last,) = database18.rows(
        "select max(substring(pg_get_expr(relpartbound, 0) from $$TO \\('(.*?)'\\)$$))::date"
        " from pg_class where relname ~ '^sessions_[0-9]'"
    )[0]
    turn = datetime(last.year, last.month, last.day, tzinfo=UTC)  # the first month without one
    for before, status in ((73, "warning"), (72, "critical"), (1, "critical")):
        report = covered(database18, turn - timedelta(hours=before))
        assert report["partition_coverage"].status.word == status, before
        assert report.ok is (status == "warning")
    # A month earlier the next one is there.
    assert covered(database18, turn - timedelta(days=40))["partition_coverage"].status is Status.OK


def test_everything_that_is_not_ok_says_what_to_do(database18: Database) -> None:
    database18.execute(f"drop trigger {EVENTS_GUARD} on public.events")
    report = look(database18)
    assert not plan(report).empty
    for _, finding in report.failing():
        assert finding.detail
        assert finding.remedy
    assert {guard.relation for guard in GUARDS} >= {worst_finding(report, "guard_triggers").subject}
