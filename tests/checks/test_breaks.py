"""Is each way to break it seen by the right check, in words that name it, and repaired as it says?

Each case breaks a healthy database, looks as the role watchtower under row level security and as
the owner, follows the remedy of the worst finding, and looks again.
"""

from __future__ import annotations

from dataclasses import dataclass

import pytest

from lib.checks import telling
from tests.dealing import dealt
from tests.looking import check, follow, look, statuses, worst_finding
from tests.servers import Database

SESSIONS, EVENTS = "sessions_set_created_month", "events_set_session_month_from_session"
THIS_MONTH = "to_char(now() at time zone 'UTC', 'YYYY_MM')"

# A month's partition is named by the month we are in, so these statements compute it.
ON_LEAF = "do $$ begin execute format('{}', " + THIS_MONTH + "); end $$"


@dataclass(frozen=True)
class Break:
    """What breaks it, which check must say so, how bad, and in which words?

    `also` are the other checks whose status may change with it.
    """

    name: str
    sql: str
    check: str
    status: str
    words: str
    also: tuple[str, ...] = ()
    owner_too: bool = True

    def __str__(self) -> str:
        return self.name


RPC = ("rpc_answers",)

BREAKS = [
    Break(
        "dropped",
        f"drop trigger {EVENTS} on public.events",
        "guard_triggers",
        "critical",
        f"{EVENTS} is missing on public.events and",
        RPC,
    ),
    Break(
        "disabled everywhere",
        f"alter table public.sessions disable trigger {SESSIONS}",
        "guard_triggers",
        "critical",
        f"{SESSIONS} is disabled on public.sessions and",
        RPC,
    ),
    Break(
        "disabled on the table alone",
        f"alter table only public.sessions disable trigger {SESSIONS}",
        "guard_triggers",
        "critical",
        f"{SESSIONS} is disabled on public.sessions itself",
        RPC,
    ),
    Break(
        "disabled on one leaf",
        ON_LEAF.format(f"alter table public.events_%s disable trigger {EVENTS}"),
        "guard_triggers",
        "critical",
        f"{EVENTS} is disabled on public.events_20",
        RPC,
    ),
    Break(
        "replica trigger",
        f"alter table public.events enable replica trigger {EVENTS}",
        "guard_triggers",
        "critical",
        "fires only during replication",
        RPC,
    ),
    Break(
        "with a WHEN clause",
        f"create or replace trigger {SESSIONS} before insert or update of created_at, created_month"
        " on public.sessions for each row when (new.created_month is null)"
        " execute function public.trg_sessions_set_created_month()",
        "guard_triggers",
        "critical",
        "fires only when its WHEN clause holds",
        RPC,
    ),
    Break(
        "insert only",
        f"create or replace trigger {SESSIONS} before insert on public.sessions for each row"
        " execute function public.trg_sessions_set_created_month()",
        "guard_triggers",
        "critical",
        "does not fire on update",
        RPC,
    ),
    Break(
        "update of a list without the key",
        f"create or replace trigger {SESSIONS} before insert or update of created_at"
        " on public.sessions for each row"
        " execute function public.trg_sessions_set_created_month()",
        "guard_triggers",
        "critical",
        "does not fire on update of created_month",
        RPC,
    ),
    Break(
        "another function",
        "create function public.other() returns trigger language plpgsql as"
        " 'begin return new; end';"
        f" create or replace trigger {SESSIONS} before insert or update of created_at,"
        " created_month on public.sessions for each row execute function public.other()",
        "guard_triggers",
        "critical",
        "calls public.other() instead of public.trg_sessions_set_created_month()",
        RPC,
    ),
    Break(
        "emptied function",
        "create or replace function public.trg_sessions_set_created_month() returns trigger"
        " language plpgsql security definer set search_path = '' as 'begin return new; end'",
        "guard_behaviour",
        "critical",
        "public.trg_sessions_set_created_month() is wrong in",
        ("guard_functions",),
    ),
    Break(
        "function no longer definer",
        "alter function public.trg_events_set_session_month_from_session() security invoker",
        "guard_functions",
        "unknown",
        "no longer SECURITY DEFINER",
        ("guard_behaviour",),
    ),
    Break(
        "function without its search_path",
        "alter function public.trg_events_set_session_month_from_session() reset search_path",
        "guard_functions",
        "warning",
        "settings are",
    ),
    Break(
        "triggers RPC missing",
        "drop function public.verify_partition_triggers_exist()",
        "rpc_answers",
        "critical",
        "public.verify_partition_triggers_exist() does not exist",
    ),
    Break(
        "drift RPC missing",
        "drop function public.watchtower_partition_drift_check_v1()",
        "rpc_answers",
        "critical",
        "public.watchtower_partition_drift_check_v1() does not exist",
    ),
    Break(
        "drift RPC raises",
        "create or replace function public.watchtower_partition_drift_check_v1() returns jsonb"
        " language plpgsql as $$ begin raise exception 'out of order'; end $$",
        "rpc_answers",
        "critical",
        "raised: out of order",
        ("rpc_privileges",),
    ),
    Break(
        "RPC has two forms",
        "create function public.verify_partition_triggers_exist(strict boolean default true)"
        " returns boolean language sql as 'select true'",
        "rpc_answers",
        "critical",
        "has several forms",
        ("rpc_privileges",),
    ),
    Break(
        "a month missing in the past",
        "do $$ declare month date := date_trunc('month', now() at time zone 'UTC'"
        " - interval '6 months'); begin"
        " execute format('drop table public.events_%s', to_char(month, 'YYYY_MM')); end $$",
        "partition_coverage",
        "warning",
        "its rows go to the DEFAULT partition",
    ),
    Break(
        "partition open to anon",
        ON_LEAF.format("alter table public.events_%s disable row level security")
        + "; "
        + ON_LEAF.format("grant select on public.events_%s to anon"),
        "partition_security",
        "critical",
        "has no row level security and is open to anon",
    ),
    Break(
        "partition without row level security",
        ON_LEAF.format("alter table public.events_%s disable row level security"),
        "partition_security",
        "warning",
        "has no row level security, unlike its table",
    ),
    Break(
        "nothing comes in",
        "delete from public.sessions where created_at > now() - interval '12 hours'",
        "freshness",
        "warning",
        "the newest row of public.sessions is of",
    ),
]


