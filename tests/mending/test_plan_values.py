"""Which remedy becomes a statement, which a decision, and what is said above it? Reports alone."""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import Any

import pytest

from lib.core.guards import EVENTS, SESSIONS
from lib.core.results import CheckResult, Finding, Report, Status
from lib.db import sql
from lib.remedies import remedies, repairs
from lib.remedies.new_months import make_months
from lib.repairs.plan import Action, Decision, Plan, as_sql, plan
from lib.repairs.plan.locking import lock_of
from lib.repairs.plan.reversing import undo_of
from lib.runbook import step, step_of

OK, WARNING, UNKNOWN, CRITICAL = Status
NOON = datetime(2026, 12, 31, 12, tzinfo=UTC)
TRIGGER = remedies.create_trigger(SESSIONS)
ENABLE = "alter table public.events\n  enable trigger g;"


def found(check: str, *texts: str | None, status: Status = CRITICAL, **tables: Any) -> CheckResult:
    findings = tuple(
        Finding(f"t{number}", status, f"{check} {number}", text)
        for number, text in enumerate(texts, 1)
    )
    return CheckResult(check, findings, check, tables)


def made(*checks: CheckResult) -> Plan:
    return plan(Report(checks, NOON, 1, 7, database="db", server_version="18.4"))


def only(check: str, text: str | None) -> Action | Decision:
    one = made(found(check, text))
    (part,) = (*one.actions, *one.decisions)
    return part


def test_plan_of_a_healthy_database_is_empty() -> None:
    assert made(found("guard_triggers", None, status=OK)) == Plan(
        Report((found("guard_triggers", None, status=OK),), NOON, 1, 7,
               database="db", server_version="18.4"), (), ()
    )  # fmt: skip
    assert made(found("guard_triggers", None, status=OK)).empty
    assert not made(found("guard_triggers", TRIGGER)).empty
    assert not made(found("guard_triggers", None)).empty


def test_statement_is_an_action_with_its_step_its_reason_lock_and_way_back() -> None:
    action = only("guard_triggers", TRIGGER)
    assert isinstance(action, Action)
    assert (action.step, action.sql, action.file) == ("restore-triggers", TRIGGER, None)
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
    other = only("row_visibility", "-- as the owner: run\n-- sql/setup/99_nothing.sql")
    assert isinstance(other, Decision), "no such file is ours"


def test_what_nothing_here_mends_is_a_decision() -> None:
    bare = only("freshness", None)
    assert bare == Decision("freshness 1", "Nothing here mends it: see the runbook.")
    assert isinstance(bare, Decision)
    assert bare.told == "freshness 1. Nothing here mends it: see the runbook."
    words = only("freshness", "-- is ingestion running?")
    assert isinstance(words, Decision)
    assert words.choices.startswith("is ingestion running") or words.choices.startswith("Is ")
    assert words.told.endswith("running?")
    shown = Decision("x", "drop it; or accept it:", "select 1;").told
    assert shown == "x. drop it; or accept it (python -m lib plan shows the SQL)."


def test_what_follows_from_the_rest_is_neither_run_nor_decided() -> None:
    for text in (
        "-- mend what the other findings name; this answer then turns true by itself",
        "-- verify: that asks it again",
        "-- restore the guard, as guard_triggers says: it then overrules the default",
    ):
        one = made(found("guard_triggers", TRIGGER), found("rpc_answers", text))
        assert [action.why for action in one.actions] == [("guard_triggers 1",)]
        assert one.decisions == ()


def test_text_is_run_up_to_a_decision_which_is_left_to_a_person() -> None:
    text = f"{ENABLE}\n-- a decision: which of these stays?\nselect 1;"
    one = made(found("guard_triggers", text))
    assert [action.sql for action in one.actions] == [ENABLE]
    assert one.decisions == (Decision("guard_triggers 1", "Which of these stays?", "select 1;"),)
    assert one.decisions[0].told == (
        "guard_triggers 1. Which of these stays? python -m lib plan shows the SQL."
    )
    alone = made(found("guard_triggers", "-- a decision: keep it\nselect 1;"))
    assert alone.actions == ()
    assert alone.decisions == (Decision("guard_triggers 1", "Keep it", "select 1;"),)
    assert alone.decisions[0].told == (
        "guard_triggers 1. Keep it (python -m lib plan shows the SQL)."
    )


