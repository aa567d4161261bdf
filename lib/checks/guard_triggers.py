"""Is every drift guard present, right, and firing, on the table and on every partition?"""

from __future__ import annotations

from lib.checks.check import Check, Group, Place
from lib.checks.guard_remedies import anew, brought_back, drop_all, load_again
from lib.checks.live_functions import definitions
from lib.checks.parameters import lists, of_catalogs
from lib.checks.table_shapes import view_fault
from lib.checks.trigger_definitions import canonical_trigger, live_triggers
from lib.checks.trigger_faults import (
    MISSING,
    RENAMED,
    SPLIT,
    SWITCHED_OFF,
    UNLOADED,
    Fault,
    Verdict,
    judge_guard,
)
from lib.core.context import Context, rows_of
from lib.core.findings import alike, critical, holds, judged
from lib.core.guards import Guard
from lib.core.remedies import Remedies, statements
from lib.core.results import HEADLINE, CheckResult, Finding, Row
from lib.core.words import number, plural, unqualified
from lib.db.database import Session
from lib.db.sql import quoted
from lib.remedies import locks, remedies
from lib.trials.references import reference
from lib.trials.texts.compared import difference

_UNGUARDED = (
    "New rows keep whatever month the writer sends; joins by month lose those where it is wrong."
)
_UNFILLED = "A new row that comes without its month is refused, or joins by month lose it."
_LATENT = "Rows are still guarded today; each partition made from now on is born without."
_BY_NAME = "Rows are guarded. Whatever looks for the trigger by its name misses it."


def run(session: Session, context: Context) -> CheckResult:
    """Is each guard's trigger present, enabled, of the right shape, and calling its function?

    Tables: `triggers`, one row per guard and relation: table, relation, trigger, function, level,
    status, whether it fires, state, means, remedy, and the definition that stands there (`live`),
    the canonical one and their difference.
    Source: PostgreSQL manual, "pg_trigger"; only a leaf's own trigger fires for a routed row.
    """
    rows = session.rows("checks/guard_triggers", **lists(context, "triggers", "functions"))
    findings: list[Finding] = []
    table: list[Row] = []
    lives = definitions(session, context)
    for guard, live in zip(context.guards, lives, strict=True):
        own = rows_of(guard.table, rows)
        if own and (view := view_fault(guard, own)):
            findings.append(view)
            continue
        verdicts = judge_guard(guard, own)
        stood, gone = bool(live_triggers(own)), None
        if own and not own[0]["function_exists"]:
            right = reference(session, context, guard, live)
            gone = brought_back(guard, live, right, stood=stood)
        found = _told(guard, verdicts, gone, stood=stood)
        findings += found.values() or [_table_missing(guard)]
        table += [_as_row(guard, each, found[each.fault], own) for each in verdicts]
    firing = number(sum(row["fires"] for row in table))
    every = number(len(table))
    summary = f"{firing} of {every} triggers fire" if table else "No guarded table exists"
    seen = {row["table"] for row in table}
    if absent := [guard.relation for guard in context.guards if guard.table not in seen and table]:
        summary += f"; there is no {' and no '.join(absent)}"
    return CheckResult(CHECK.name, tuple(findings), summary, {"triggers": tuple(table)})


def _told(
    guard: Guard, verdicts: list[Verdict], gone: Remedies | None, *, stood: bool
) -> dict[Fault | None, Finding]:
    """One finding for each kind of fault, and one for all that is well.

    `gone` is what brings the guard's function back, where that is gone; `stood`: something stands
    under the guard's name, or calls its function.
    """
    found: dict[Fault | None, Finding] = {}
    for same in alike(sorted(verdicts, key=lambda each: each.fault is None), lambda v: v.fault):
        first, where = same[0], _places(guard, same, len(verdicts))
        fault, detail = first.fault, f"{guard.trigger} {first.words} on {where}"
        if fault is None:
            found[None] = holds(guard.relation, detail)
            continue
        found[fault] = judged(
            first.status,
            guard.relation if same[1:] else first.relation,
            fault.code,
            _headline(guard, fault, same, len(verdicts)),
            detail,
            _remedy(guard, fault, verdicts, gone, stood=stood),
            _means(guard, fault, same),
        )
    return found


def _headline(guard: Guard, fault: Fault, same: list[Verdict], known: int) -> str:
    """What is the matter, and, where it is not so everywhere, where: in short if need be."""
    words = f"the {guard.noun} guard {fault.short}"
    leaves = [verdict.relation for verdict in same if verdict.depth > 0]
    where = plural(len(leaves), "partition") if leaves[1:] else "".join(map(unqualified, leaves))
    if len(leaves) < len(same):
        where = f"{guard.table} and {where}" if leaves else f"{guard.table} itself"
    whole = f"{words} on {where}"
    if len(same) == known:
        return words
    return whole if len(whole) <= HEADLINE else f"{words} in places"


