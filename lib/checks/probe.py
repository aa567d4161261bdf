"""Which rows is a drift guard tried with, and what must it make of each? Pure: no connection."""

from __future__ import annotations

import uuid
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, timedelta
from itertools import pairwise
from typing import Any

from lib.guards import Guard, Reference
from lib.results import Row

_FAR = "1999-01-01"  # no partition, no session, no clock is of this month
_UTC, _ISO = "UTC", "ISO, YMD"
# Ahead of UTC and behind it, so that either edge of a month falls into another month there.
_ZONES = (("Pacific/Auckland", "SQL, DMY"), ("America/Los_Angeles", "Postgres, MDY"))

REFUSED_WRITE, LOCKED = "25006", "55P03"


@dataclass(frozen=True)
class Sample:
    """A row of the parent to refer to: its id, its month, and every month the id is found in."""

    id: str
    month: str
    months: tuple[str, ...]
    columns: Mapping[str, str | None] = field(default_factory=dict)


@dataclass(frozen=True)
class Case:
    """One row to insert, and perhaps to change: which keys are right, or none where it must raise?

    `may_refuse`: to raise instead is right too. `said` is what goes in, in words without ids.
    """

    name: str
    said: str
    given: Mapping[str, str | None]
    expected: tuple[str, ...] = ()
    change: Mapping[str, str | None] | None = None
    may_refuse: bool = False
    zone: str = _UTC
    style: str = _ISO

    @property
    def wanted(self) -> str:
        """What must come out, in words."""
        return " or ".join(self.expected) or "an error"

    def to_plan(self) -> dict[str, Any]:
        """The case as sql/probe/attempt.sql takes it."""
        plan = {"given": dict(self.given), "zone": self.zone, "style": self.style}
        return plan if self.change is None else {**plan, "change": dict(self.change)}


@dataclass(frozen=True)
class Trial:
    """What came of one case? `right` is None where it could not be tried; `key`: a row was kept."""

    case: Case
    right: bool | None
    got: str
    state: str = ""
    key: bool = False

    def to_row(self, guard: Guard) -> Row:
        """For the table: what was given, what is right, and what came out."""
        return {
            "table": guard.table,
            "case": self.case.name,
            "given": self.case.said,
            "expected": self.case.wanted,
            "got": self.got,
            "right": self.right,
        }


def judge(case: Case, answer: Mapping[str, Any] | None) -> Trial:
    """Is this answer of the sandbox right?"""
    if answer is None:
        return Trial(case, None, "not tried")
    state = answer.get("state")
    if state in (REFUSED_WRITE, LOCKED):
        return Trial(case, None, str(answer["message"]), state)
    if state is not None:
        right = not case.expected or case.may_refuse
        return Trial(case, right, f"an error: {answer['message']}", state)
    if answer["rows"] == 0:
        return Trial(case, False, "no row: it was dropped")
    key = answer["key"]
    got = "null" if key is None else str(key)
    return Trial(case, key in case.expected, got, key=True)


def cases(guard: Guard, month: date, samples: list[Sample]) -> list[Case]:
    """Every case for this guard in this month."""
    if guard.reference is None:
        return list(_by_clock(guard, month))
    return list(_by_reference(guard, guard.reference, month, samples))


def bystander_cases(tried: list[Case], columns: list[str]) -> list[Case]:
    """The same, and an update of every other column: does the right key survive it?"""
    change: dict[str, str | None] = dict.fromkeys(columns)
    right = next((c for c in tried if c.expected and c.change is None), None)
    if right is None or not columns:
        return tried
    said = f"{right.said}, then other columns"
    return [*tried, replace(right, name="other columns changed", said=said, change=change)]


