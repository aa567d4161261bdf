"""What does the check of the months say and draw of rows that were read? None is asked for here."""

from __future__ import annotations

from datetime import date
from typing import Any, cast

import pytest

from lib.checks import partition_coverage
from lib.core.context import Context
from lib.core.results import CheckResult, Row, Status
from lib.db.database import Session
from tests.checks.test_judging_months import DEFAULT, NOON, inner, month, part, table
from tests.guards import CALLS, EVENTS, GUARDS, SESSIONS

OK, WARNING, UNKNOWN, CRITICAL = Status
NOBODY = cast(Session, None)  # what another check of the same run has read is not asked for again


def of_events(row: Row) -> Row:
    names = {name: row[name] and row[name].replace("sessions", "events") for name in
             ("table_name", "relation", "parent")}  # fmt: skip
    keyed = row["partition_key"] and [EVENTS.key]
    return {**row, **names, "partition_key": keyed}


def covered(
    *rows: Row, named: tuple[Row, ...] = (), guards: tuple[Any, ...] = (SESSIONS, CALLS)
) -> CheckResult:
    kept = {"partitions": rows, "look-alikes": named}
    return partition_coverage.run(NOBODY, Context(guards, NOON, kept=kept))


def drawn(result: CheckResult) -> list[tuple[date, str, str, str]]:
    """The chart: month, state, which relation takes it, how bad it is."""
    rows = result.tables["months"]
    return [(row["month"], row["state"], row["relation"], row["status"]) for row in rows]


def name(number: int) -> str:
    return f"public.sessions_{month(number):%Y_%m}"


WHOLE = [part(number) for number in (11, 12, 13)]


def test_chart_shows_each_month_and_what_takes_it() -> None:
    whole = covered(table(), *WHOLE, part(14))
    assert whole.check == "partition_coverage"
    assert whole.summary == "4 of 4 months are covered"
    assert drawn(whole) == [
        (month(11), "present", name(11), "ok"),
        (month(12), "present", name(12), "ok"),
        (month(13), "future", name(13), "ok"),
        (month(14), "future", name(14), "ok"),
    ]
    assert {row["table"] for row in whole.tables["months"]} == {"sessions"}
    lacking = covered(table(), part(10), part(12), part(14))
    assert lacking.summary == "3 of 5 months are covered, 2 missing"
    assert [row[1:] for row in drawn(lacking)] == [
        ("present", name(10), "ok"),
        ("missing", "", "warning"),
        ("present", name(12), "ok"),
        ("missing", "", "warning"),
        ("future", name(14), "ok"),
    ]
    assert [each.status for each in lacking.findings] == [WARNING, WARNING]


def test_rows_of_a_month_without_a_partition_go_to_default_where_there_is_one() -> None:
    stray = covered(table(), part(11), DEFAULT)
    assert [row[1:] for row in drawn(stray)] == [
        ("present", name(11), "ok"),
        ("default only", "", "critical"),
        ("default only", "", "warning"),
    ]
    assert stray.summary == "1 of 3 months are covered, 2 missing"


def test_month_whose_partition_refuses_rows_is_not_covered() -> None:
    own = part(12, kind="p", children=1, strategy="h", partition_key=["id"])
    half = inner("h", "FOR VALUES WITH (modulus 2, remainder 0)")
    holed = covered(table(), part(11), own, half, part(13), DEFAULT)
    assert drawn(holed)[1] == (month(12), "missing", name(12), "critical")
    assert holed.summary == "2 of 3 months are covered, 1 missing"
    listed = {**own, "strategy": "l", "partition_key": ["site_id"]}
    unsure = covered(table(), part(11), listed, inner("a", "FOR VALUES IN ('a')"), part(13))
    assert drawn(unsure)[1] == (month(12), "present", name(12), "ok"), "nothing is known against it"


def test_month_beyond_the_next_is_counted_only_where_it_is_there() -> None:
    far = covered(table(), *WHOLE, part(15))
    assert [row[1] for row in drawn(far)] == [
        "present", "present", "future", "missing", "future"
    ]  # fmt: skip
    assert drawn(far)[3] == (month(14), "missing", "", "ok"), "nobody needs it yet"
    assert far.summary == "4 of 4 months are covered"


