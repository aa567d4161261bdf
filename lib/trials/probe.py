"""Which rows is a drift guard tried with, and what must it make of each? Pure: no connection."""

from __future__ import annotations

import uuid
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from itertools import pairwise
from typing import Any, NamedTuple

from lib.core.guards import Guard, Reference
from lib.core.results import Row

_FAR = date(1999, 1, 1)  # no partition, no session, no clock is of this time
EVERY = "*"  # of the columns that change: all but the key and what it hangs on
_UTC, _ISO = "UTC", "ISO, YMD"
# Ahead of UTC and behind it, so that either edge of a month falls into another month there.
_ZONES = (("Pacific/Auckland", "SQL, DMY"), ("America/Los_Angeles", "Postgres, MDY"))
# Some day of a period that is not its first one.
_INSIDE = {"day": timedelta(0), "week": timedelta(days=3), "month": timedelta(days=19),
           "quarter": timedelta(days=19), "year": timedelta(days=19)}  # fmt: skip

WRONG_KEY, UNKNOWN_ROW = "wrong key", "unknown row"  # what a case of a reference tries

REFUSED_WRITE, LOCKED, UNSENT, ASTRAY = "25006", "55P03", "WT001", "WT002"
DENIED = "42501"


@dataclass(frozen=True)
class Sample:
    """A row of the parent to refer to: its id, its month, and every month the id is found in."""

    id: str
    month: str
    months: tuple[str, ...]
    columns: Mapping[str, str | None] = field(default_factory=dict)


class Case(NamedTuple):
    """One row to insert, and perhaps to change: which keys are right, or none where it must raise?

    `may_refuse`: to raise instead is right too. `said` is what goes in, in words without ids, of
    which `beside` are those that follow the key. `fill` names what the other columns hold, `word`
    is the text that they hold in a fill of its own; `columns` then change to what they hold in the
    fill `becomes`. `settings` are the session's. `others` are the right keys of each row that might
    be referred to instead. `tries` names the two cases that are asked for again (`refuses`).
    """

    name: str
    said: str
    given: Mapping[str, str | None]
    expected: tuple[str, ...] = ()
    change: Mapping[str, str | None] | None = None
    may_refuse: bool = False
    zone: str = _UTC
    style: str = _ISO
    fill: str = "none"
    word: str = ""
    columns: tuple[str, ...] = ()
    becomes: str = "none"
    settings: Mapping[str, str] = {}
    others: Mapping[str, tuple[str, ...]] = {}
    beside: str = ""
    tries: str = ""

    @property
    def wanted(self) -> str:
        """What must come out, in words."""
        return " or ".join(self.expected) or "an error"


def batches(tried: list[Case], *, alone: bool) -> list[dict[str, Any]]:
    """The cases as sql/probe/attempt.sql takes them, those together that one statement can try.

    What must be refused is tried alone: an error undoes the whole statement.
    """
    found: dict[tuple[object, ...], dict[str, Any]] = {}
    for number, case in enumerate(tried, 1):
        change = case.change or {}
        single = alone or (case.may_refuse and case.change is None) or not case.expected
        like = (case.zone, case.style, case.fill, case.becomes, case.columns)
        shared = (*like, single, *sorted(change), *case.settings.items())
        batch = found.get(shared)
        if batch is None:
            named = dict(zip(("zone", "style", "fill", "becomes", "columns"), like, strict=True))
            more = {"settings": case.settings, "alone": single}
            batch = found[shared] = {**named, **more, "numbers": [], "given": [], "change": []}
        batch["numbers"].append(number)
        batch["given"].append(case.given)
        batch["change"].append(change)
    return list(found.values())


class Trial(NamedTuple):
    """What came of one case? `right` is None where it could not be tried; `key`: a row was kept.

    `wanted` is what had to come out, where the row was stored with another clock or reference;
    `error` is PostgreSQL's own message, where it raised one.
    """

    case: Case
    right: bool | None
    got: str
    state: str = ""
    key: bool = False
    wanted: str = ""
    error: str = ""

    def to_row(self, guard: Guard) -> Row:
        """For the table: what was given, what is right, and what came out."""
        return {
            "table": guard.table,
            "case": self.case.name,
            "given": self.case.said,
            "expected": self.wanted or self.case.wanted,
            "got": self.got,
            "right": self.right,
        }


