"""What should each word of a proposed guard say, and how is that known? Pure."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from lib.core.words import listed, number, plural
from lib.db.sql import remark
from lib.setup.discover.evidence import Evidence, every, lines, zone
from lib.setup.discover.found import (
    CLOCKS,
    MOMENTS,
    Proposal,
    Table,
    Trigger,
    Word,
)
from lib.setup.discover.judging import made_of
from lib.setup.discover.texts import null_where
from lib.setup.discover.values import NOW
from lib.trials.texts.judging import condition


def speak(
    guard: Proposal,
    evidence: Evidence,
    parent: Proposal | None,
    beside: Sequence[Trigger],
) -> str:
    """Fill in its words. Why it is no guard; empty where it is one.

    `parent` is the proposed guard whose key it repeats, `beside` the table's other triggers.
    """
    period = every(guard, evidence, parent)
    if isinstance(period, str):
        return period
    words = guard.words
    words["table"] = _table(guard)
    if (row_id := _id(guard.table)) is not None:
        words["id"] = row_id
    words["key"] = _key(guard)
    words["clock"] = _clock(guard)
    words["every"] = period
    if period.value != "exact":
        words["zone"] = zone(guard, str(period.value), evidence, parent)
    if guard.reference is not None:
        words["from"] = _from(guard, evidence)
        words |= _of_reference(guard)
    if (sets := _sets(guard)) is not None:
        words["sets"] = sets
    if guard.table.key(guard.key) is None:
        words["partitioned"] = Word(False, "the table is not partitioned by it")
        if noted := _noted(guard, beside):
            words["noted"] = noted
    words["trigger"] = _trigger(guard, beside)
    words["function"] = _function(guard)
    if guard.copied and parent is None and guard.parent is not None and period.value != "exact":
        assert guard.reference is not None
        theirs = f"{remark(guard.reference[2])} of {guard.parent.said}"
        guard.remarks.append(f"Nothing that could be declared sets {theirs}: is a guard missing?")
    if evidence.unsampled:
        guard.remarks.append(evidence.unsampled)
    return ""


def _table(guard: Proposal) -> Word:
    name = f"{_sql(guard.table.schema)}.{_sql(guard.table.name)}"
    if (key := guard.table.key(guard.key)) is None:
        return Word(name, "a table that repeats a key")
    how = {"r": "range", "l": "list"}[key.strategy]
    said = f"partitioned by {how} of {remark(guard.key)}, {plural(key.partitions, 'partition')}"
    if beside := [e.column for e in guard.table.keys if e.depth == key.depth and e != key]:
        return Word(name, f"{said}, and by {_named(beside)} at once", sure=False)
    if key.strategy == "l":
        return Word(name, f"{said}, and only ranges are watched", sure=False)
    if key.depth:
        return Word(name, f"its partitions are {said}, and it is by something else", sure=False)
    return Word(name, said)


def _sql(name: str) -> str:
    """The name as SQL writes it: quoted unless it is plain."""
    plain = name.isascii() and name.replace("_", "a").isalnum() and name == name.lower()
    return name if plain and not name[0].isdigit() else '"' + name.replace('"', '""') + '"'


def _id(table: Table) -> Word | None:
    primary = table.primary
    if primary == ["id"]:
        return None
    if len(primary) == 1:
        return Word(primary[0], "its primary key, without the key")
    if primary:
        first = "id" if "id" in primary else primary[-1]
        return Word(first, f"one of {_named(primary)}, its primary key", sure=False)
    first = "id" if "id" in table.columns else next(iter(table.columns))
    return Word(first, "the table has no primary key", sure=False)


def _key(guard: Proposal) -> Word:
    kind = guard.table.type(guard.key)
    told = f"{kind}; {remark(guard.trigger.name)} sets it, {lines(guard.sets)}"
    if kind == "timestamp":
        return Word(guard.key, f"{told}; moments are watched with a time zone alone", sure=False)
    return Word(guard.key, told)


def _clock(guard: Proposal) -> Word:
    made, table = made_of(guard.sets), guard.table
    apart = {guard.key, *guard.probed}
    told = [c for c in made.columns if c not in apart and table.type(c) in CLOCKS]
    if guard.clock is not None:
        if len(told) > 1:
            return Word(guard.clock, f"the key is made of {_named(told)}", sure=False)
        return Word(guard.clock, f"the key is made of it, {lines(guard.sets)}")
    moments = [c for c in table.columns if table.type(c) in MOMENTS and c != guard.key]
    if not moments:
        return Word(guard.key, "the table has no other moment", sure=False)
    if len(moments) == 1:
        return Word(moments[0], "by which rows are recent: the table's only moment")
    filled = [c for c in moments if "now()" in str(table.columns[c]["defaults"]).lower()]
    whole = [c for c in filled if table.columns[c]["not_null"]]
    first = [*whole, *filled, *moments][0]
    others = _named(each for each in moments if each != first)
    return Word(first, f"by which rows are recent; or is that {others}?", sure=False)


# What it refers to


def _from(guard: Proposal, evidence: Evidence) -> Word:
    assert guard.parent is not None
    assert guard.reference is not None
    column, row_id, key = guard.reference
    name = f"{_sql(guard.parent.schema)}.{_sql(guard.parent.name)}"
    value: dict[str, Any] = {"column": column, "table": name, "id": row_id, "key": key}
    why, sure = [], True
    if guard.copied:
        why.append(f"looked up in {guard.parent.said}, {lines(guard.sets)}")
    if guard.foreign_key is not None:
        why.append(f"{remark(guard.foreign_key.name)} binds both")
    if not guard.copied and guard.foreign_key is None:
        why.append(f"named like it, and {remark(column)} like a row of {guard.parent.said}")
        sure = False
    if not guard.copied:
        why.append("its own text does not look there")
        sure = False
    if not guard.table.columns[column]["not_null"]:
        value["required"] = False
        why.append(f"{remark(column)} may be null")
        if guard.foreign_key is None:
            value["outlives"] = True
            why.append("no foreign key removes it with that row")
    if evidence.pairs is not None and evidence.pairs[1]:
        hits, total = evidence.pairs
        why.append(f"{number(hits)} of {plural(total, 'sampled row')} agree")
    return Word(value, "; ".join(why), sure)


def _of_reference(guard: Proposal) -> dict[str, Word]:
    """What else there is to say of a guard that looks a row up."""
    assert guard.parent is not None
    words: dict[str, Word] = {}
    filled = [
        column
        for column in dict.fromkeys(each.column for each in guard.trigger.read.sets)
        if column != guard.key and _fills(guard, column)
    ]
    if filled:
        told = [each for each in guard.trigger.read.sets if each.column in filled]
        words["fills"] = Word(filled, f"copied where null, {lines(told)}")
    if guard.copied and guard.trigger.read.raises:
        line = guard.trigger.read.raises
        words["unknown"] = Word("refuse", f"it raises an error, first in line {line}")
    elif guard.copied:
        words["unknown"] = Word("keep", "it raises no error")
    if guard.foreign_key is not None:
        pairs = ", ".join(f"{remark(a)} → {remark(b)}" for a, b in guard.foreign_key.pairs)
        words.update(foreign_key=Word(guard.foreign_key.name, pairs))
    return words


def _fills(guard: Proposal, column: str) -> bool:
    """Is it copied from the column of that name of the row that is looked up, where it is null?"""
    assert guard.parent is not None
    return any(
        (column in each.made.columns or column in each.unset)
        and any(
            (lookup.table, lookup.column) == (guard.parent.name, column)
            for lookup in each.made.lookups
        )
        for each in guard.trigger.sets(column)
    )


def _sets(guard: Proposal) -> Word | None:
    """Does it believe the writer?"""
    where = null_where(condition(guard.trigger.row)) if guard.trigger.row["definition"] else ()
    if guard.key in where:
        return Word("when null", "it fires only where the key is null")
    if all(guard.key in each.unset for each in guard.sets):
        return Word("when null", f"only there it is set, {lines(guard.sets)}")
    if any(guard.key in each.made.columns for each in guard.sets if guard.key not in guard.probed):
        return Word("when null", f"the key as it was sent counts, {lines(guard.sets)}", sure=False)
    return None


def _noted(guard: Proposal, beside: Sequence[Trigger]) -> Word | None:
    """Which columns does another trigger change on each update?"""
    own = {guard.key, guard.clock, guard.reference[0] if guard.reference else ""}
    found: dict[str, str] = {}
    for trigger in beside:
        if trigger is guard.trigger or not trigger.row["updates"] or trigger.row["columns"]:
            continue
        for each in trigger.read.sets:
            if each.column in guard.table.columns and each.column not in own and not each.unset:
                found.setdefault(each.column, trigger.name)
    by = listed(remark(each) for each in dict.fromkeys(found.values()))
    return Word(list(found), f"{by} sets them on each update") if found else None


def _trigger(guard: Proposal, beside: Sequence[Trigger]) -> Word:
    row, doubts = guard.trigger.row, []
    events = [word for word in ("insert", "update") if row[f"{word}s"]]
    of = f" of {_named(row['columns'])}" if row["columns"] else ""
    why = f"fires before {' or '.join(events)}{of}"
    if row["enabled"] not in ("O", "A"):
        doubts.append("it is disabled")
    others = [each for each in beside if each is not guard.trigger and each.sets(guard.key)]
    if others:
        why += f"; {listed(remark(each.name) for each in others)} sets it too"
        doubts += ["also on inserts"] if any(e.row["inserts"] for e in others) else []
    if row["apart"]:
        doubts.append("it stands on partitions alone, so that later ones have none")
    if not row["inserts"]:
        doubts.append("not on inserts")
    if row["definition"]:
        doubts.append("only where its WHEN clause holds")
    return Word(guard.trigger.name, "; ".join([why, *doubts]), not doubts)


def _function(guard: Proposal) -> Word:
    function, read = guard.trigger.function, guard.trigger.read
    made, doubts = made_of(guard.sets), []
    others = [each for each in made.others if each != NOW]
    if others:
        doubts.append(f"it goes by {listed(others)} too")
    if guard.copied and guard.clock is not None:
        doubts.append(f"it falls back to {remark(guard.clock)}")
    if read.doubt:
        doubts.append(f"{read.doubt}, so names may mean another thing than they say")
    why = f"{function['language']}, {plural(len(str(function['body']).splitlines()), 'line')}"
    return Word(str(function["function_name"]), "; ".join([why, *doubts]), not doubts)


def _named(columns: Any) -> str:
    return listed(remark(str(each)) for each in columns)