def test_two_tables_are_counted_as_one_where_they_have_the_same_months() -> None:
    sessions, events = [table(), *WHOLE], [of_events(row) for row in (table(), *WHOLE)]
    both = covered(*sessions, *events, guards=GUARDS)
    assert both.summary == "3 of 3 months are covered"
    assert len(both.tables["months"]) == 6
    assert [each.subject for each in both.findings] == ["public.sessions", "public.events"]
    one = covered(*sessions, *events[:-1], guards=GUARDS)
    assert one.summary == "2 of 3 months are covered, 1 missing"
    more = covered(*sessions, *events, of_events(part(10)), guards=GUARDS)
    assert more.summary == (
        "3 of 3 months of public.sessions and 4 of 4 months of public.events are covered"
    )
    lost = covered(*sessions, *events[:2], of_events(part(10)), guards=GUARDS)
    assert lost.summary == (
        "3 of 3 months of public.sessions and 2 of 4 months of public.events are covered, 2 missing"
    )


def test_table_that_is_not_partitioned_has_no_months() -> None:
    plain = of_events(table(kind="r"))
    half = covered(table(), *WHOLE, plain, guards=GUARDS)
    assert half.summary == "3 of 3 months are covered; none of public.events"
    assert {row["table"] for row in half.tables["months"]} == {"sessions"}
    none = covered(table(kind="r"), plain, guards=GUARDS)
    assert none.summary == "public.sessions is not partitioned: one plain table holds every month"
    assert none.tables["months"] == ()
    absent = covered(guards=(SESSIONS, EVENTS))
    assert absent.summary == "public.sessions does not exist"
    assert [each.status for each in absent.findings] == [CRITICAL, CRITICAL]
    assert covered(guards=(CALLS,)).summary == "No guarded table is partitioned"
    after = covered(table(), *WHOLE, guards=(CALLS, SESSIONS))
    assert after.summary == "3 of 3 months are covered", "in whichever order they are guarded"


def test_table_by_another_key_has_its_own_fault_alone() -> None:
    by_list = covered(table(strategy="l"), part(11))
    (found,) = by_list.findings
    assert "is partitioned by list" in found.detail


def test_relations_are_kept_for_the_page_and_for_the_checks_after_it() -> None:
    rows = covered(table(), *WHOLE).tables["partitions"]
    assert [row["relation"] for row in rows] == ["public.sessions", *(p["relation"] for p in WHOLE)]
    assert set(table()) - set(rows[0]) == {"strategy", "partition_key"}


def alike(**changed: Any) -> Row:
    row = {"table_name": "sessions", "relation": name(13), "month": month(13)}
    return {**row, "same_columns": True, "part_of": None, "taken": False, **changed}


@pytest.mark.parametrize(
    ("changed", "words"),
    [
        ({}, "exists, detached"),
        ({"same_columns": False}, "has its name and is no partition of it"),
        ({"taken": True}, "has its name and is no partition of it"),
        ({"part_of": "public.old"}, "has its name and is a partition of public.old"),
        ({"month": None}, None),
        ({"table_name": "events"}, None),
    ],
)
def test_what_stands_under_the_missing_months_name_is_said(
    changed: dict[str, Any], words: str | None
) -> None:
    (found,) = covered(table(), part(11), part(12), named=(alike(**changed),)).findings
    bare = "public.sessions has no partition for January 2027, which begins in 21 d 12 h"
    assert found.detail == bare + (f"; {name(13)} {words}" if words else "")


@pytest.mark.parametrize(
    ("changed", "held"),
    [
        ({"low": month(1), "high": month(2)}, "holds other months"),
        ({"low": None, "high": None}, "is bound otherwise"),
        ({"detach_pending": True}, "is half detached"),
    ],
)
def test_own_partition_of_the_missing_months_name_is_said(
    changed: dict[str, Any], held: str
) -> None:
    odd = part(13, **changed)
    details = [each.detail for each in covered(table(), part(11), part(12), odd).findings]
    words = f"{name(13)} has the name of that month's partition and {held}"
    assert [each.split("; ")[1] for each in details if "for January 2027" in each] == [words]


def test_name_of_a_month_that_is_there_is_nobodys_matter() -> None:
    fine = covered(table(), *WHOLE, named=(alike(),))
    assert [each.status for each in fine.findings] == [OK]