def judge(guard: Guard, case: Case, answer: Mapping[str, Any] | None) -> Trial:
    """Is this answer of the sandbox right? The key must be right for the row that is stored."""
    if answer is None:
        return Trial(case, None, "not tried")
    state = answer.get("state")
    if state in (REFUSED_WRITE, LOCKED, UNSENT):
        return Trial(case, None, str(answer["message"]), state)
    if state is not None:
        right = not case.expected or case.may_refuse
        error = str(answer["message"])
        return Trial(case, right, f"an error: {error}", state, error=error)
    if answer.get("replica"):
        return Trial(case, False, "session_replication_role replica: no guard fires", key=True)
    stored = answer["stored"]
    if stored is None:
        return Trial(case, False, "no row: it was dropped")
    got = "null" if stored["key"] is None else str(stored["key"])
    moved = _moved(guard, case, stored)
    if moved is None:
        return Trial(case, stored["key"] in case.expected, got, key=True)
    column, value, expected = moved
    got = f"{got} for a {column} that became {value}"
    if expected is None:
        return Trial(case, None, got, ASTRAY)
    return Trial(case, stored["key"] in expected, got, key=True, wanted=" or ".join(expected))


def refuses(guard: Guard, trials: Iterable[Trial]) -> bool | None:
    """Does it refuse a row that refers to none? Null where that is not known of a guard."""
    if guard.reference is None:
        return None
    tried = list(trials)
    guards = any(t.right and t.key and t.case.tries == WRONG_KEY for t in tried)
    unknown = next((t for t in tried if t.case.tries == UNKNOWN_ROW), None)
    if not guards or unknown is None or not unknown.right:
        return None
    return not unknown.key


def _moved(
    guard: Guard, case: Case, stored: Mapping[str, Any]
) -> tuple[str, str, tuple[str, ...] | None] | None:
    """Does the key hang on a value that came out as another, and which keys are right for it?

    None where the value is the one that was given; None for the keys where they are not known.
    """
    sent = {**case.given, **(case.change or {})}
    reference = guard.reference
    if reference is not None:
        now = stored["reference"]
        if now == sent.get(reference.column):
            return None
        return reference.column, "another", case.others.get(str(now))
    given, kept = _instant(sent.get(guard.clock)), _instant(stored["clock"])
    if kept is None or given is None or kept == given:
        return None
    return guard.clock, f"{kept:%Y-%m-%d %H:%M} UTC", (guard.keys.key_of(kept),)


def _instant(value: object) -> datetime | None:
    """Which moment, UTC? One without a zone is read as PostgreSQL stores it."""
    try:
        moment = datetime.fromisoformat(str(value))
    except ValueError:
        return None
    return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).astimezone(UTC)


def cases(guard: Guard, now: datetime, samples: list[Sample]) -> list[Case]:
    """Every case for this guard at this moment, other columns null."""
    month, times = guard.keys.at(now), _times(now)
    if guard.reference is None:
        return [
            *_by_clock(guard, month),
            *(_clock_case(guard, "a wrong key", t, far(guard)) for t in times),
        ]
    known = {sample.id: sample.months for sample in samples}
    tried = _by_reference(guard, guard.reference, month, samples, times)
    return [case._replace(others=known) for case in tried]


def _by_clock(guard: Guard, month: date) -> Iterator[Case]:
    """The key follows the clock: wrong, null and neighbouring keys at the edges of periods."""
    keys, key_of, turn = guard.keys, guard.keys.key_of, guard.keys.begins(month)
    before, after = turn - timedelta(minutes=30), turn + timedelta(minutes=30)
    year = keys.begins(date(month.year, 1, 1))
    new_year = year - timedelta(minutes=1)
    neighbours = {before: key_of(after), after: key_of(before), new_year: key_of(year)}
    for zone, style in _ZONES:
        for moment in (before, after, new_year):
            for what, key in (
                ("a wrong", far(guard)),
                ("the next", neighbours[moment]),
                ("no", None),
            ):
                yield _clock_case(guard, f"{what} key", moment, key, zone=zone, style=style)
    yield _clock_case(guard, "the right key", after, key_of(after))
    if keys.kind != "int" and not keys.exact and (inside := month + _INSIDE[keys.every]) > month:
        yield _clock_case(guard, f"a key within the {keys.noun}", after, keys.written(inside))
    for what, change in (
        ("its key changed", {guard.key: far(guard)}),
        ("its time changed", {guard.clock: before.isoformat()}),
    ):
        moment = before if guard.clock in change else after
        yield _clock_case(guard, what, after, key_of(after), change=change, right=key_of(moment))


