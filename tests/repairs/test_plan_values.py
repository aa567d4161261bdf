"""Which remedy becomes a statement, which a decision, and what is said above it? Reports alone."""

from __future__ import annotations

import json
from datetime import UTC, date, datetime
from typing import Any

import pytest

from lib.checks import rpc_answers
from lib.core.remedies import (
    BY_HAND,
    Kind,
    Remedies,
    Remedy,
    advice,
    by_hand,
    decision,
    from_json,
    shown,
    statements,
    whole_file,
)
from lib.core.results import CheckResult, Finding, Report, Status
from lib.db import sql
from lib.remedies import constraints, locks, moving, remedies, repairs
from lib.remedies.new_months import make_months
from lib.repairs.plan import Action, Decision, Plan, as_sql, plan
from lib.repairs.plan.locking import lock_of
from lib.repairs.plan.reversing import undo_of
from lib.runbook import step, step_of
from tests.guards import EVENTS, SESSIONS

OK, WARNING, UNKNOWN, CRITICAL = Status
NOON = datetime(2026, 12, 31, 12, tzinfo=UTC)
TRIGGER = remedies.create_trigger(SESSIONS, stood=False)
ENABLE = remedies.enable_trigger("g", ["public.events"])
UNTRUE = rpc_answers.AFTER_THE_REST


def found(check: str, *remedies: Remedies, status: Status = CRITICAL, **tables: Any) -> CheckResult:
    findings = tuple(
        Finding(f"t{number}", status, f"{check} {number}", remedy)
        for number, remedy in enumerate(remedies, 1)
    )
    return CheckResult(check, findings, check, tables)


def made(*checks: CheckResult) -> Plan:
    return plan(Report(checks, NOON, 1, 7, database="db", server_version="18.4"))


def only(check: str, remedy: Remedies) -> Action | Decision:
    one = made(found(check, remedy))
    (part,) = (*one.actions, *one.decisions)
    return part


def test_plan_of_a_healthy_database_is_empty() -> None:
    assert made(found("guard_triggers", (), status=OK)) == Plan(
        Report((found("guard_triggers", (), status=OK),), NOON, 1, 7,
               database="db", server_version="18.4"), (), ()
    )  # fmt: skip
    assert made(found("guard_triggers", (), status=OK)).empty
    assert not made(found("guard_triggers", TRIGGER)).empty
    assert not made(found("guard_triggers", ())).empty


def test_statement_is_an_action_with_its_step_its_reason_lock_and_way_back() -> None:
    action = only("guard_triggers", TRIGGER)
    assert isinstance(action, Action)
    assert (action.step, action.sql, action.file) == ("restore-triggers", shown(TRIGGER), None)
    assert action.title == f"{step_of('guard_triggers').title}: t1"
    assert action.why == ("guard_triggers 1",)
    assert action.lock == (
        "SHARE ROW EXCLUSIVE on the table and its partitions, for milliseconds: writers wait"
    )
    assert action.undo == "drop trigger sessions_set_created_month on public.sessions;"


def test_file_of_the_setup_is_run_whole() -> None:
    text = remedies.run_file(remedies.ROLE_FILE, "grants")
    action = only("row_visibility", text)
    assert isinstance(action, Action)
    assert action.file == "sql/setup/50_role.sql"
    assert action.sql == sql.load("setup/50_role")
    assert action.title.endswith(": sql/setup/50_role.sql")
    other = only("row_visibility", whole_file("as the owner: run", "sql/setup/99_nothing.sql"))
    assert isinstance(other, Decision), "no such file is ours"


def test_what_nothing_here_repairs_is_a_decision() -> None:
    bare = only("freshness", ())
    assert bare == Decision("freshness 1", "No statement here repairs it: see the runbook.")
    assert isinstance(bare, Decision)
    assert bare.told == "freshness 1. No statement here repairs it: see the runbook."
    words = only("freshness", advice("is ingestion running?"))
    assert isinstance(words, Decision)
    assert words.choices.startswith("is ingestion running") or words.choices.startswith("Is ")
    assert words.told.endswith("running?")
    shown = Decision("x", "drop it; or accept it:", "select 1;").told
    assert shown == "x. drop it; or accept it (python -m lib plan shows the SQL)."


