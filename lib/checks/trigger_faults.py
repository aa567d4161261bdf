"""What is the matter with a guard's trigger, on one relation after the other? Pure."""

from __future__ import annotations

from dataclasses import dataclass

from lib.core.findings import alike
from lib.core.guards import Guard
from lib.core.results import Row, Status
from lib.trials.texts.judging import condition
from lib.trials.texts.reading import fires_whenever

# Bits of pg_trigger.tgtype.
_ROW, _BEFORE, _ON_INSERT, _ON_DELETE, _ON_UPDATE, _INSTEAD = 1, 2, 4, 8, 16, 64


@dataclass(frozen=True)
class Fault:
    """What can be the matter with a guard's trigger? `short` are its words in a headline."""

    code: str
    words: str
    short: str


def _fault(code: str, words: str, short: str = "") -> Fault:
    return Fault(f"trigger_{code}", words, short or words)


MISSING = _fault("missing", "is missing")
RENAMED = _fault("renamed", "runs under another name")
SPLIT = _fault("split", "fires as two triggers")
_DISABLED = _fault("disabled", "is disabled")
_REPLICA = _fault("replica_only", "fires only during replication")
UNLOADED = _fault(
    "not_loaded",
    "does not fire, since pg_class.relhastriggers says that there is none,",
    "does not fire",
)
_CONDITION = _fault(
    "conditional", "fires only when its WHEN clause holds", "fires only on a condition"
)
_STATEMENT = _fault(
    "per_statement", "fires once a statement, not for each row", "does not fire for each row"
)
_LATE = _fault(
    "late",
    "fires after the row is written, too late to set its key",
    "fires too late to set the key",
)
_INSERT = _fault("not_on_insert", "does not fire on insert")
_UPDATE = _fault("not_on_update", "does not fire on update")
_DELETES = _fault(
    "on_delete",
    "fires on delete as well, where it returns null and nothing is deleted,",
    "keeps rows from being deleted",
)
SWITCHED_OFF = {_DISABLED: "disable", _REPLICA: "enable replica"}


@dataclass(frozen=True)
class Verdict:
    """What is the matter with the guard on one relation? Alike cases have the same `fault`.

    `other` is the name, or the two, that the guard runs under instead, `renames` whether it can be
    renamed there; `taken`, whether something else stands under the right name.
    """

    relation: str
    depth: int
    status: Status
    fault: Fault | None = None
    other: str = ""
    renames: bool = False
    taken: bool = False

    @property
    def words(self) -> str:
        """The same in a sentence, after the trigger's name."""
        words = self.fault.words if self.fault else "fires"
        return f"{words}, {self.other}" if self.other else words

    @property
    def fires(self) -> bool:
        """Are rows guarded there, under whatever name?"""
        return self.fault in (None, RENAMED, SPLIT)


def judge_guard(guard: Guard, rows: list[Row]) -> list[Verdict]:
    """What holds on the table and on each partition, in that order?"""
    return [judge_relation(guard, own) for own in alike(rows, lambda row: row["relation"])]


def judge_relation(guard: Guard, candidates: list[Row]) -> Verdict:
    """What holds on one relation, given every trigger there that could be the guard?"""
    relation, depth = candidates[0]["relation"], candidates[0]["depth"]
    named = [row for row in candidates if row["trigger_name"] == guard.trigger]
    others = [row for row in candidates if row["trigger_name"] not in (None, guard.trigger)]
    fault = shape_fault(guard, named[0]) if named else MISSING
    if fault is None:
        return Verdict(relation, depth, Status.OK)
    for row in others:
        if shape_fault(guard, row) is None:
            name, renames = row["trigger_name"], not row["cloned"]
            return Verdict(relation, depth, Status.WARNING, RENAMED, name, renames, bool(named))
    if pair := _pair(guard, [*named, *others]):
        return Verdict(relation, depth, Status.OK, SPLIT, " and ".join(pair))
    # One that believes the writer keeps no wrong month away: without it, only null ones stay so.
    status = Status.CRITICAL if guard.sets == "always" else Status.WARNING
    return Verdict(relation, depth, status, fault)


def shape_fault(guard: Guard, row: Row) -> Fault | None:
    """Why does this trigger not do the guard's work? None when it does."""
    bits, own, watched = row["type"], f"{guard.schema}.{guard.function}", row["update_columns"]
    lacking = ", ".join(column for column in guard.columns if watched and column not in watched)
    another = f"calls {row['function']}() instead of {own}()"
    skipped = f"does not fire on update of {lacking}"
    faults: dict[Fault, object] = {
        _DISABLED: row["enabled"] == "D",
        _REPLICA: row["enabled"] == "R",
        UNLOADED: not row["loaded"],
        _fault("calls_another", another, "calls another function"): row["function"] != own,
        _CONDITION: row["has_when"] and not _whenever(guard, row),
        _STATEMENT: not bits & _ROW,
        _LATE: not bits & _BEFORE or bits & _INSTEAD,
        _INSERT: not bits & _ON_INSERT,
        _UPDATE: not bits & _ON_UPDATE,
        _DELETES: bits & _ON_DELETE,
        _fault("skips_columns", skipped, "does not fire on every update"): lacking,
    }
    return next((fault for fault, holds in faults.items() if holds), None)


def _pair(guard: Guard, rows: list[Row]) -> list[str]:
    """Which two triggers do its work together, one on insert and one on update? Else none."""
    found = []
    for own, other in ((_ON_INSERT, _ON_UPDATE), (_ON_UPDATE, _ON_INSERT)):
        # The part is right where a trigger like it, that fires on the rest as well, would be.
        both = ((row, {**row, "type": row["type"] | other}) for row in rows if row["type"] & own)
        found += [r["trigger_name"] for r, whole in both if shape_fault(guard, whole) is None][:1]
    return found if len(found) == 2 else []


def _whenever(guard: Guard, row: Row) -> bool:
    return not row["odd"] and fires_whenever(condition(row), guard)