def _times(now: datetime) -> list[datetime]:
    """Times that a text may make an exception of: this moment, and those far from it."""
    instant = now.astimezone(UTC).replace(second=0, microsecond=0)
    return [instant + timedelta(days=days) for days in (0, 45, 3650, -45, -400, -3650)]


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
    beside = f"at {moment:%Y-%m-%d %H:%M} UTC"
    said = f"{guard.key} {key or 'null'} {beside}"
    if change:
        said += "".join(f", then {column} {value[:16]}" for column, value in change.items())
    return Case(
        f"{what}, TimeZone {zone}",
        said,
        {guard.clock: moment.isoformat(), guard.key: key},
        (right or guard.keys.key_of(moment),),
        change,
        change is not None,
        zone,
        style,
        beside=beside,
    )


def _by_reference(
    guard: Guard, reference: Reference, month: date, samples: list[Sample], times: list[datetime]
) -> Iterator[Case]:
    """The key follows the row that is referred to, or is kept where there is none yet."""
    # Not the first day: what takes it for the month must come out wrong.
    keys, far_key = guard.keys, far(guard)
    now = keys.begins(month) + _INSIDE[keys.every] / 2 + timedelta(hours=9, minutes=41, seconds=13)
    noun = f"a row of {reference.table}"

    def case(what: str, key: str | None, sample: Sample | None, **more: Any) -> Case:
        moment: datetime = more.pop("moment", now)
        row = {guard.clock: moment.isoformat(), guard.key: key, **more.pop("row", {})}
        if sample is not None:
            row |= {**sample.columns, reference.column: sample.id}
        beside = f"for {more.pop('whose', _of(reference, sample))}"
        said = f"{guard.key} {key or 'null'} {beside}"
        return Case(what, said, row, beside=beside, **more)

    for sample in samples:
        right = sample.months
        yield case(f"{noun}, a wrong key", far_key, sample, expected=right, tries=WRONG_KEY)
        yield case(f"{noun}, no key", None, sample, expected=right, zone=_ZONES[0][0])
        for moment in times:
            name = f"{noun}, no key, written at {moment:%Y-%m-%d}"
            yield case(name, None, sample, expected=right, moment=moment)
        more = {"expected": right, "change": {guard.key: far_key}, "may_refuse": True}
        yield case("its key changed", sample.month, sample, **more)
    for first, second in pairwise(samples):
        yield case(f"{noun}, the key of another", first.month, second, expected=second.months)
        change: dict[str, str | None] = {**second.columns, reference.column: second.id}
        more = {"expected": second.months, "change": change, "may_refuse": True}
        yield case(f"changed to another row of {reference.table}", first.month, first, **more)
    unknown = f"an unknown row of {reference.table}"
    nobody: dict[str, Any] = {
        "row": {reference.column: str(uuid.uuid4())},
        "whose": unknown,
    }
    given = keys.written(month)
    # It may come before its row in one transaction, or have to come after it: both are right.
    more = {"expected": (given,), "may_refuse": True, **nobody}
    yield case(f"{unknown}, a key", given, None, tries=UNKNOWN_ROW, **more)
    yield case(f"{unknown}, no key", None, None, **nobody)
    if reference.required:
        yield case(f"{reference.column} null, a key", given, None)
        yield case(f"{reference.column} null, no key", None, None)


def _of(reference: Reference, sample: Sample | None) -> str:
    if sample is None:
        return f"{reference.column} null"
    return f"a row of {reference.table} of {sample.month.removesuffix('-01')}"


def far(guard: Guard) -> str:
    """A key of which nothing is."""
    return guard.keys.written(guard.keys.start(_FAR))