def test_what_follows_from_the_rest_is_neither_run_nor_decided() -> None:
    following = (rpc_answers.AFTER_THE_REST, rpc_answers.RENAME, rpc_answers.ASK_AGAIN)
    for remedy in (*following, advice("see those checks", follows=True)):
        one = made(found("guard_triggers", TRIGGER), found("rpc_answers", remedy))
        assert [action.why for action in one.actions] == [("guard_triggers 1",)]
        assert one.decisions == ()


def test_statements_are_run_and_a_decision_beside_them_is_left_to_a_person() -> None:
    both = ENABLE + decision("which of these stays?", "select 1;")
    one = made(found("guard_triggers", both))
    assert [action.sql for action in one.actions] == [shown(ENABLE)]
    assert one.decisions == (Decision("guard_triggers 1", "Which of these stays?", "select 1;"),)
    assert one.decisions[0].told == (
        "guard_triggers 1. Which of these stays? python -m lib plan shows the SQL."
    )
    alone = made(found("guard_triggers", decision("keep it", "select 1;")))
    assert alone.actions == ()
    assert alone.decisions == (Decision("guard_triggers 1", "Keep it", "select 1;"),)
    assert alone.decisions[0].told == (
        "guard_triggers 1. Keep it (python -m lib plan shows the SQL)."
    )


@pytest.mark.parametrize(
    ("remedy", "choices", "below"),
    [
        (by_hand("look at it as its owner", "select 1;"), "Look at it as its owner", "select 1;"),
        (by_hand("look", "update x;\nand y;", comment=True), "Look", "-- update x;\n-- and y;"),
        (by_hand("run each line", "select 1;", choices=BY_HAND), "By hand, after a look.",
         "-- run each line:\nselect 1;"),
        (by_hand("", "select 1;"), "By hand, after a look.", "select 1;"),
        (make_months(SESSIONS, date(2026, 1, 1), date(2026, 9, 1), "public.x"),
         "Detach the far-away partition, or make every month.", None),
        (Remedy(Kind.TEXT, sql="-- of an older row"), "By hand, after a look.",
         "-- of an older row"),
    ],
)  # fmt: skip
def test_what_needs_a_look_first_is_a_decision(
    remedy: Remedies | Remedy, choices: str, below: str | None
) -> None:
    known = (remedy,) if isinstance(remedy, Remedy) else remedy
    one = only("guard_triggers", known)
    assert one == Decision("guard_triggers 1", choices, below or shown(known))


def test_actions_come_in_the_runbooks_order_whatever_was_found_first() -> None:
    one = made(
        found("wrong_keys", repairs.repair_keys(SESSIONS)),
        found("orphan_rows", repairs.repair_keys(EVENTS)),
        found("foreign_key", constraints.validate("public.events", "fk")),
        found("row_visibility", remedies.run_file(remedies.ROLE_FILE, "grants")),
        found("guard_triggers", TRIGGER),
    )
    steps = [action.step for action in one.actions]
    assert steps == [
        "let-the-role-see", "restore-triggers", "repair-keys", "repair-keys", "restore-foreign-key"
    ]  # fmt: skip
    tables = [action.remedy.repair for action in one.actions[2:4]]
    assert [each.guard for each in tables if each] == [SESSIONS, EVENTS], "by which it is"


def test_keys_are_repaired_in_their_step_whichever_check_came_upon_them() -> None:
    action = only("null_keys", repairs.repair_keys(SESSIONS))
    assert isinstance(action, Action)
    assert action.step == "repair-keys"