@pytest.mark.parametrize(("case", "user"), dealt(BREAKS, each=3))
def test_break_is_seen_named_and_repaired(case: Break, user: str, database: Database) -> None:
    database.execute(case.sql)
    report = look(database, user)
    seen = statuses(report)
    assert seen.pop(case.check) == case.status
    assert case.words in worst_finding(report, case.check).detail
    assert set(seen) <= set(case.also), seen
    if case.check != "freshness":  # no SQL brings traffic
        follow(worst_finding(report, case.check).remedy, database)
        assert statuses(look(database)) == {}


def test_healthy_database_is_green_and_says_what_was_seen(database: Database) -> None:
    for user in ("watchtower", "owner"):
        report = look(database, user)
        assert statuses(report) == {}
        assert report.ok
        assert report.unrecorded is None
        assert report["guard_triggers"].summary == "40 of 40 triggers fire"
        assert "NOT NULL on the table" in report["null_keys"].findings[0].detail


def test_two_breaks_at_once_are_both_named(database: Database) -> None:
    database.execute(f"drop trigger {EVENTS} on public.events")
    database.execute(f"alter table public.sessions disable trigger {SESSIONS}")
    details = [finding.detail for finding in check(database, "guard_triggers").failing()]
    assert len(details) == 2
    assert any(f"{EVENTS} is missing" in detail for detail in details)
    assert any(f"{SESSIONS} is disabled" in detail for detail in details)


def test_guard_under_another_name_is_a_warning(database: Database) -> None:
    database.execute(f"alter trigger {SESSIONS} on public.sessions rename to keep_month")
    report = look(database)
    assert report["guard_triggers"].status.word == "warning"
    assert "runs under another name, keep_month" in worst_finding(report, "guard_triggers").detail


def test_always_trigger_is_healthy(database: Database) -> None:
    database.execute(f"alter table public.events enable always trigger {EVENTS}")
    assert statuses(look(database)) == {}


