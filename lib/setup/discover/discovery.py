"""What is there to guard in this database, by its catalogs, its texts and a few rows?

Nothing is tried and nothing changed: all of it is read in read-only transactions with a time limit.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace

from lib.core.errors import QueryFailed
from lib.core.results import Row
from lib.db.database import Database, Session
from lib.db.sql import remark
from lib.setup.discover.catalog import catalog
from lib.setup.discover.evidence import Evidence, zones
from lib.setup.discover.found import Discovery, Proposal
from lib.setup.discover.judging import candidates, said_before
from lib.setup.discover.periods import KINDS, agreeing, spans, zone_of
from lib.setup.discover.repeats import repeats
from lib.setup.discover.words import speak

SECONDS = 60.0
MOST_ROWS = 200  # of a table so many are sampled
MOST_BOUNDS = 400  # and of so many partitions the bounds are read


def discover(database: Database, seconds: float = SECONDS) -> Discovery:
    """What may be declared here? Raises: QueryFailed, DatabaseUnreachable."""
    with database.session(seconds) as session:
        (where,) = session.rows("session/identity")
        (begins,) = session.rows("discover/session")
        found, unread = catalog(session)
        session.close()  # judging may take longer than a transaction may be idle
        likely, others = candidates(found)
        bounds = _bounds(session, likely)
        spoken: dict[int, Proposal] = {}
        for each in likely:
            parent = spoken.get(each.parent.relid) if each.parent else None
            if parent is not None and each.reference and parent.key != each.reference[2]:
                parent = None
            evidence = _evidence(session, each, bounds.get(each.table.relid, []), begins["zone"])
            why = speak(each, evidence, parent, found.triggers[each.table.relid])
            if not why:
                spoken[each.table.relid] = each
            elif each.clock is not None:
                others.append(said_before(each.table, each.key, why))
        proposals = list(spoken.values())
        repeated, unjoined = repeats(session, found, proposals)
    _leave_out(proposals)
    return Discovery(
        where["database"],
        where["server_version"],
        where["role"],
        tuple(proposals),
        tuple(repeated),
        tuple(others),
        (*unread, *unjoined),
    )


def _bounds(session: Session, likely: Sequence[Proposal]) -> dict[int, list[Row]]:
    """The bounds of the partitions of these tables, by table."""
    divided = [each for each in likely if each.table.key(each.key)]
    found: dict[int, list[Row]] = {}
    if divided:
        relids, columns = [each.table.relid for each in divided], [each.key for each in divided]
        asked = {"relids": relids, "columns": columns, "most": MOST_BOUNDS}
        for row in session.rows("discover/bounds", **asked):
            found.setdefault(row["relid"], []).append(row)
    return found


def _evidence(session: Session, guard: Proposal, bounds: Sequence[Row], zone: str) -> Evidence:
    """What do its partitions and a few of its rows tell? `zone` is that of new sessions."""
    found = Evidence(
        spans([row["bound"] for row in bounds], guard.table.type(guard.key)),
        len(bounds),
        bounds[0]["partitions"] if bounds else 0,
    )
    if guard.reference is None and guard.clock is None:
        return found
    if why := _closed(guard):
        return replace(found, unsampled=why)
    try:
        if guard.reference is not None:
            (told,) = session.rows("discover/sample_reference", _names(guard), most=MOST_ROWS)
            pairs = (told["hits"], told["total"])
            found = replace(found, pairs=pairs, begun=told["period"] or "")
        else:
            asked = dict.fromkeys(["UTC", *zones(guard), zone_of(zone) or "UTC"])
            rows = session.rows(
                "discover/sample_clock",
                _names(guard),
                kind=KINDS[guard.table.type(guard.key)],
                zones=list(asked),
                most=MOST_ROWS,
            )
            found = replace(found, rows=agreeing(rows))
    except QueryFailed as error:
        return replace(found, unsampled=f"Rows were not sampled: {error}.")
    told_by = [found.pairs] if found.pairs else list(found.rows.values())
    if any(total for _, total in told_by):
        return found
    behind = ", as far as row security shows them" if guard.table.filtered else ""
    return replace(found, unsampled=f"There was no row to sample{behind}.")


def _closed(guard: Proposal) -> str:
    """Why can its rows not be sampled? Empty where they can."""
    wanted = [(guard.table, [guard.key, guard.clock])]
    if guard.reference is not None and guard.parent is not None:
        column, row_id, key = guard.reference
        wanted = [(guard.table, [guard.key, column]), (guard.parent, [row_id, key])]
    for table, columns in wanted:
        closed = [each for each in columns if each and not table.columns[each]["readable"]]
        if closed:
            told = ", ".join(map(remark, closed))
            return f"Rows were not sampled: this role may not select {told} of {table.said}."
    return ""


def _names(guard: Proposal) -> dict[str, str]:
    """The names that a sample asks for."""
    found = {"schema": guard.table.schema, "table": guard.table.name, "key": guard.key}
    if guard.reference is None or guard.parent is None:
        return {**found, "clock": guard.clock or guard.key}
    column, row_id, key = guard.reference
    return {
        **found,
        "reference": column,
        "parent_schema": guard.parent.schema,
        "parent": guard.parent.name,
        "parent_id": row_id,
        "parent_key": key,
    }


def _leave_out(guards: Sequence[Proposal]) -> None:
    """Say of each that a declaration cannot take why it cannot."""
    known: dict[tuple[str, str], Proposal] = {}
    for place, each in enumerate(guards):
        later = {other.table.relid for other in guards[place:]}
        each.left_out = next(_reasons(each, known, later), "")
        if not each.left_out:
            known["table", each.table.name] = each
            known["function", str(each.trigger.function["function_name"])] = each


def _reasons(
    guard: Proposal, known: dict[tuple[str, str], Proposal], later: set[int]
) -> Iterator[str]:
    function = guard.trigger.function
    if guard.parent is not None and guard.parent.relid in later:
        yield f"it and {guard.parent.said} repeat one another's keys."
    if function["schema_name"] != guard.table.schema:
        yield f"its function is in another schema, {remark(function['schema_name'])}."
    if guard.parent is not None and guard.parent.schema != guard.table.schema:
        yield f"{guard.parent.said} is in another schema."
    for kind, name in (("table", guard.table.name), ("function", function["function_name"])):
        if (other := known.get((kind, name))) is not None:
            yield f"the guard of {other.table.said} has the {kind} {remark(name)} already."