def test_what_another_does_as_well_stands_once_with_every_reason() -> None:
    twice = made(found("guard_triggers", TRIGGER, TRIGGER, ENABLE))
    assert [action.why for action in twice.actions] == [
        ("guard_triggers 1", "guard_triggers 2"),
        ("guard_triggers 3",),
    ]
    recent = repairs.repair_keys(SESSIONS, NOON)
    for texts in ((recent, repairs.repair_keys(SESSIONS)), (repairs.repair_keys(SESSIONS), recent)):
        (action,) = made(found("wrong_keys", *texts)).actions
        assert action.sql == shown(repairs.repair_keys(SESSIONS)), (
            "all rows, and the recent among them"
        )
        assert set(action.why) == {"wrong_keys 1", "wrong_keys 2"}
    other = made(found("wrong_keys", recent, repairs.repair_keys(EVENTS)))
    assert len(other.actions) == 2


def test_file_holds_what_it_runs_as_well() -> None:
    whole = remedies.run_file(remedies.RPC_FILE, "the RPCs")
    revoke = statements("revoke all on function x() from anon;", anew_in=remedies.RPC_FILE)
    other = statements("revoke all on function public.somebodys() from anon;")
    for texts in ((whole, revoke), (revoke, whole)):
        (action,) = made(found("rpc_privileges", *texts)).actions
        assert action.file == "sql/setup/40_rpcs.sql", "it makes the function anew, closed"
        assert set(action.why) == {"rpc_privileges 1", "rpc_privileges 2"}
    assert len(made(found("rpc_privileges", whole, other)).actions) == 2
    role = remedies.run_file(remedies.ROLE_FILE, "the role")
    usage = remedies.grants([("usage on schema public", "watchtower")], remedies.ROLE_FILE)
    assert shown(usage) in sql.load("setup/50_role")
    (action,) = made(found("guard_behaviour", role, usage)).actions
    assert action.file == "sql/setup/50_role.sql"


def test_decision_that_an_action_settles_is_left_out() -> None:
    attach = statements("attach x;", attaches=("public.x",))
    decide = decision("attach it or drop it?", "attach x;", attaches=("public.x",))
    settled = made(found("partition_coverage", attach), found("partition_security", decide))
    assert (len(settled.actions), settled.decisions) == (1, ())
    other = made(
        found("partition_coverage", statements("attach y;", attaches=("public.y",))),
        found("partition_security", decide),
    )
    assert len(other.decisions) == 1
    both = CheckResult("guard_triggers", (
        Finding("t", CRITICAL, "the same", TRIGGER), Finding("t", CRITICAL, "the same"),
        Finding("t", CRITICAL, "another"),
    ), "")  # fmt: skip
    assert [each.why for each in made(both).decisions] == ["another"]


def test_lock_and_way_back_of_a_file_are_of_the_file() -> None:
    (action,) = made(found("rpc_privileges", remedies.run_file(remedies.RPC_FILE, "x"))).actions
    assert action.lock == "none on the tables"
    assert action.undo.startswith("run the earlier text: apply keeps it in watchtower_checks")


def test_same_decision_stands_once() -> None:
    one = made(found("freshness", ()), found("freshness", ()))
    assert len(one.decisions) == 1


def test_rpc_that_says_no_although_nothing_else_is_wrong_is_what_is_wrong() -> None:
    (action,) = made(found("rpc_answers", UNTRUE)).actions
    assert (action.file, action.why) == ("sql/setup/40_rpcs.sql", ("rpc_answers 1",))


# What each remedy does to writers, and what takes it back.


JANUARY, MARCH = date(2027, 1, 1), date(2027, 3, 1)
EMPTY = "while it is empty: alter table public.sessions detach partition public.sessions_2027_01;"