def test_same_named_trigger_in_another_schema_guards_nothing(database: Database) -> None:
    database.execute(
        f"drop trigger {SESSIONS} on public.sessions;"
        "create schema archive; create table archive.sessions (created_at timestamptz,"
        " created_month date);"
        f"create trigger {SESSIONS} before insert on archive.sessions for each row"
        " execute function public.trg_sessions_set_created_month()"
    )
    assert f"{SESSIONS} is missing" in check(database, "guard_triggers").failing()[0].detail


def test_rpc_that_lies_is_critical(database: Database) -> None:
    database.execute(
        f"drop trigger {EVENTS} on public.events;"
        "create or replace function public.verify_partition_triggers_exist() returns boolean"
        " language sql as 'select true'"
    )
    findings = check(database, "rpc_answers").failing()
    assert any("answers true although a guard's trigger" in f.detail for f in findings)


@pytest.mark.parametrize(
    "answer",
    [
        '{"ok": true, "triggers_ok": true, "events_partition_ok": true}',
        '{"ok": true, "trigger_sessions_set_created_month": true,'
        ' "trigger_events_set_session_month_from_session": true}',
    ],
)
def test_both_shapes_of_the_drift_answer_are_understood(answer: str, database: Database) -> None:
    shape = (
        "create or replace function public.watchtower_partition_drift_check_v1() returns jsonb"
        " language sql as $$ select '{}'::jsonb $$"
    )
    database.execute(shape.format(answer))
    assert check(database, "rpc_answers").status.word == "ok"
    database.execute(shape.format(answer.replace("true}", "false}")))
    finding = check(database, "rpc_answers").failing()[0]
    assert finding.status.word == "critical"
    assert "false" in finding.detail


def test_missing_tables_are_said_plainly(database: Database) -> None:
    database.execute("drop table public.events, public.sessions")
    report = look(database)
    assert report.status.word == "critical"
    assert "public.sessions does not exist" in report["guard_triggers"].findings[0].detail
    assert [check.check for check, _ in report.failing()] == ["guard_triggers"]
    for name in ("null_keys", "wrong_keys", "orphan_rows", "freshness"):
        assert report[name].status.word == "unknown"
        assert not report[name].applies


@pytest.mark.parametrize(("table", "others"), [("events", 3), ("sessions", 4)])
def test_missing_table_is_told_once_and_nothing_that_is_there_is_denied(
    table: str, others: int, database: Database
) -> None:
    database.execute(f"alter table public.{table} rename to elsewhere")
    found = [fault.finding for fault in telling.faults(look(database))]
    denied = [said.detail for said in found if said.detail.endswith(" does not exist")]
    assert denied[0] == f"public.{table} does not exist"
    (untried,) = denied[1:]
    assert untried.startswith("public.trg_")
    assert untried.endswith(f"() was not tried: public.{table} does not exist")
    assert len(found) == 1 + others
    keys = telling.faults(look(database), lambda check: check == "key_constraints")
    assert [telling.headline(fault.finding) for fault in keys] == [
        f"Unknown: the table {table} does not exist"
    ]


def test_unpartitioned_tables_are_said_plainly(database: Database) -> None:
    database.execute(
        "drop table public.events, public.sessions;"
        "create table public.sessions (id uuid, created_month date, created_at timestamptz);"
        "create table public.events (id uuid, session_id uuid, session_month date, site_id uuid,"
        " created_at timestamptz)"
    )
    report = look(database, "owner")
    ((check, finding),) = report.failing()
    assert (check.check, finding.status.word) == ("guard_triggers", "critical")
    assert finding.detail.startswith(
        "public.sessions and public.events are not partitioned and not guarded"
    )
    assert not report["partition_coverage"].applies


def test_lock_on_a_guarded_table_holds_nothing_up(database: Database) -> None:
    with database.connect(autocommit=False) as other:
        other.execute("lock table public.events in access exclusive mode")
        report = look(database)
        assert report["guard_triggers"].status.word == "ok"
        assert report["orphan_rows"].status.word == "unknown"
        assert "another session holds a lock" in worst_finding(report, "null_keys").detail
        assert report["wrong_keys"].status.word == "ok"
        assert report.duration_ms < 10_000
    assert statuses(look(database)) == {}
