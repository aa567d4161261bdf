"""What is said of each trigger that a catalog may show? Rows made here, judged to the letter."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from lib.checks import guard_triggers, trigger_faults
from lib.checks.guard_remedies import anew
from lib.checks.trigger_faults import Fault, Verdict, judge_guard, judge_relation, shape_fault
from lib.core.guards import Guard
from lib.core.remedies import Remedies
from lib.core.results import HEADLINE, Finding, Status
from lib.remedies import remedies
from tests.guards import EVENTS, SESSIONS

OK, WARNING, UNKNOWN, CRITICAL = Status
PARENT, LEAF = "public.sessions", "public.sessions_2026_12"
NAME = "sessions_set_created_month"
BEFORE_ROW_INSERT_UPDATE = 1 | 2 | 4 | 16
CREATE = (
    "create or replace trigger sessions_set_created_month\n"
    "  before insert or update of created_at, created_month\n"
    "  on public.sessions\n"
    "  for each row execute function public.trg_sessions_set_created_month();"
)
UNGUARDED = (
    "New rows keep whatever month the writer sends; joins by month lose those where it is wrong."
)

RENAMED = "Rows are guarded. Whatever looks for the trigger by its name misses it."


def row(**changed: Any) -> dict[str, Any]:
    """The sessions guard as it should be, on the table."""
    return {
        "table_name": "sessions",
        "relation": PARENT,
        "depth": 0,
        "trigger_name": NAME,
        "enabled": "O",
        "loaded": True,
        "function": "public.trg_sessions_set_created_month",
        "function_exists": True,
        "has_when": False,
        "odd": False,
        "definition": "",
        "type": BEFORE_ROW_INSERT_UPDATE,
        "update_columns": ["created_at", "created_month"],
        "cloned": False,
        **changed,
    }


def leaf(number: int = 12, **changed: Any) -> dict[str, Any]:
    return row(
        **{"relation": f"public.sessions_2026_{number}", "depth": 1, "cloned": True} | changed
    )


WRONG: list[tuple[dict[str, Any], str, str, str]] = [
    ({"enabled": "D"}, "is disabled", "disabled", "is disabled"),
    ({"enabled": "R"}, "fires only during replication", "replica_only",
     "fires only during replication"),
    ({"loaded": False}, "does not fire, since pg_class.relhastriggers says that there is none,",
     "not_loaded", "does not fire"),
    ({"function": "public.other"},
     "calls public.other() instead of public.trg_sessions_set_created_month()",
     "calls_another", "calls another function"),
    ({"has_when": True}, "fires only when its WHEN clause holds", "conditional",
     "fires only on a condition"),
    ({"type": 2 | 4 | 16}, "fires once a statement, not for each row", "per_statement",
     "does not fire for each row"),
    ({"type": 1 | 4 | 16}, "fires after the row is written, too late to set its key", "late",
     "fires too late to set the key"),
    ({"type": 1 | 2 | 4 | 16 | 64}, "fires after the row is written, too late to set its key",
     "late", "fires too late to set the key"),
    ({"type": 1 | 2 | 16}, "does not fire on insert", "not_on_insert", "does not fire on insert"),
    ({"type": 1 | 2 | 4}, "does not fire on update", "not_on_update", "does not fire on update"),
    ({"type": 1 | 2 | 4 | 8 | 16},
     "fires on delete as well, where it returns null and nothing is deleted,",
     "on_delete", "keeps rows from being deleted"),
    ({"update_columns": ["created_at"]}, "does not fire on update of created_month",
     "skips_columns", "does not fire on every update"),
    ({"update_columns": ["x"]}, "does not fire on update of created_at, created_month",
     "skips_columns", "does not fire on every update"),
]  # fmt: skip


@pytest.mark.parametrize(("changed", "words", "code", "short"), WRONG)
def test_each_fault_of_a_trigger_has_its_words_and_is_critical(
    changed: dict[str, Any], words: str, code: str, short: str
) -> None:
    fault = shape_fault(SESSIONS, row(**changed))
    assert fault == Fault(f"trigger_{code}", words, short)
    verdict = judge_relation(SESSIONS, [row(**changed)])
    assert verdict == Verdict(PARENT, 0, CRITICAL, fault)
    assert (verdict.words, verdict.fires) == (words, False)


@pytest.mark.parametrize(
    "changed",
    [{}, {"enabled": "A"}, {"update_columns": []}, {"type": BEFORE_ROW_INSERT_UPDATE | 32},
     {"update_columns": ["site_id", "created_month", "created_at"]}],
)  # fmt: skip
def test_guard_that_fires_is_ok(changed: dict[str, Any]) -> None:
    assert shape_fault(SESSIONS, row(**changed)) is None
    verdict = judge_relation(SESSIONS, [row(**changed)])
    assert verdict == Verdict(PARENT, 0, OK)
    assert (verdict.words, verdict.fires) == ("fires", True)


def test_guard_under_another_name_is_a_warning_and_none_is_critical() -> None:
    other = row(trigger_name="another")
    under = Verdict(PARENT, 0, WARNING, trigger_faults.RENAMED, "another", renames=True)
    assert judge_relation(SESSIONS, [other]) == under
    assert (under.words, under.fires) == ("runs under another name, another", True)
    assert judge_relation(SESSIONS, [row(enabled="D"), other]) == replace(under, taken=True)
    assert not judge_relation(SESSIONS, [leaf(trigger_name="another")]).renames
    assert judge_relation(SESSIONS, [row(), other]).status is OK
    missing = Verdict(PARENT, 0, CRITICAL, trigger_faults.MISSING)
    assert (missing.words, missing.fires) == ("is missing", False)
    assert judge_relation(SESSIONS, [row(trigger_name=None)]) == missing
    assert judge_relation(SESSIONS, [row(trigger_name="another", enabled="D")]) == missing
    both = [row(trigger_name="another", enabled="D"), row(trigger_name="third")]
    assert judge_relation(SESSIONS, both).other == "third"


CHANGED = "(old.{0} IS DISTINCT FROM new.{0})"


@pytest.mark.parametrize(
    ("clause", "holds"),
    [("", True), (f"({CHANGED.format('*')})", True),
     (f"({CHANGED.format('created_month')} OR {CHANGED.format('created_at')})", True),
     (f"({CHANGED.format('created_at')})", False),
     (f"({CHANGED.format('created_month')} AND {CHANGED.format('created_at')})", False),
     (f"(({CHANGED.format('*')}) IS NULL)", False),
     (f"({CHANGED.format('*')} OR f(new.id))", True),
    ("true", True),
    ("false", False),
     ("((old.*)::public.sessions IS DISTINCT FROM (new.*)::public.sessions)", True),
     ("((old.*)::public.sessions_old IS DISTINCT FROM (new.*)::public.sessions_old)", False),
     (f"(NOT ({CHANGED.format('*')}))", False),
     (f"((old.b IS DISTINCT FROM (new.b OR {CHANGED.format('created_month')}))"
      f" OR {CHANGED.format('created_at')})", False),
     ("((old.created_month IS DISTINCT FROM new.created_at) OR"
      " (new.created_at IS DISTINCT FROM old.created_month))", False),
     ("((new.created_at IS DISTINCT FROM old.created_at) OR"
      " (new.created_month IS DISTINCT FROM old.created_month))", True)],
)  # fmt: skip
def test_guard_may_be_two_triggers_where_the_second_misses_no_change(
    clause: str, holds: bool
) -> None:
    first = row(type=1 | 2 | 4)
    when = f" WHEN ({clause})" if clause else ""
    text = f"CREATE TRIGGER b BEFORE UPDATE ON x FOR EACH ROW{when} EXECUTE FUNCTION f()"
    second = row(trigger_name="b", type=1 | 2 | 16, has_when=bool(clause), definition=text)
    verdict = judge_relation(SESSIONS, [first, second])
    assert verdict.fires is holds
    assert verdict.status is (OK if holds else CRITICAL)
    for broken in ({"enabled": "D"}, {"odd": True, "has_when": True}, {"update_columns": ["id"]}):
        assert judge_relation(SESSIONS, [first, {**second, **broken}]).status is CRITICAL
    assert judge_relation(SESSIONS, [second]).status is CRITICAL


def test_each_relation_is_judged_by_its_own_triggers() -> None:
    rows = [row(), row(trigger_name="b"), leaf(11, enabled="D"), leaf(12)]
    assert [(each.relation, each.depth, each.status) for each in judge_guard(SESSIONS, rows)] == [
        (PARENT, 0, OK),
        ("public.sessions_2026_11", 1, CRITICAL),
        (LEAF, 1, OK),
    ]


def findings(
    *rows: dict[str, Any], guard: Guard = SESSIONS, lost: Remedies | None = None
) -> list[Any]:
    verdicts = judge_guard(guard, list(rows))
    return list(guard_triggers._told(guard, verdicts, lost, stood=True).values())


def test_what_fires_is_said_in_one_finding() -> None:
    fires = f"{NAME} fires on public.sessions"
    assert findings(row()) == [Finding(PARENT, OK, f"{fires} itself", code="holds")]
    some = [leaf(number) for number in (10, 11, 12)]
    names = ", ".join(each["relation"] for each in some)
    assert findings(row(), *some) == [Finding(PARENT, OK, f"{fires} and {names}", code="holds")]
    every = f"{fires} and all 4 partitions"
    assert findings(row(), *some, leaf(9)) == [Finding(PARENT, OK, every, code="holds")]


def test_fault_names_where_it_is_what_it_means_and_what_repairs_it() -> None:
    many = [leaf(number) for number in (8, 9, 10, 11)]
    (whole,) = findings(*({**each, "trigger_name": None} for each in (row(), *many)))
    assert whole == Finding(
        PARENT,
        CRITICAL,
        f"{NAME} is missing on {PARENT} and all 4 partitions",
        remedies.create_trigger(SESSIONS, stood=True),
        UNGUARDED,
        code="trigger_missing",
        headline="the sessions guard is missing",
    )
    fault, _ = findings(row(), *many, leaf(enabled="D"))
    assert fault == Finding(
        LEAF,
        CRITICAL,
        f"{NAME} is disabled on {LEAF}",
        remedies.enable_trigger(NAME, [LEAF]),
        UNGUARDED,
        code="trigger_disabled",
        headline="the sessions guard is disabled on sessions_2026_12",
    )
    off, _ = findings(row(), *({**each, "enabled": "R"} for each in many))
    assert off.subject == PARENT
    assert off.detail == (
        f"{NAME} fires only during replication on 4 partitions of {PARENT},"
        " among them public.sessions_2026_11"
    )
    assert off.headline == "the sessions guard fires only during replication in places"
    assert off.remedy.count("\n  enable trigger sessions_set_created_month;") == 4
    part, _ = findings(row(enabled="D"), *({**each, "enabled": "D"} for each in many), leaf())
    assert part.detail == f"{NAME} is disabled on {PARENT} and 4 partitions"
    assert part.headline == "the sessions guard is disabled on sessions and 4 partitions"
    assert part.remedy.startswith(f"alter table only {PARENT}\n  enable trigger {NAME};\n")


FAULTS = [trigger_faults.MISSING, trigger_faults.RENAMED] + [
    Fault(code, words, short) for _, words, code, short in WRONG
]


@pytest.mark.parametrize("fault", FAULTS, ids=lambda fault: fault.code)
@pytest.mark.parametrize("guard", [SESSIONS, EVENTS], ids=lambda guard: guard.table)
def test_headline_says_that_a_fault_is_not_everywhere(guard: Guard, fault: Fault) -> None:
    def told(relations: list[str]) -> str:
        alike = [
            Verdict(f"public.{name}", int(name != guard.table), CRITICAL, fault)
            for name in relations
        ]
        return guard_triggers._headline(guard, fault, alike, 20)

    leaves = [f"{guard.table}_{2026 + n // 12}_{n % 12 + 1:02}" for n in range(19)]
    everywhere = told([guard.table, *leaves])
    assert everywhere == f"the {guard.table} guard {fault.short}"
    for some in ([leaves[0]], [f"{guard.table}_default"], [guard.table], leaves, leaves[:2]):
        part = told(some)
        assert part.startswith(f"{everywhere} on ") or part == f"{everywhere} in places"
        assert len(part) <= HEADLINE


def test_fault_of_the_table_alone_is_of_partitions_made_later() -> None:
    latent, _ = findings(row(enabled="D"), leaf())
    assert latent.detail == f"{NAME} is disabled on {PARENT} itself"
    assert latent.headline == "the sessions guard is disabled on sessions itself"
    assert latent.means == (
        "Rows are still guarded today; each partition made from now on is born without."
    )
    plain = Guard("calls", "m", "t", "f", ("a",), partitioned=False)
    (alone,) = findings(
        row(table_name="calls", relation="public.calls", trigger_name=None), guard=plain
    )
    assert (alone.detail, alone.means) == ("t is missing on public.calls", UNGUARDED)


def test_remedy_renames_a_guard_and_makes_room_for_its_name() -> None:
    other = row(trigger_name="another")
    (renamed,) = findings(other)
    assert renamed.status is WARNING
    assert renamed.means == RENAMED
    assert renamed.code == "trigger_renamed"
    assert renamed.headline == "the sessions guard runs under another name"
    assert renamed.remedy == (
        f"begin;\nalter trigger another on {PARENT}\n  rename to {NAME};\ncommit;"
    )
    (taken,) = findings(row(enabled="D"), other)
    assert taken.remedy.startswith("begin;\ndo $drop$\n")
    assert taken.remedy.endswith(f"alter trigger another on {PARENT}\n  rename to {NAME};\ncommit;")
    (cloned,) = findings(leaf(trigger_name="another"))
    assert cloned.remedy.startswith("begin;\ndo $drop$\n"), "a clone is not renamed by itself"
    assert cloned.remedy.endswith(f"{CREATE}\ncommit;")


def test_remedy_makes_the_trigger_anew_where_something_else_stands_there() -> None:
    missing, wrong = findings(row(trigger_name=None), leaf(has_when=True))
    assert missing.remedy == wrong.remedy
    assert missing.remedy.startswith("begin;\ndo $drop$\n")
    assert missing.remedy.endswith(f"{CREATE}\ncommit;")
    for other in ({"enabled": "D"}, {"enabled": "R"}, {}, {"trigger_name": "another"}):
        simple = findings(row(trigger_name=None), leaf(**other))[0]
        assert simple.remedy == CREATE
    two = findings(leaf(11, enabled="D"), leaf(12, enabled="D"))[0]
    assert two.subject == PARENT
    assert two.detail == f"{NAME} is disabled on public.sessions_2026_11, {LEAF}"
    two = findings(row(), leaf(11, enabled="D"), leaf(12, enabled="D"))[0]
    assert two.headline == "the sessions guard is disabled on 2 partitions"
    lost = findings(row(enabled="D"), lost=anew(SESSIONS, "create function f();", stood=True))[0]
    assert lost.remedy.startswith("begin;\ncreate function f();\ndo $drop$\n")
    unloaded, _ = findings(row(), leaf(loaded=False))
    assert unloaded.remedy == (
        "-- as a superuser, by hand:\n"
        "-- update pg_catalog.pg_class set relhastriggers = true"
        f" where oid in ('{LEAF}'::regclass);"
    )


def test_table_that_is_not_there_is_critical() -> None:
    assert guard_triggers._table_missing(EVENTS) == Finding(
        "public.events",
        CRITICAL,
        "public.events does not exist, so its guard events_set_session_month_from_session"
        " does not exist either",
        remedies.RIGHT_DATABASE,
        code="table_missing",
        headline="the table events does not exist",
    )