@pytest.mark.parametrize(
    ("remedy", "lock", "undo"),
    [
        (remedies.grants([("select on t", "r")]), locks.NONE, "revoke select on t from r;"),
        (ENABLE, locks.ENABLES, "alter table only public.events disable trigger g;"),
        (remedies.enable_trigger("g", ["t"], "enable replica", ["t"]), locks.ENABLES,
         "alter table only t enable replica trigger g;"),
        (remedies.enable_trigger("g", ["a", "b", "c", "d"]), locks.ENABLES,
         "the same statements with disable in place of enable"),
        (remedies.enable_trigger("g", ["a", "b", "c"]), locks.ENABLES,
         "alter table only a disable trigger g; alter table only b disable trigger g; "
         "alter table only c disable trigger g;"),
        (TRIGGER, locks.WRITERS, "drop trigger sessions_set_created_month on public.sessions;"),
        (constraints.validate("t", "c"), locks.COMPARES,
         "nothing is to be taken back: the rows were compared, and none has changed"),
        (constraints.forbid_nulls(SESSIONS), "",
         "alter table public.sessions alter column created_month drop not null;"),
        (constraints.add_foreign_key(EVENTS), "",
         "alter table public.events drop constraint fk_events_session;"),
        (remedies.secure_relations(["t"]), locks.NAMED,
         "alter table t disable row level security;"),
        (remedies.secure_relations(["t"], "anon, PUBLIC"), locks.NAMED,
         "alter table t disable row level security; what anon, PUBLIC held must be granted by "
         "name"),
        (make_months(SESSIONS, JANUARY, JANUARY), locks.MAKES,
         f"{EMPTY} drop table public.sessions_2027_01;"),
        (make_months(SESSIONS, JANUARY, MARCH), locks.MAKES,
         f"{EMPTY} drop table public.sessions_2027_01; So for each of the 3."),
        (moving.move_default_rows(SESSIONS, JANUARY, "d"), locks.MOVES, remedies.PLACED),
        (moving.attach_again(SESSIONS, JANUARY, "x", "d"), locks.MOVES, remedies.PLACED),
        (moving.attach_again(SESSIONS, JANUARY, "x", None), locks.ATTACHES, remedies.PLACED),
    ],
)  # fmt: skip
def test_lock_and_way_back_are_stated_by_who_writes_it(
    remedy: Remedies, lock: str, undo: str
) -> None:
    ((one),) = remedy
    assert (one.lock, one.undo) == (lock, undo)


def test_what_a_remedy_does_not_state_is_its_steps() -> None:
    (none,) = statements("select 1;")
    (file,) = remedies.run_file(remedies.ROLE_FILE, "grants")
    assert lock_of("no-such-step", none) == "none on the tables"
    assert lock_of("let-the-role-see", file) == (
        "ACCESS EXCLUSIVE on each table whose policy it makes, for milliseconds"
    )
    assert lock_of("repair-keys", none).endswith(
        "all tables that hold their key in SHARE ROW EXCLUSIVE for about 0.2 s each: writers wait"
    )
    role, routine = step_of("row_visibility"), step("schedule-maintenance")
    assert routine is not None
    assert undo_of(role, file) == role.undo_words
    assert undo_of(step_of("guard_triggers"), none).startswith("run the earlier text: apply keeps")
    for each in (routine, step_of("rpc_answers")):
        assert undo_of(each, none).endswith(
            "if the earlier one returned something else, drop the function first"
        )


def test_way_back_names_what_is_kept_where_something_was_replaced() -> None:
    (stood,) = remedies.create_trigger(SESSIONS, stood=True)
    assert stood.undo.startswith(
        "drop trigger sessions_set_created_month on public.sessions; then run its earlier statement"
    )
    assert "watchtower_checks, details -> 'before'" in stood.undo
    (replaced,) = constraints.add_foreign_key(EVENTS, replaced="old")
    assert replaced.lock == locks.REPLACES_KEY
    assert "fk_events_session; then run its earlier statement: apply keeps it" in replaced.undo


