"""What is said of months, partitions and their shapes that a catalog may show? Rows made here."""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import Any

import pytest

from lib.checks import sub_partitions as leaves
from lib.checks import table_shapes
from lib.checks.partition_bounds import covers, gaps, ranges
from lib.checks.partition_coverage import judge_table
from lib.core.context import Context
from lib.core.remedies import BY_HAND, advice, by_hand, statements
from lib.core.results import Finding, Row, Status
from lib.remedies import locks
from lib.remedies.missing import MEANS_MISSING, Namesake, missing_months
from lib.remedies.moving import attach_again
from lib.remedies.new_months import make_months
from lib.remedies.remedies import PLACED
from tests.guards import GUARDS, SESSIONS

OK, WARNING, UNKNOWN, CRITICAL = Status
NAME = "public.sessions"
NOON = datetime(2026, 12, 10, 12, tzinfo=UTC)
NOW = Context(GUARDS, NOON)


def month(number: int, year: int = 2026) -> date:
    """The first of the month; 13 is January of the next year."""
    return date(year + (number - 1) // 12, (number - 1) % 12 + 1, 1)


def table(**changed: Any) -> Row:
    return {
        "table_name": "sessions",
        "relation": NAME,
        "parent": None,
        "depth": 0,
        "kind": "p",
        "strategy": "r",
        "partition_key": ["created_month"],
        "is_default": False,
        "low": None,
        "high": None,
        "bound": None,
        "detach_pending": False,
        "children": 3,
        "row_estimate": 9,
        **changed,
    }


def part(number: int, **changed: Any) -> Row:
    low, high = month(number), month(number + 1)
    own = {
        "relation": f"public.sessions_{low:%Y_%m}",
        "parent": NAME,
        "depth": 1,
        "kind": "r",
        "strategy": None,
        "partition_key": None,
        "low": low,
        "high": high,
        "bound": f"FOR VALUES FROM ('{low}') TO ('{high}')",
        "children": 0,
    }
    return table(**{**own, **changed})


DEFAULT = part(1, relation="public.sessions_default", is_default=True, low=None, high=None)


def judged(*rows: Row, now: datetime = NOON, **namesakes: Any) -> list[Finding]:
    return judge_table(SESSIONS, [table(), *rows], Context(GUARDS, now), **namesakes)


def test_every_month_covered_is_ok_from_the_first_to_the_last() -> None:
    assert judged(*(part(number) for number in (11, 12, 13, 14))) == [
        Finding(
            NAME,
            OK,
            f"{NAME} has a partition for every month from November 2026 through February 2027",
            code="holds",
        )
    ]
    for_ever = part(11, low=date(1, 1, 1), high=date(9999, 1, 1))
    assert judged(for_ever)[0].detail == f"{NAME} has a partition for every month for ever"


def test_next_month_missing_is_a_warning_and_critical_in_the_last_72_hours() -> None:
    rows = (part(11), part(12))
    (early,) = judged(*rows)
    assert early == Finding(
        NAME,
        WARNING,
        f"{NAME} has no partition for January 2027, which begins in 21 d 12 h",
        make_months(SESSIONS, month(13), month(13)),
        MEANS_MISSING,
        code="no_partition",
        headline="sessions has no partition for January 2027",
    )
    (late,) = judged(*rows, now=datetime(2026, 12, 31, 23, 50, tzinfo=UTC))
    assert (late.status, late.detail) == (
        CRITICAL,
        f"{NAME} has no partition for January 2027, which begins in less than 1 h",
    )
    (hours,) = judged(*rows, now=datetime(2026, 12, 31, 20, 50, tzinfo=UTC))
    assert hours.detail.endswith("begins in 3 h"), "no minutes: each run would say another thing"
    (edge,) = judged(*rows, now=datetime(2026, 12, 31, 0, 0, tzinfo=UTC))
    assert edge.detail.endswith("begins in 1 d")


def test_current_month_missing_is_critical_and_says_where_its_rows_go() -> None:
    (refused,) = judged(part(11), part(13))
    words = f"{NAME} has no partition for December 2026, the current month"
    assert (refused.status, refused.detail) == (CRITICAL, f"{words}: its rows are refused")
    assert refused.remedies == make_months(SESSIONS, month(12), month(12))
    (stray,) = judged(part(11), part(13), DEFAULT)
    assert stray.detail == f"{words}: its rows go to the DEFAULT partition"


def test_the_current_month_comes_before_the_one_that_has_just_ended() -> None:
    on_the_first = judged(part(10), part(13), DEFAULT, now=datetime(2026, 12, 1, 12, tzinfo=UTC))
    assert [each.status for each in on_the_first] == [CRITICAL, CRITICAL]
    assert "December 2026, the current month" in on_the_first[0].detail
    assert "November 2026" in on_the_first[1].detail


def test_older_month_missing_is_a_warning_and_a_long_gap_of_long_ago_is_one_finding() -> None:
    present = [part(number) for number in (9, 10, 11, 12, 13)]
    (one,) = judged(part(7), *present)
    assert (one.status, one.detail) == (
        WARNING,
        f"{NAME} has no partition for August 2026: its rows are refused",
    )
    two = judged(part(6), *present)
    assert [each.detail for each in two] == [
        f"{NAME} has no partition for {name} 2026: its rows are refused"
        for name in ("July", "August")
    ]
    (gap,) = judged(part(4), *present)
    assert gap == Finding(
        NAME,
        WARNING,
        f"{NAME} has no partition for 4 months, May 2026 through August 2026: its rows are refused",
        make_months(SESSIONS, month(5), month(8), "public.sessions_2026_04"),
        MEANS_MISSING,
        code="no_partition",
        headline="sessions has no partition for 4 months",
    )
    (older,) = judged(part(3), part(4), *present)
    assert older.remedies == make_months(SESSIONS, month(5), month(8), None)
    (half, *_) = judged(part(4), part(5, detach_pending=True), *present)
    assert half.remedy == gap.remedy, "what is being detached is none of those before"
    both = judged(part(-2), part(3), *(part(number) for number in (5, 6, 7, *range(8, 14))))
    assert [each.detail.split(" for ")[1].split(":")[0] for each in both] == [
        "4 months, November 2025 through February 2026",
        "April 2026",
    ]


def test_last_few_months_are_said_one_by_one() -> None:
    few = missing_months(SESSIONS, [month(n) for n in (9, 10, 11)], [table()], NOW, {})
    assert [each.detail.split(" for ")[1] for each in few] == [
        "September 2026: its rows are refused",
        "October 2026: its rows are refused",
        "November 2026: its rows are refused",
    ]
    run = [month(n) for n in (2, 3, 4, 5)]
    assert len(missing_months(SESSIONS, run, [table()], NOW, {})) == 1
    apart = missing_months(SESSIONS, [month(n) for n in (2, 3, 5, 6)], [table()], NOW, {})
    assert len(apart) == 4, "two and two are no long gap"
    november = Context(GUARDS, datetime(2026, 11, 10, tzinfo=UTC))  # 92 days after 1 August
    edge = missing_months(SESSIONS, [month(n) for n in (5, 6, 7, 8)], [table()], november, {})
    assert [each.detail.split(" for ")[1].split(":")[0] for each in edge] == [
        "3 months, May 2026 through July 2026",
        "August 2026",
    ]


def test_table_of_the_months_name_is_pointed_at() -> None:
    there = Namesake("public.sessions_2026_12", detached=True)
    (found,) = judged(part(11), part(13), namesakes={month(12): there})
    assert found.detail.endswith("its rows are refused; public.sessions_2026_12 exists, detached")
    assert found.remedies == attach_again(SESSIONS, month(12), there.relation, None)
    (found,) = judged(part(11), part(13), DEFAULT, namesakes={month(12): there})
    assert found.remedies == attach_again(SESSIONS, month(12), there.relation, DEFAULT["relation"])
    taken = Namesake("public.sessions_2026_12", detached=False)
    (found,) = judged(part(11), part(13), namesakes={month(12): taken})
    assert found.detail.endswith("; public.sessions_2026_12 has its name and is no partition of it")
    others = Namesake("public.sessions_2026_12", detached=False, part_of="public.sessions_old")
    (found,) = judged(part(11), part(13), namesakes={month(12): others})
    assert found.detail.endswith(" has its name and is a partition of public.sessions_old")
    own = Namesake("public.sessions_2026_12", detached=False, held="holds other months")
    (found,) = judged(part(11), part(13), namesakes={month(12): own})
    assert found.detail.endswith(
        "; public.sessions_2026_12 has the name of that month's partition and holds other months"
    )
    assert (found.remedy or "").startswith("-- rename public.sessions_2026_12: ")
    assert found.remedy == (
        "-- rename public.sessions_2026_12: the partition of that month needs its name"
    )
    run = [month(n) for n in (2, 3, 4, 5, 6, 7)]
    amid = missing_months(SESSIONS, run, [table()], NOW, {month(4): Namesake("x", detached=False)})
    assert len(amid) == 4, "two, the one that is there, and three together"


def test_partition_that_is_half_detached_or_not_understood_is_said() -> None:
    rows = [part(number) for number in (11, 12, 13)]
    half = judged(*rows, part(10, detach_pending=True))
    assert half[-1] == Finding(
        "public.sessions_2026_10",
        CRITICAL,
        "public.sessions_2026_10 is half detached (DETACH CONCURRENTLY was cut off)",
        statements(
            f"alter table {NAME} detach partition public.sessions_2026_10 finalize;",
            lock=locks.FINALIZES,
            undo=PLACED,
        ),
        code="detach_pending",
        headline="sessions_2026_10 is half detached",
    )
    odd = part(10, low=None, high=None, bound="FOR VALUES FROM (MINVALUE, 1) TO (1, 2)")
    assert judged(*rows, odd) == [
        Finding(
            "public.sessions_2026_10",
            UNKNOWN,
            "the bounds of public.sessions_2026_10 are not understood:"
            " FOR VALUES FROM (MINVALUE, 1) TO (1, 2)",
            code="bounds_not_understood",
            headline="the bounds of sessions_2026_10 are not understood",
        )
    ]
    assert judged(*rows, {**odd, "low": month(10)}) == judged(*rows, odd)
    assert judged(*rows, {**odd, "high": month(11)}) == judged(*rows, odd)
    foreign = judged(*rows, part(10, kind="f"))
    assert foreign[0] == Finding(
        "public.sessions_2026_10",
        UNKNOWN,
        "public.sessions_2026_10 is a foreign table: what is written on its own server passes"
        " no guard",
        advice("bring its rows into a plain partition, or guard the table it stands for"),
        "Rows in it may carry any key, and no constraint here holds for them.",
        code="partition_foreign",
        headline="sessions_2026_10 is a foreign table",
    )
    assert judged(part(10, kind="f"), *rows) == foreign, "whichever of them it is"
    empty = judged(part(11), part(12, kind="p", children=0), part(13))
    assert empty[0] == Finding(
        "public.sessions_2026_12",
        CRITICAL,
        "public.sessions_2026_12 is divided further and has no partition of its own:"
        " it takes no row",
        by_hand(
            "give it a partition",
            "create table … partition of public.sessions_2026_12 default;",
            comment=True,
            choices=BY_HAND,
        ),
        MEANS_MISSING,
        code="partition_without_leaf",
        headline="sessions_2026_12 has no partition to hold its rows",
    )


def test_table_must_be_partitioned_by_range_of_its_key() -> None:
    def fault(*rows: Row) -> tuple[Status, str, str] | None:
        found = table_shapes.shape_fault(SESSIONS, list(rows))
        if found is not None:
            assert found.subject == NAME
            assert not rows or "move the rows: nothing here does that" in (found.remedy or "")
        return None if found is None else (found.status, found.detail, found.headline)

    assert fault(table()) is None
    assert fault() == (
        CRITICAL,
        f"{NAME} does not exist",
        "the table sessions does not exist",
    )
    assert fault(table(kind="r")) == (
        CRITICAL,
        f"{NAME} is not partitioned: one plain table holds every month",
        "sessions is not partitioned",
    )
    for kind in ("v", "m"):
        assert fault(table(kind=kind)) == (
            CRITICAL,
            f"{NAME} is a view, and no table: it has no partitions and takes no guard",
            "sessions is a view, not a table",
        )
    for strategy, key, how in (
        ("l", ["created_month"], "list (created_month)"),
        ("h", ["id"], "hash (id)"),
        ("r", ["created_at"], "range (created_at)"),
        ("r", [], "range (an expression)"),
        ("r", ["created_month", "id"], "range (created_month, id)"),
    ):
        assert fault(table(strategy=strategy, partition_key=key)) == (
            CRITICAL,
            f"{NAME} is partitioned by {how}, not by range (created_month)",
            "sessions is not partitioned by range of created_month",
        )
    assert judge_table(SESSIONS, [], NOW)[0].status is CRITICAL


def test_keys_are_covered_by_bounds_alone() -> None:
    rows = [table(), DEFAULT, part(12), part(11), part(13, detach_pending=True)]
    parts = ranges(rows)
    assert [each.low for each in parts] == [month(11), month(12)]
    assert [(each.estimate, each.foreign) for each in parts] == [(9, False), (9, False)]
    assert ranges([part(11, kind="f")])[0].foreign
    assert [covers(parts, month(n)) for n in (10, 11, 12, 13)] == [False, True, True, False]
    assert gaps(parts) == [(date.min, month(11)), (month(13), date.max)]
    assert gaps([]) == [(date.min, date.max)]
    holed = ranges([part(9), part(11)])
    assert gaps(holed)[1] == (month(10), month(11))
    assert gaps(ranges([part(1, low=date.min, high=date.max)])) == []


# A month's partition that is divided further.


def divided(strategy: str, key: str, *inside: Row, number: int = 12) -> leaves.Hole | None:
    own = part(number, kind="p", children=9, strategy=strategy, partition_key=[key])
    return leaves.hole(own, [own, *inside], "created_month", month(number))


def inner(name: str, bound: str = "", **changed: Any) -> Row:
    parent = "public.sessions_2026_12"
    own = {"relation": name, "parent": parent, "depth": 2, "bound": bound, "low": None}
    return part(12, **{**own, "high": None, **changed})


def test_every_row_of_a_divided_month_must_find_a_leaf() -> None:
    none = divided("l", "site_id")
    assert none is not None
    assert (none.relation, none.status, none.dated) == ("public.sessions_2026_12", CRITICAL, False)
    assert none.words == "is divided further and has no partition of its own"
    rest = inner("rest", is_default=True)
    listed = inner("a", "FOR VALUES IN ('a')")
    assert divided("l", "site_id", listed, rest) is None
    some = divided("l", "site_id", listed)
    assert some is not None
    assert (some.relation, some.status) == ("public.sessions_2026_12", UNKNOWN)
    assert some.words == (
        "is divided by list without a DEFAULT: it cannot be told whether every row has a leaf"
    )
    assert divided("l", "site_id", {**listed, "detach_pending": True}) == none


def test_hash_partitions_must_add_up() -> None:
    def hashed(*moduli: int) -> leaves.Hole | None:
        bound = "FOR VALUES WITH (modulus {}, remainder 0)"
        parts = (inner(f"h{n}", bound.format(m)) for n, m in enumerate(moduli))
        return divided("h", "id", *parts)

    assert hashed(2, 4, 4) is None
    lacking = hashed(2, 4)
    assert lacking is not None
    assert (lacking.relation, lacking.status, lacking.words) == (
        "public.sessions_2026_12",
        CRITICAL,
        "is divided by hash and 1/4 of its rows have no partition",
    )
    odd = divided("h", "id", inner("h", "FOR VALUES WITH (something)"))
    assert odd is not None
    assert (odd.relation, odd.status, odd.words) == (
        "public.sessions_2026_12",
        UNKNOWN,
        "has a partition whose bounds are not understood: FOR VALUES WITH (something)",
    )


def test_month_divided_by_the_month_again_needs_its_own() -> None:
    rest = inner("rest", is_default=True)
    own = inner("own", low=month(12), high=month(13))
    other = inner("other", low=month(11), high=month(12))
    listed = inner("listed", f"FOR VALUES IN ('{month(12)}')")
    assert divided("r", "created_month", own) is None
    assert divided("l", "created_month", listed) is None
    assert divided("r", "created_month", other, rest) is None
    lacking = divided("r", "created_month", other)
    assert lacking is not None
    assert (lacking.relation, lacking.status) == ("public.sessions_2026_12", CRITICAL)
    assert lacking.dated
    assert lacking.words == "is divided by the month again and has no partition for this one"
    november = inner("november", f"FOR VALUES IN ('{month(11)}')")
    unread = inner("unread", f"FOR VALUES FROM ('{month(12)}', 1) TO ('{month(13)}', 9)")
    half = inner("half", f"FOR VALUES FROM ('{month(12)}') TO (MAXVALUE)", low=month(12))
    for others in (november, unread, half):
        assert divided("l", "created_month", others) == lacking, "none takes this month for sure"
    deeper = {**own, "kind": "p", "strategy": "l", "partition_key": ["site_id"]}
    found = divided("r", "created_month", deeper)
    assert found is not None
    assert (found.relation, found.status) == ("own", CRITICAL)


def test_worst_hole_is_told_however_deep_it_is() -> None:
    """Of a month that is divided by site, one site by the month again, another not at all."""
    site = inner("site", "FOR VALUES IN ('a')", kind="p", strategy="r")
    site["partition_key"] = ["created_month"]
    days = {"parent": "site", "depth": 3}
    november = inner("november", low=month(11), high=month(12), **days)
    december = inner("december", low=month(12), high=month(13), **days)
    own = part(12, kind="p", strategy="l", partition_key=["site_id"])
    rest = inner("rest", is_default=True)
    assert leaves.hole(own, [own, site, december, rest], "created_month", month(12)) is None
    assert leaves.hole(own, [own, site, december, rest], "another_key", month(12)) is not None
    found = leaves.hole(own, [own, site, november], "created_month", month(12))
    assert found is not None
    assert (found.relation, found.status, found.dated) == ("site", CRITICAL, True)


def test_hole_in_a_month_is_as_bad_as_the_month_without_a_partition() -> None:
    def holed(number: int, *inside: Row, strategy: str = "h", key: str = "id") -> list[Finding]:
        own = part(number, kind="p", children=9, strategy=strategy, partition_key=[key])
        within = ({**each, "parent": own["relation"]} for each in inside)
        others = [part(n) for n in (9, 10, 11, 12, 13, 14) if n != number]
        return judged(own, *within, *others)

    half = inner("h", "FOR VALUES WITH (modulus 2, remainder 0)")
    for number, status in ((9, WARNING), (12, CRITICAL), (13, WARNING), (14, WARNING)):
        name = part(number)["relation"]
        assert holed(number, half) == [
            Finding(
                name,
                status,
                f"{name} is divided by hash and 1/2 of its rows have no partition"
                f" ({month(number):%B %Y}): those are refused",
                advice(f"give {name} the partition that it lacks, or attach it again"),
                MEANS_MISSING,
                code="leaf_missing",
                headline=(f"{name.removeprefix('public.')} refuses rows of {month(number):%B %Y}"),
            )
        ]
    listed = inner("a", "FOR VALUES IN ('a')")
    assert holed(12, listed, strategy="l", key="site_id") == [
        Finding(
            "public.sessions_2026_12",
            UNKNOWN,
            "public.sessions_2026_12 is divided by list without a DEFAULT: it cannot be told"
            " whether every row has a leaf (December 2026)",
            by_hand(
                "a DEFAULT proves it",
                "create table … partition of public.sessions_2026_12 default;",
                comment=True,
                choices=BY_HAND,
            ),
            code="leaf_unproven",
            headline="sessions_2026_12 may refuse some rows",
        )
    ]
    november = inner("november", low=month(11), high=month(12))
    again = {"strategy": "r", "key": "created_month"}
    assert [each.status for each in holed(13, november, **again)] == [WARNING]
    assert [each.status for each in holed(14, november, **again)] == [OK], "it may come later"
    whole = (half, inner("i", "FOR VALUES WITH (modulus 2, remainder 1)"))
    assert [each.status for each in holed(12, *whole)] == [OK]


def test_partition_of_several_months_tells_its_worst_hole() -> None:
    by_month = {"kind": "p", "children": 3, "strategy": "r", "partition_key": ["created_month"]}
    years = part(11, high=month(14), **by_month)
    inside = [inner(f"m{n}", low=month(n), high=month(n + 1), parent=years["relation"])
              for n in (11, 12, 13)]  # fmt: skip
    assert judged(years, *inside)[0].status is OK
    for lacking, status in ((0, WARNING), (1, CRITICAL), (2, WARNING)):
        (found,) = judged(years, *(each for n, each in enumerate(inside) if n != lacking))
        assert (found.subject, found.status) == (years["relation"], status)
        assert f"({month(11 + lacking):%B %Y})" in found.detail
    (both,) = judged(years, inside[0])
    assert both.status is CRITICAL


def test_partitions_that_stand_apart_are_named() -> None:
    plain = [part(number) for number in (11, 12, 13)]
    held = f"{NAME} has a partition for every month from November 2026 through January 2027"
    far = [part(60), part(80), part(90)]
    first = "; public.sessions_2030_12 stands apart (December 2030)"
    assert judged(*plain, far[0])[0].detail == f"{held}{first}"
    assert judged(*plain, *far[:2])[0].detail == f"{held}{first}, with 1 more"
    assert judged(*plain, *far)[0].detail == f"{held}{first}, with 2 more"
    short = part(14, high=date(2027, 2, 2))
    assert judged(*plain, short)[0].detail.endswith("through February 2027"), "to its last day"
    for year, until in ((9000, "for ever"), (8999, "through December 8998")):
        last = part(14, high=date(year, 1, 1))
        assert judged(*plain, last)[0].detail.endswith(until)


def test_plain_partition_has_no_hole() -> None:
    assert leaves.hole(part(12), [part(12)], "created_month", month(12)) is None


@pytest.mark.parametrize(
    ("strategy", "how"), [("l", "list"), ("r", "range"), ("x", "another rule")]
)
def test_rule_that_cannot_be_read_is_named(strategy: str, how: str) -> None:
    found = divided(strategy, "site_id", inner("a"))
    assert found is not None
    assert found.words.startswith(f"is divided by {how} without a DEFAULT")