@pytest.mark.parametrize(
    ("text", "choices", "shown"),
    [
        ("-- look at it as its owner:\nselect 1;", "Look at it as its owner", "select 1;"),
        ("-- first a policy for every role:\nselect 1;", "First a policy for every role",
         "select 1;"),
        ("-- as its owner, if it must:\nselect 1;", "As its owner, if it must", "select 1;"),
        ("-- run each line that this prints\nselect 1;", "By hand, after a look.",
         "-- run each line that this prints\nselect 1;"),
        ("-- by hand:\n-- update pg_class set x = 1;", "By hand, after a look.",
         "-- by hand:\n-- update pg_class set x = 1;"),
        ("-- where x is not wanted, detach it instead:\nselect 1;",
         "Detach the far-away partition, or make every month.",
         "-- where x is not wanted, detach it instead:\nselect 1;"),
    ],
)  # fmt: skip
def test_what_needs_a_look_first_is_a_decision(text: str, choices: str, shown: str) -> None:
    assert only("guard_triggers", text) == Decision("guard_triggers 1", choices, shown)


def test_actions_come_in_the_runbooks_order_whatever_was_found_first() -> None:
    one = made(
        found("wrong_keys", repairs.repair_keys(SESSIONS)),
        found("orphan_rows", repairs.repair_keys(EVENTS)),
        found("foreign_key", "alter table public.events validate constraint fk;"),
        found("row_visibility", remedies.run_file(remedies.ROLE_FILE, "grants")),
        found("guard_triggers", TRIGGER),
    )
    steps = [action.step for action in one.actions]
    assert steps == [
        "let-the-role-see", "restore-triggers", "repair-keys", "repair-keys", "restore-foreign-key"
    ]  # fmt: skip
    tables = [repairs.asked(action.sql) for action in one.actions[2:4]]
    assert [each[0].table for each in tables if each] == ["sessions", "events"], "by which it is"


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
        assert action.sql == repairs.repair_keys(SESSIONS), "all rows, and the recent among them"
        assert set(action.why) == {"wrong_keys 1", "wrong_keys 2"}
    other = made(found("wrong_keys", recent, repairs.repair_keys(EVENTS)))
    assert len(other.actions) == 2


def test_file_holds_what_it_runs_as_well() -> None:
    whole = remedies.run_file(remedies.RPC_FILE, "the RPCs")
    revoke = "revoke all on function public.verify_partition_triggers_exist() from anon;"
    other = "revoke all on function public.somebodys() from anon;"
    for texts in ((whole, revoke), (revoke, whole)):
        (action,) = made(found("rpc_privileges", *texts)).actions
        assert action.file == "sql/setup/40_rpcs.sql", "it makes the function anew, closed"
        assert set(action.why) == {"rpc_privileges 1", "rpc_privileges 2"}
    assert len(made(found("rpc_privileges", whole, other)).actions) == 2
    part = sql.load("setup/40_rpcs").split(";")[0] + ";"
    assert len(made(found("rpc_privileges", whole, part)).actions) == 1