def _means(guard: Guard, fault: Fault, same: list[Verdict]) -> str:
    """What does this fault do to the data?"""
    if fault in (RENAMED, SPLIT):
        return _BY_NAME
    if guard.sets == "when null":
        return _UNFILLED
    return _UNGUARDED if same[1:] or same[0].depth or not guard.partitioned else _LATENT


def _remedy(
    guard: Guard, fault: Fault, verdicts: list[Verdict], gone: Remedies | None, *, stood: bool
) -> Remedies:
    """Which statements repair all of these at once, whatever else of the list was run before?"""
    same = [verdict for verdict in verdicts if verdict.fault == fault]
    if fault == SPLIT:
        return ()
    if gone is not None:
        return gone
    if fault == UNLOADED:
        return load_again(verdict.relation for verdict in same)
    if fault in SWITCHED_OFF:
        # The table alone: what holds on its partitions is said of each, and may be right.
        alone = [each.relation for each in same if guard.partitioned and not each.depth]
        relations = [each.relation for each in same]
        return remedies.enable_trigger(guard.trigger, relations, SWITCHED_OFF[fault], alone)
    if any(verdict.renames for verdict in same):
        return _rename(guard, same)
    simple = {None, MISSING, RENAMED, *SWITCHED_OFF}
    if fault == MISSING and all(verdict.fault in simple for verdict in verdicts):
        return remedies.create_trigger(guard, stood=stood)
    return anew(guard, stood=stood)


def _rename(guard: Guard, same: list[Verdict]) -> Remedies:
    """Gives the guard its own name back; a rename on the table renames on every partition."""
    name, exchange = quoted(guard.trigger), "alter trigger {} on {}\n  rename to {};".format
    others = [(quoted(v.other), v.relation) for v in same if v.renames]
    drops = [drop_all(guard)] if any(verdict.taken for verdict in same) else []
    renames = [exchange(other, relation, name) for other, relation in others]
    back = [exchange(name, relation, other).replace("\n ", "") for other, relation in others]
    return statements(
        "\n".join(["begin;", *drops, *renames, "commit;"]),
        lock=locks.EVERYBODY,
        undo=remedies.taken_back(back, "the names exchanged"),
    )


def _places(guard: Guard, verdicts: list[Verdict], known: int) -> str:
    """Where, of all the relations known, in words that stay short: some by name, or how many."""
    parents = [verdict.relation for verdict in verdicts if verdict.depth == 0]
    leaves = [verdict.relation for verdict in verdicts if verdict.depth > 0]
    if not leaves:
        return ", ".join(parents) + (" itself" if guard.partitioned else "")
    if len(leaves) <= 3:
        names = ", ".join(leaves)
        return f"{parents[0]} and {names}" if parents else names
    if parents:
        every = "all " if len(verdicts) == known else ""
        return f"{parents[0]} and {every}{number(len(leaves))} partitions"
    return f"{number(len(leaves))} partitions of {guard.relation}, among them {leaves[-1]}"


def _table_missing(guard: Guard) -> Finding:
    detail = f"{guard.relation} does not exist, so its guard {guard.trigger} does not exist either"
    headline = f"the table {guard.table} does not exist"
    return critical(guard.relation, "table_missing", headline, detail, remedies.RIGHT_DATABASE)


def _as_row(guard: Guard, verdict: Verdict, found: Finding, rows: list[Row]) -> Row:
    canonical = canonical_trigger(guard, verdict.relation)
    live = live_triggers(row for row in rows if row["relation"] == verdict.relation)
    return {
        "table": guard.table,
        "relation": verdict.relation,
        "trigger": guard.trigger,
        "function": f"{guard.schema}.{guard.function}()",
        "level": "table" if verdict.depth == 0 else "partition",
        "status": verdict.status.word,
        "fires": verdict.fires,
        "state": verdict.words,
        "means": found.means or "",
        "remedies": found.remedies,
        "live": live,
        "canonical": canonical,
        "difference": difference(canonical, live),
    }


CHECK = Check(
    name="guard_triggers",
    run=run,
    by_hand=of_catalogs("guard_triggers", "triggers", "functions"),
    places=(Place(Group.TRIGGERS, "triggers", 1, leads=True),),
    steps=(
        "keys-drift-quietly",
        "is-it-the-right-database",
        "guards-fire",
        "restore-triggers",
        "undo-triggers",
    ),
    cause="A migration, a restore or a bulk load dropped or disabled it.",
    reads=(r"{TRIGGERS} (?:is|fires|runs|calls|does)\b", "not partitioned and not guarded"),
    keeps_keys=True,
    leaves_rows=True,
    asked_of_triggers=True,
)
