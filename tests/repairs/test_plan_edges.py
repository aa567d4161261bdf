"""What does one finding's remedy change about another's in the same plan? Reports alone."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest

from lib.checks import orphan_rows
from lib.checks.table_shapes import table_missing
from lib.core.remedies import advice, decision, shown, statements, whole_file
from lib.core.results import CheckResult, Finding, Report
from lib.db import sql
from lib.remedies import constraints as ties
from lib.remedies import remedies, repairs
from lib.remedies.moving import attach_again, move_default_rows
from lib.remedies.new_months import make_months
from lib.repairs.plan import Decision, as_sql, plan
from lib.repairs.plan.files import after_needed
from lib.repairs.plan.locking import lock_of
from lib.runbook import step_of
from tests.guards import EVENTS, SESSIONS
from tests.repairs.test_plan_values import CRITICAL, ENABLE, NOON, OK, TRIGGER, UNKNOWN, found, made

JANUARY, FEBRUARY = date(2027, 1, 1), date(2027, 2, 1)
DEFAULT = "public.sessions_default"
FUNCTION = "public.trg_sessions_set_created_month"
OURS = f"create or replace function {FUNCTION}() returns trigger language plpgsql as 'begin end';"
REVIEW = decision("review it, or take ours", OURS, replaces=FUNCTION)


def default_of(table: str, **changed: Any) -> dict[str, Any]:
    """The DEFAULT partition of a table, as the check of the months saw it."""
    row = {"table_name": table, "relation": f"public.{table}_default", "is_default": True}
    return {**row, "depth": 1, "kind": "r", **changed}


def whys(*checks: CheckResult) -> list[tuple[str, ...]]:
    return [action.why for action in made(*checks).actions]


# Months, and the DEFAULT partition in their way.


def test_title_names_the_one_partition_that_is_made_or_attached() -> None:
    make = step_of("partition_coverage").title
    taken = attach_again(SESSIONS, JANUARY, "public.sessions_2027_01", None)
    for text, named in (
        (make_months(SESSIONS, JANUARY, JANUARY), "public.sessions_2027_01"),
        (make_months(SESSIONS, JANUARY, FEBRUARY), "t1"),
        (move_default_rows(SESSIONS, JANUARY, DEFAULT), "public.sessions_2027_01"),
        (taken, "public.sessions_2027_01"),
    ):
        (action,) = made(found("partition_coverage", text)).actions
        assert action.title == f"{make}: {named}"


def test_move_out_of_default_makes_the_partition_so_nothing_else_does() -> None:
    move = move_default_rows(SESSIONS, JANUARY, DEFAULT)
    rows = found("default_partition_rows", move)
    one = made(found("partition_coverage", make_months(SESSIONS, JANUARY, JANUARY)), rows)
    (action,) = one.actions
    assert action.sql == shown(move)
    assert action.why == ("default_partition_rows 1", "partition_coverage 1")


def test_months_of_which_some_are_moved_are_made_after_those() -> None:
    move = move_default_rows(SESSIONS, JANUARY, DEFAULT)
    make = make_months(SESSIONS, JANUARY, FEBRUARY)
    one = made(found("partition_coverage", make), found("default_partition_rows", move))
    assert [action.sql for action in one.actions] == [shown(move), shown(make)]


def test_every_month_of_a_text_that_is_moved_is_told_with_the_last_of_them() -> None:
    moves = [move_default_rows(SESSIONS, month, DEFAULT) for month in (JANUARY, FEBRUARY)]
    make = make_months(SESSIONS, JANUARY, FEBRUARY)
    assert whys(found("partition_coverage", make), found("default_partition_rows", *moves)) == [
        ("default_partition_rows 1",),
        ("default_partition_rows 2", "partition_coverage 1"),
    ]


def test_detached_partition_is_attached_and_not_made_a_second_time() -> None:
    attach = attach_again(SESSIONS, JANUARY, "public.sessions_2027_01", DEFAULT)
    move = move_default_rows(SESSIONS, JANUARY, DEFAULT)
    for first, second in ((attach, move), (move, attach)):
        one = made(found("partition_coverage", first), found("default_partition_rows", second))
        (action,) = one.actions
        assert action.sql == shown(attach)
        assert set(action.why) == {"partition_coverage 1", "default_partition_rows 1"}


def test_months_are_moved_where_it_was_not_seen_what_default_holds() -> None:
    blind = CheckResult(
        "default_partition_rows",
        (Finding("public.sessions", UNKNOWN, "not seen", advice("let the role read it")),),
        "",
    )
    rows = (default_of("events"), default_of("sessions"), default_of("sessions", depth=2))
    make = make_months(SESSIONS, JANUARY, FEBRUARY)
    moved = [move_default_rows(SESSIONS, month, DEFAULT) for month in (JANUARY, FEBRUARY)]
    (action,) = made(found("partition_coverage", make, partitions=rows), blind).actions
    assert action.sql == "\n".join(map(shown, moved))
    other = make_months(EVENTS, JANUARY, JANUARY)
    (action,) = made(found("partition_coverage", other, partitions=rows), blind).actions
    assert action.sql == shown(other), "of this table it was seen"


# Tables, files and functions that are not there.


def test_file_that_stops_without_a_table_waits_for_the_table() -> None:
    file = remedies.run_file(remedies.ROLE_FILE, "grants")
    absent = CheckResult(
        "partition_coverage",
        (table_missing(EVENTS, CRITICAL),),
        "",
    )
    one = made(found("row_visibility", file), found("guard_triggers", TRIGGER), absent)
    assert [action.sql for action in one.actions] == [shown(TRIGGER)]
    assert [each.why for each in one.decisions] == ["public.events does not exist"]


def test_files_that_a_file_needs_run_before_it_each_as_its_own_step() -> None:
    file = remedies.run_file(remedies.ROLE_FILE, "grants")
    absent = found("rpc_answers", (), status=OK, absent=({"file": "10_guards"},))
    guards, role = made(found("row_visibility", file), absent).actions
    assert (guards.file, role.file) == ("sql/setup/10_guards.sql", "sql/setup/50_role.sql")
    own = step_of("guard_functions")
    assert guards.title == f"{own.title}: sql/setup/10_guards.sql"
    assert guards.lock == lock_of(own.slug, guards.remedy) != role.lock
    assert guards.undo.startswith("run the earlier text: apply keeps it in watchtower_checks")
    assert guards.undo != role.undo == step_of("row_visibility").undo_words
    nothing = found("rpc_answers", (), status=OK, absent=({"file": "20_history"},))
    kept, rpcs = made(
        found("rpc_privileges", whole_file("", "sql/setup/40_rpcs.sql")), nothing
    ).actions
    files = (kept.file, rpcs.file)
    assert files == ("sql/setup/20_history.sql", "sql/setup/40_rpcs.sql"), (
        "it keeps what it replaces"
    )


def test_files_that_a_file_needs_are_those_that_its_header_names() -> None:
    names = [path.stem for path in sql.setup_files()]
    for place, name in enumerate(names):
        header = sql.load(f"setup/{name}").partition("-- Run ")[0].partition("-- Needs :")[2]
        named = {each for each in names[:place] if each in header or "10 to 40" in header}
        (own,) = whole_file("", f"sql/setup/{name}.sql")
        *needed, last = after_needed(own, frozenset(names)).files
        assert {each.removeprefix("sql/setup/").removesuffix(".sql") for each in needed} == named
        assert last == f"sql/setup/{name}.sql"


def test_files_lock_is_not_that_of_the_statements_in_it() -> None:
    (action,) = made(found("guard_triggers", whole_file("", "sql/setup/10_guards.sql"))).actions
    assert action.lock.startswith("SHARE ROW EXCLUSIVE on the table and its partitions")
    (action,) = made(found("maintenance", whole_file("", "sql/setup/30_partitions.sql"))).actions
    assert action.lock == "none on the tables", "though a text of its own would say otherwise"
    assert "run the earlier text" in action.undo


def test_file_of_the_guards_leaves_alone_what_it_does_not_know() -> None:
    closed = statements(f"alter function {FUNCTION}() security definer;")
    file = remedies.run_file(remedies.GUARDS_FILE, "the guards")
    assert len(made(found("guard_functions", file, closed)).actions) == 2
    assert FUNCTION in sql.load("setup/10_guards"), "although it makes that function"


# Rows that no statement can set right.


def test_foreign_key_is_proven_unless_a_session_is_nowhere() -> None:
    key = ties.add_foreign_key(EVENTS)
    proof = ties.prove("public.sessions")
    (action,) = made(found("foreign_key", key)).actions
    assert action.sql == shown(key)
    assert proof in action.sql
    nowhere = Finding("t", CRITICAL, "gone", repairs.orphans(EVENTS), code=orphan_rows.ORPHANED)
    gone = CheckResult("orphan_rows", (nowhere,), "")
    (action,) = made(found("foreign_key", key), gone).actions
    assert action.sql == shown(key).replace(proof, "").rstrip("\n")
    one = made(found("foreign_key", statements("", proof=proof)), gone)
    assert one.actions == ()
    assert [each.choices for each in one.decisions][1:] == [
        "first decide about the events without a session; the plan then has the rows compared"
    ]
    whole = found("orphan_rows", repairs.repair_keys(EVENTS))
    assert proof in made(found("foreign_key", key), whole).actions[-1].sql, "they will be right"


def test_no_foreign_key_is_made_where_a_partition_is_on_another_server() -> None:
    far = default_of("events", kind="f", is_default=False, relation="public.far")
    seen = found("partition_coverage", (), status=OK, partitions=(far,))
    one = made(found("foreign_key", ties.add_foreign_key(EVENTS)), seen)
    assert one.actions == ()
    assert [each.choices for each in one.decisions] == [
        "first bring the rows of public.far into a plain partition"
    ]


@pytest.mark.parametrize("order", [(EVENTS, SESSIONS), (SESSIONS, EVENTS)])
def test_events_follow_the_sessions_by_which_they_are_right(order: tuple[Any, ...]) -> None:
    texts = [repairs.repair_keys(guard) for guard in order]
    one = made(found("wrong_keys", *texts))
    assert [action.sql for action in one.actions] == [
        shown(repairs.repair_keys(SESSIONS)),
        shown(repairs.repair_keys(EVENTS)),
    ]


def test_keys_that_another_check_came_upon_are_repaired_in_the_step_of_the_keys() -> None:
    repair = repairs.repair_keys(SESSIONS)
    enable = found("key_constraints", ENABLE)
    first, second, last = made(
        found("default_partition_rows", repair, make_months(SESSIONS, JANUARY, JANUARY)), enable
    ).actions
    assert [first.step, second.step] == ["make-partitions", step_of("key_constraints").slug]
    assert (last.step, last.sql) == ("repair-keys", shown(repair))
    assert last.title == f"{step_of('null_keys').title}: t1"


# What was decided.


def test_function_is_replaced_once_that_was_decided() -> None:
    after = decision("and who owns it?", "select 1;")
    report = Report((found("guard_functions", REVIEW + after),), NOON, 1, 7)
    for decided in (frozenset[str](), frozenset({"public.another"})):
        one = plan(report, decided)
        assert one.actions == ()
        assert [each.replaces for each in one.decisions] == [FUNCTION, ""]
        assert one.decisions[0].sql == OURS
    one = plan(report, frozenset({FUNCTION, "public.another"}))
    (action,) = one.actions
    assert (action.sql, action.why) == (OURS, ("guard_functions 1",))
    assert action.step == step_of("guard_functions").slug
    assert one.decisions == (Decision("guard_functions 1", "And who owns it?", "select 1;"),)


def test_one_function_is_one_question_whichever_checks_came_upon_it() -> None:
    same = REVIEW
    one = made(found("guard_functions", same), found("guard_behaviour", same, same))
    (one_of,) = one.decisions
    assert one_of.why == "guard_functions 1; guard_behaviour 1; guard_behaviour 2"
    assert (one_of.sql, one_of.replaces) == (OURS, FUNCTION)
    again = CheckResult("guard_behaviour", (Finding("t", CRITICAL, "guard_functions 1", same),), "")
    (one_of,) = made(found("guard_functions", same), again).decisions
    assert one_of.why == "guard_functions 1", "what was said is not said again"
    other = found("guard_functions", same, decision("review it", "x;", replaces="public.other"))
    assert len(made(other).decisions) == 2


# How it is written down.


def test_file_stands_in_the_text_as_it_is_and_statements_as_a_transaction() -> None:
    one = made(
        found("row_visibility", whole_file("", "sql/setup/50_role.sql")),
        found("guard_triggers", ENABLE),
        found("freshness", ()),
    )
    text = as_sql(one, made=NOON)
    file = sql.load("setup/50_role").rstrip()
    assert f"\n{file}\n\n-- 2. " in text, "no transaction around it, which it has of its own"
    assert f"\n{shown(ENABLE)}\ncommit;\n\n-- Left to a person" in text
    assert text.endswith(
        "-- Found    : freshness 1\n-- Choices  : No statement here repairs it: see the runbook.\n"
    )