def test_decision_that_an_action_settles_is_left_out() -> None:
    attach = "alter table t attach partition public.x"
    decide = f"-- a decision: attach it or drop it?\n{attach}"
    settled = made(found("partition_coverage", f"{attach}"), found("partition_security", decide))
    assert (len(settled.actions), settled.decisions) == (1, ())
    other = made(
        found("partition_coverage", "alter table t attach partition public.y"),
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
    one = made(found("freshness", None), found("freshness", None))
    assert len(one.decisions) == 1


def test_rpc_that_says_no_although_nothing_else_is_wrong_is_what_is_wrong() -> None:
    text = "-- mend what the other findings name; this answer then turns true by itself"
    (action,) = made(found("rpc_answers", text)).actions
    assert (action.file, action.why) == ("sql/setup/40_rpcs.sql", ("rpc_answers 1",))


# What each statement does to writers, and what takes it back.


@pytest.mark.parametrize(
    ("text", "lock"),
    [
        ("grant select on t to r;", "none on the tables"),
        ("-- why\nrevoke all on function f() from public;", "none on the tables"),
        ("create or replace function f() returns int language sql as 'select 1';",
         "none on the tables"),
        ("alter role r reset session_replication_role;", "none on the tables"),
        ("alter table t detach partition x finalize;",
         "ACCESS EXCLUSIVE on the partition, for milliseconds"),
        ("alter trigger a on t\n  rename to b;",
         "ACCESS EXCLUSIVE on the table and its partitions, for milliseconds: everybody waits"),
        ("begin;\ndo $drop$\nbegin\nend\n$drop$;\ncommit;",
         "ACCESS EXCLUSIVE on the table and its partitions, for milliseconds: everybody waits"),
        (ENABLE, "SHARE ROW EXCLUSIVE on what is named, for milliseconds: writers wait"),
        (TRIGGER,
         "SHARE ROW EXCLUSIVE on the table and its partitions, for milliseconds: writers wait"),
        ("alter table t validate constraint c;",
         "SHARE UPDATE EXCLUSIVE: every row is compared under locks that keep neither readers nor"
         " writers waiting"),
        ("alter table t enable row level security;",
         "ACCESS EXCLUSIVE on what is named, for milliseconds: everybody waits"),
        ("select 1;", "none on the tables"),
    ],
)  # fmt: skip
def test_lock_is_the_statements(text: str, lock: str) -> None:
    assert lock_of("no-such-step", text) == lock
    assert lock_of("no-such-step", text, whole_file=True) == "none on the tables"


def test_lock_of_a_file_is_its_steps() -> None:
    text = sql.load("setup/50_role")
    assert lock_of("let-the-role-see", text, whole_file=True) == (
        "ACCESS EXCLUSIVE on each table whose policy it makes, for milliseconds"
    )
    patient = lock_of("repair-keys", "x")
    assert patient.endswith(
        "all tables that hold their key in SHARE ROW EXCLUSIVE for about 0.2 s each: writers wait"
    )


BACK = [
    (ENABLE, "x", "alter table only public.events disable trigger g;"),
    (ENABLE, "fires only during replication on x",
     "alter table only public.events enable replica trigger g;"),
    ("alter trigger a on public.events\n  rename to b;", "x",
     "alter trigger b on public.events rename to a;"),
    ('alter trigger "a b" on t rename to c;', "x", 'alter trigger c on t rename to "a b";'),
    ("alter table t enable row level security;", "x", "alter table t disable row level security;"),
    ("alter table t enable row level security;", "t is open to anon, PUBLIC",
     "alter table t disable row level security; what anon, PUBLIC held must be granted by name"),
    ("alter table t no force row level security;", "x",
     "alter table t force row level security;"),
    ("alter role r reset session_replication_role;", "x",
     "alter role r set session_replication_role = replica;"),
    ("alter table t alter column k set not null;", "x",
     "alter table t alter column k drop not null;"),
    ("grant select on t to r;", "x", "revoke select on t from r;"),
    ("revoke all on function public.f() from public, anon;",
     "public.f() may be executed by PUBLIC, anon",
     "grant execute on function public.f() to PUBLIC, anon;"),
    ("alter table t validate constraint c;", "x",
     "nothing is to be taken back: the rows were compared, and none has changed"),
]  # fmt: skip


@pytest.mark.parametrize(("text", "detail", "back"), BACK)
def test_way_back_is_the_very_statement(text: str, detail: str, back: str) -> None:
    own = step("restore-triggers")
    assert own is not None
    assert undo_of(own, text, detail, stood=False, whole_file=False) == back


def test_way_back_of_many_is_the_word_that_changes() -> None:
    own = step("restore-triggers")
    assert own is not None
    many = "\n".join(f"alter table t{n}\n  enable trigger g;" for n in range(4))
    few = "\n".join(f"alter table t{n}\n  enable trigger g;" for n in range(3))
    assert undo_of(own, many, "x", stood=False, whole_file=False) == (
        "the same statements with disable in place of enable"
    )
    assert undo_of(own, few, "x", stood=False, whole_file=False) == " ".join(
        f"alter table only t{n} disable trigger g;" for n in range(3)
    )


def test_way_back_of_a_foreign_key_takes_it_away_and_names_the_one_before() -> None:
    own = step("restore-foreign-key")
    assert own is not None
    makes = "select 'public.\"e''s\"'::regclass as relation, 'fk_e''s' as name;"
    back = "alter table public.\"e's\" drop constraint fk_e's;"
    assert undo_of(own, makes, "x", stood=False, whole_file=False) == back
    instead = f"alter table public.e drop constraint old;\n{makes}"
    replaced = undo_of(own, instead, "x", stood=False, whole_file=False)
    assert replaced.startswith(f"{back} then run its earlier statement: apply keeps it")
    later = f"begin;\nalter table public.e drop constraint old;\n{makes}"
    assert undo_of(own, later, "x", stood=False, whole_file=False) == replaced
    after = f"{makes}\nalter table public.e drop constraint old;"
    assert undo_of(own, after, "x", stood=False, whole_file=False) == back


def test_way_back_of_a_month_is_to_detach_it_while_it_is_empty() -> None:
    own = step_of("partition_coverage")
    january, march = date(2027, 1, 1), date(2027, 3, 1)
    one = undo_of(own, make_months(SESSIONS, january, january), "x", stood=False, whole_file=False)
    assert one == (
        "while it is empty: alter table public.sessions detach partition public.sessions_2027_01;"
        " drop table public.sessions_2027_01;"
    )
    many = undo_of(own, make_months(SESSIONS, january, march), "x", stood=False, whole_file=False)
    assert many == f"{one} So for each of the 3."
    routine = step("schedule-maintenance")
    assert routine is not None
    assert undo_of(routine, "x", "x", stood=False, whole_file=True).endswith(
        "one that returned something else cannot replace it: drop the function before that"
    )
    moved = "alter table public.sessions attach partition x for values from (1) to (2);"
    assert undo_of(own, moved, "x", stood=False, whole_file=False) == (
        "nothing is to be taken back: the rows are where they belong, and none has changed"
    )


def test_way_back_names_the_text_that_is_kept_where_there_was_one() -> None:
    own = step("restore-triggers")
    assert own is not None
    stood = undo_of(own, TRIGGER, "x", stood=True, whole_file=False)
    assert stood.startswith(
        "drop trigger sessions_set_created_month on public.sessions; then run its earlier statement"
    )
    assert "watchtower_checks, details -> 'before'" in stood
    whole = undo_of(own, TRIGGER, "x", stood=True, whole_file=True)
    assert whole.startswith("run the earlier text: apply keeps it in watchtower_checks")
    rpcs = step_of("rpc_answers")
    assert undo_of(rpcs, "x", "x", stood=False, whole_file=True).endswith(
        "one that returned something else cannot replace it: drop the function before that"
    )
    role = step_of("row_visibility")
    assert undo_of(role, "x", "x", stood=False, whole_file=True) == role.undo_words


def test_trigger_that_stood_there_is_told_by_what_the_check_saw() -> None:
    row = {"live": "create trigger …", "trigger": SESSIONS.trigger}
    (action,) = made(found("guard_triggers", TRIGGER, triggers=(row,))).actions
    assert "then run its earlier statement" in action.undo
    (fresh,) = made(found("guard_triggers", TRIGGER, triggers=({**row, "live": ""},))).actions
    assert "then run" not in fresh.undo


# How it is written down.


def test_plan_is_written_as_transactions_with_reason_lock_and_way_back() -> None:
    one = made(
        found("guard_triggers", TRIGGER, None), found("freshness", "-- is ingestion running?")
    )
    text = as_sql(one, made=NOON)
    (action,) = one.actions
    head, block, left = text.split("\n\n", 2)
    assert head.splitlines() == [
        "-- Partition Watchtower, made 2026-12-31T12:00:00Z for db, PostgreSQL 18.4.",
        "-- By hand: as the owner of the tables, from the top, and stop at an error:",
        "-- psql -v ON_ERROR_STOP=1 -f FILE",
        "-- It is of this database: a copy in which nothing is broken may refuse some of it.",
    ]
    assert block.splitlines()[:5] == [
        f"-- 1. {action.title}",
        "-- Why      : guard_triggers 1",
        f"-- Lock     : {action.lock}",
        f"-- Roll back: {action.undo}",
        "begin;",
    ]
    assert block.splitlines()[5].startswith("set local lock_timeout")
    assert block.endswith(f"{TRIGGER}\ncommit;")
    assert left.splitlines()[:3] == [
        "-- Left to a person: nothing below is run.",
        "-- Found    : guard_triggers 2",
        "-- Choices  : Nothing here mends it: see the runbook.",
    ]
    assert text.endswith("\n")


def test_empty_plan_says_so() -> None:
    assert as_sql(made(), made=NOON) == (
        "-- Partition Watchtower, made 2026-12-31T12:00:00Z for db, PostgreSQL 18.4.\n"
        "-- The plan is empty: there is nothing to mend.\n"
    )


def test_decisions_alone_need_no_psql() -> None:
    text = as_sql(made(found("freshness", "-- a decision: why?\nselect 1;\nselect 2;")), made=NOON)
    assert "psql" not in text
    assert text.endswith(
        "-- Found    : freshness 1\n-- Choices  : Why?\n--   select 1;\n--   select 2;\n"
    )


def test_name_with_a_line_break_ends_no_comment() -> None:
    evil = Finding("t", CRITICAL, "x\ndrop table t; --", TRIGGER)
    one = made(CheckResult("guard_triggers", (evil,), ""))
    assert "-- Why      : x drop table t; --\n" in as_sql(one, made=NOON)


def test_transaction_of_its_own_asks_for_its_locks_for_a_moment_only() -> None:
    own = f"begin;\n{ENABLE}\ncommit;"
    text = as_sql(made(found("guard_triggers", own)), made=NOON)
    assert text.count("begin;") == 1
    assert "begin;\nset local lock_timeout" in text
    patient = f"begin;\nset local lock_timeout = '9s';\n{ENABLE}\ncommit;"
    assert patient in as_sql(made(found("guard_triggers", patient)), made=NOON)
    alone = "alter system reset session_replication_role;"
    assert "begin;" not in as_sql(made(found("guard_settings", alone)), made=NOON)