@pytest.mark.parametrize(
    "remedy",
    [
        repairs.repair_keys(EVENTS, NOON),
        make_months(SESSIONS, JANUARY, MARCH),
        moving.move_default_rows(SESSIONS, JANUARY, "d") + UNTRUE,
        decision("keep it", "select 1;", replaces="public.f"),
        by_hand("look", "select 1;", comment=True),
        statements("alter table t enable trigger all;", superuser=True),
        remedies.run_file(remedies.RPC_FILE, "the RPCs"),
        (),
    ],
)
def test_row_of_the_history_keeps_the_whole_remedy(remedy: Remedies) -> None:
    kept = json.loads(json.dumps([each.to_json() for each in remedy]))
    assert from_json(kept, shown(remedy) or None) == remedy


@pytest.mark.parametrize("kept", [None, [], "x", [{}], [{"kind": "no"}], [1], [{"kind": "words"}]])
def test_row_that_says_less_has_a_text_that_is_shown_and_never_run(kept: Any) -> None:
    assert from_json(kept, "alter table x;") == (Remedy(Kind.TEXT, sql="alter table x;"),)
    assert from_json(None, None) == ()


# How it is written down.


def test_plan_is_written_as_transactions_with_reason_lock_and_way_back() -> None:
    one = made(
        found("guard_triggers", TRIGGER, ()), found("freshness", advice("is ingestion running?"))
    )
    text = as_sql(one, made=NOON)
    (action,) = one.actions
    head, block, left = text.split("\n\n", 2)
    assert head.splitlines() == [
        "-- Partition Watchtower, made 2026-12-31T12:00:00Z for db, PostgreSQL 18.4.",
        "-- By hand: as the owner of the tables, from the top, and stop at an error:",
        "-- psql -v ON_ERROR_STOP=1 -f FILE",
        "-- It is for this database: a copy without these faults may refuse some of it.",
    ]
    assert block.splitlines()[:5] == [
        f"-- 1. {action.title}",
        "-- Why      : guard_triggers 1",
        f"-- Lock     : {action.lock}",
        f"-- Roll back: {action.undo}",
        "begin;",
    ]
    assert block.splitlines()[5].startswith("set local lock_timeout")
    assert block.endswith(f"{shown(TRIGGER)}\ncommit;")
    assert left.splitlines()[:3] == [
        "-- Left to a person: nothing below is run.",
        "-- Found    : guard_triggers 2",
        "-- Choices  : No statement here repairs it: see the runbook.",
    ]
    assert text.endswith("\n")


def test_empty_plan_says_so() -> None:
    assert as_sql(made(), made=NOON) == (
        "-- Partition Watchtower, made 2026-12-31T12:00:00Z for db, PostgreSQL 18.4.\n"
        "-- The plan is empty: there is nothing to repair.\n"
    )


def test_decisions_alone_need_no_psql() -> None:
    text = as_sql(made(found("freshness", decision("why?", "select 1;\nselect 2;"))), made=NOON)
    assert "psql" not in text
    assert text.endswith(
        "-- Found    : freshness 1\n-- Choices  : Why?\n--   select 1;\n--   select 2;\n"
    )


def test_name_with_a_line_break_ends_no_comment() -> None:
    evil = Finding("t", CRITICAL, "x\ndrop table t; --", TRIGGER)
    one = made(CheckResult("guard_triggers", (evil,), ""))
    assert "-- Why      : x drop table t; --\n" in as_sql(one, made=NOON)


def test_transaction_of_its_own_asks_for_its_locks_for_a_moment_only() -> None:
    enable = shown(ENABLE)
    own = f"begin;\n{enable}\ncommit;"
    text = as_sql(made(found("guard_triggers", statements(own))), made=NOON)
    assert text.count("begin;") == 1
    assert "begin;\nset local lock_timeout" in text
    patient = f"begin;\nset local lock_timeout = '9s';\n{enable}\ncommit;"
    assert patient in as_sql(made(found("guard_triggers", statements(patient))), made=NOON)
    alone = "alter system reset session_replication_role;"
    assert "begin;" not in as_sql(made(found("guard_settings", statements(alone))), made=NOON)
