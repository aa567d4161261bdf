"""Of which period is a proposed guard's key, in which time zone, and how is that known? Pure."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from lib.core.words import listed, number, plural
from lib.db.sql import remark
from lib.setup.discover.found import MOMENTS, WHOLE_NUMBERS, Proposal, Word
from lib.setup.discover.judging import made_of, time_zone
from lib.setup.discover.periods import NUMBERS, OTHER, PERIODS, zone_of
from lib.setup.discover.texts import Assignment
from lib.setup.discover.values import ANOTHER, finest

_ENOUGH = 10  # so many rows that agree tell a period


@dataclass(frozen=True)
class Evidence:
    """What partitions and rows tell of a proposed guard.

    `spans` are the periods of its partitions, of which `seen` of `partitions` were looked at;
    `rows` tell by period and time zone of how many sampled rows of how many the key is that;
    `pairs` of how many the key is that of the row which they name, and `begun` the period that each
    of these keys begins, where they are dates; `unsampled` says why there are none.
    """

    spans: Counter[str] = field(default_factory=Counter)
    seen: int = 0
    partitions: int = 0
    rows: Mapping[tuple[str, str], tuple[int, int]] = field(default_factory=dict)
    pairs: tuple[int, int] | None = None
    begun: str = ""
    unsampled: str = ""


def zones(guard: Proposal) -> list[str]:
    """Which time zones does its text name, as a declaration has them?"""
    told = [*made_of(guard.sets).zones, time_zone(guard.trigger.function["settings"])]
    return list(dict.fromkeys(name for each in told if each and (name := zone_of(each))))


def lines(sets: Sequence[Assignment]) -> str:
    """In which lines of its function?"""
    told = listed(str(each) for each in dict.fromkeys(each.line for each in sets))
    return f"line{'s' * (' ' in told)} {told} of its function"


def every(guard: Proposal, evidence: Evidence, parent: Proposal | None) -> Word | str:
    """Of which period is the key the start? Or why is it of none that can be declared?"""
    kind, made = guard.table.type(guard.key), made_of(guard.sets)
    cuts = finest(made.periods)
    if not cuts and kind not in WHOLE_NUMBERS and not made.others:
        cuts = ("exact",) if kind in MOMENTS else ("day",)
    if parent is not None:
        return _as_parent("every", parent, [] if guard.copied else list(cuts))
    if guard.copied:
        if kind in MOMENTS:
            return _against(Word("exact", "the value is taken over as it is"), evidence)
        if evidence.begun:
            return Word(evidence.begun, "each key of the sampled rows begins one", sure=False)
        return _by_rows_and_bounds(kind, evidence)
    if len(cuts) != 1 or cuts[0] == ANOTHER:
        return _by_rows_and_bounds(kind, evidence)
    if cuts[0] not in (NUMBERS if kind in WHOLE_NUMBERS else (*PERIODS, "exact")):
        return f"it is cut to the {cuts[0]}, and a key of type {kind} to another period"
    if cuts[0] == "exact":
        return _against(Word("exact", f"the clock's own value, {lines(guard.sets)}"), evidence)
    why, full = f"cut to the {cuts[0]}, {lines(guard.sets)}", _full(evidence)
    if len(full) == 1 and cuts[0] not in full:
        found = _against(Word(full.pop(), f"its text says otherwise, {why}"), evidence)
        return Word(found.value, found.why, sure=False)
    return _against(Word(cuts[0], why), evidence)


def _as_parent(word: str, parent: Proposal, own: list[str]) -> Word:
    """A key that is another's has its period and time zone, whatever its `own` text says."""
    told, why = parent.words[word], f"as {remark(parent.key)} of {parent.table.said}"
    differs = bool(own) and own != [told.value]
    if differs:
        why += f", and its own text says {listed(own)}"
    return Word(told.value, why, told.sure and not differs)


def _against(word: Word, evidence: Evidence) -> Word:
    """The same beside what partitions and rows tell."""
    why, sure = [word.why], word.sure
    if spans := _spans(evidence):
        why.append(spans)
    hits, total = _most(evidence, word.value)
    if total:
        why.append(f"{number(hits)} of {plural(total, 'sampled row')} agree")
        sure = sure and hits * 2 >= total
    return Word(word.value, "; ".join(why), sure)


def _most(evidence: Evidence, period: str) -> tuple[int, int]:
    """In how many rows of how many is the key of this period, in the zone that fits best?"""
    found = [rows for (span, _), rows in evidence.rows.items() if span == period]
    return max(found, default=(0, 0))


def _spans(evidence: Evidence) -> str:
    if not evidence.spans:
        return ""
    of = evidence.seen
    (period, count), *_ = evidence.spans.most_common()
    length = OTHER if period == OTHER else f"a {period}"
    told = f"{number(count)} of {plural(of, 'partition')} span{'s' * (of == 1)} {length}"
    return f"{told} (of {number(evidence.partitions)})" if evidence.partitions > of else told


def _full(evidence: Evidence) -> set[str]:
    """Of which periods are the keys of all sampled rows, where these are enough?"""
    return {
        span
        for (span, _), (hits, total) in evidence.rows.items()
        if total >= _ENOUGH and hits == total
    }


def _by_rows_and_bounds(kind: str, evidence: Evidence) -> Word | str:
    """Where the text does not tell."""
    full = _full(evidence)
    if len(full) == 1:
        return _against(Word(full.pop(), "its text does not tell"), evidence)
    likely = [period for period, _ in evidence.spans.most_common() if period != OTHER]
    if kind in WHOLE_NUMBERS:
        likely = [each for each in likely if each in NUMBERS]
        if not likely:
            return "a number, of which nothing tells the period"
    period = likely[0] if likely else "month"
    why = _spans(evidence) if likely else "neither its text nor partitions nor rows tell"
    return Word(period, why, sure=False)


def zone(guard: Proposal, period: str, evidence: Evidence, parent: Proposal | None) -> Word:
    made, named = made_of(guard.sets), zones(guard)
    if parent is not None and "zone" in parent.words:
        return _as_parent("zone", parent, [] if guard.copied else named)
    if guard.clock is not None and guard.table.type(guard.clock) != "timestamptz":
        return Word("UTC", f"{remark(guard.clock)} holds no time zone")
    if len(named) == 1 and len(set(made.zones)) <= 1:
        return Word(named[0], lines(guard.sets))
    fits = [
        (hits, name == "UTC", name)
        for (span, name), (hits, _) in evidence.rows.items()
        if span == period and hits
    ]
    best = max(fits, default=(0, True, "UTC"))
    rivals = [name for hits, _, name in fits if hits == best[0] and name != best[2]]
    if named or made.zones:
        why = f"its text names {listed(dict.fromkeys(made.zones))}"
    elif guard.copied:
        why = f"nothing tells how {guard.parent.said if guard.parent else 'it'} makes its key"
    else:
        why = "its text names none, so it goes by the TimeZone of whoever writes"
    if fits and not rivals and len({name for _, name in evidence.rows}) > 1:
        why += "; rows fit this one best"
    return Word(best[2], why, sure=False)