def _by_clock(guard: Guard, month: date) -> Iterator[Case]:
    """The key follows the clock: wrong, null and neighbouring keys at the edges of months."""
    turn = datetime(month.year, month.month, 1, tzinfo=UTC)
    before, after = turn - timedelta(minutes=30), turn + timedelta(minutes=30)
    new_year = datetime(month.year, 1, 1, tzinfo=UTC) - timedelta(minutes=1)
    neighbours = {before: _month(after), after: _month(before), new_year: f"{month.year}-01-01"}
    for zone, style in _ZONES:
        for moment in (before, after, new_year):
            for what, key in (("a wrong", _FAR), ("the next", neighbours[moment]), ("no", None)):
                yield _clock_case(guard, f"{what} key", moment, key, zone=zone, style=style)
    yield _clock_case(guard, "the right key", after, _month(after))
    yield _clock_case(guard, "a key within the month", after, f"{turn:%Y-%m}-20")
    for what, change in (
        ("its key changed", {guard.key: _FAR}),
        ("its time changed", {guard.clock: before.isoformat()}),
    ):
        moment = before if guard.clock in change else after
        yield _clock_case(guard, what, after, _month(after), change=change, right=_month(moment))


def _clock_case(
    guard: Guard,
    what: str,
    moment: datetime,
    key: str | None,
    *,
    change: dict[str, str] | None = None,
    right: str = "",
    zone: str = _UTC,
    style: str = _ISO,
) -> Case:
    said = f"{guard.key} {key or 'null'} at {moment:%Y-%m-%d %H:%M} UTC"
    if change:
        said += "".join(f", then {column} {value[:16]}" for column, value in change.items())
    return Case(
        f"{what}, TimeZone {zone}",
        said,
        {guard.clock: moment.isoformat(), guard.key: key},
        (right or _month(moment),),
        change,
        change is not None,
        zone,
        style,
    )


def _by_reference(
    guard: Guard, reference: Reference, month: date, samples: list[Sample]
) -> Iterator[Case]:
    """The key follows the row that is referred to, or is kept where there is none yet."""
    now = datetime(month.year, month.month, 1, 12, tzinfo=UTC)
    noun = f"a row of {reference.table}"

    def case(what: str, key: str | None, sample: Sample | None, **more: Any) -> Case:
        moment: datetime = more.pop("moment", now)
        row = {guard.clock: moment.isoformat(), guard.key: key, **more.pop("row", {})}
        if sample is not None:
            row |= {**sample.columns, reference.column: sample.id}
        said = f"{guard.key} {key or 'null'} for {more.pop('whose', _of(reference, sample))}"
        return Case(what, said, row, **more)

    for sample in samples:
        right = sample.months
        yield case(f"{noun}, a wrong key", _FAR, sample, expected=right)
        yield case(f"{noun}, no key", None, sample, expected=right, zone=_ZONES[0][0])
        yield case(
            f"{noun}, no key, written long after",
            None,
            sample,
            expected=right,
            moment=now + timedelta(days=400),
        )
        more = {"expected": right, "change": {guard.key: _FAR}, "may_refuse": True}
        yield case("its key changed", sample.month, sample, **more)
    for first, second in pairwise(samples):
        yield case(f"{noun}, the key of another", first.month, second, expected=second.months)
        change: dict[str, str | None] = {**second.columns, reference.column: second.id}
        more = {"expected": second.months, "change": change, "may_refuse": True}
        yield case(f"changed to another row of {reference.table}", first.month, first, **more)
    nobody: dict[str, Any] = {
        "row": {reference.column: str(uuid.uuid4())},
        "whose": f"an unknown row of {reference.table}",
    }
    given = month.isoformat()
    yield case(
        f"an unknown row of {reference.table}, a key", given, None, expected=(given,), **nobody
    )
    yield case(f"an unknown row of {reference.table}, no key", None, None, **nobody)
    if reference.required:
        yield case(f"{reference.column} null, a key", given, None)
        yield case(f"{reference.column} null, no key", None, None)


def _of(reference: Reference, sample: Sample | None) -> str:
    if sample is None:
        return f"{reference.column} null"
    return f"a row of {reference.table} of {sample.month[:7]}"


def _month(moment: datetime) -> str:
    return f"{moment:%Y-%m}-01"
