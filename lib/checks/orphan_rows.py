"""Does every recent event find its session by (session_id, session_month)?"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import NamedTuple

from lib.checks import repair_triggers, row_visibility
from lib.checks.check import Check, Group, Place, Query
from lib.checks.older_rows import Older, look_back, settled, tables_of
from lib.checks.older_rows_reading import Question, parts_of
from lib.checks.parameters import outlives, pair_names, since
from lib.checks.partition_coverage import observe
from lib.checks.reach import blast, since_then
from lib.core.context import Context, rows_of
from lib.core.errors import QueryFailed
from lib.core.guards import Guard
from lib.core.remedies import Remedies
from lib.core.results import CheckResult, Finding, Report, Row, Status
from lib.core.words import (
    listed,
    months_words,
    number,
    observed,
    plural,
    rows_word,
    share,
    since_words,
    span_of,
)
from lib.db.database import Session
from lib.remedies import repairs
from lib.remedies.unobserved import each

ORPHANED = "row_orphaned"  # the code of recent rows whose session is nowhere
_OLDER_SECONDS = 2.0  # at most, for looking up older rows
_LOST = ("first_lost", "last_lost")
_MEANS = "Reports that join on the month key lose these rows without a word."


class _Cause(NamedTuple):
    """Why recent rows do not join: which column counts them, and what is said of one, of more."""

    column: str
    code: str
    one: str
    more: str


_WRONG = _Cause("wrong_month", "key_wrong", "has a wrong month key", "have a wrong month key")
_ORPHANED = _Cause("orphans", ORPHANED, "has no session", "have no session")
_NULL = _Cause("nulls", "key_null", "has a null month key", "have a null month key")
_UNEXAMINED = _Cause(
    "unexamined", "row_unjoined", "does not find its session", "do not find their session"
)


def run(session: Session, context: Context) -> CheckResult:
    """Which events do not find their session, and is it in another month or nowhere?

    Recent ones exactly; older ones where the clock lies outside the partition's month, and the
    others as far as a verification gets (lib/checks/older_rows.py).
    Tables: `days` (table, day, rows, joined, lost, wrong_month, orphans, nulls), `history`,
    `older`, `radius` (table, fault, rows, first_seen, last_seen, months, samples), `since`.
    """
    layout = observe(session, context)
    repair_triggers.observe(session, context)
    days: list[Row] = []
    olders: list[Older] = []
    radius: list[Row] = []
    since: list[Row] = []

    def look(guard: Guard) -> list[Finding]:
        if blind := _blind(guard, context):  # then each row would seem to be lost
            return [blind]
        recent = _recent(session, guard, context)
        days.extend(recent)
        radius.extend(_radius(guard, recent))
        assert guard.reference is not None
        identifiers = pair_names(guard, guard.reference)
        asked = Question(
            "orphan_rows",
            guard,
            identifiers,
            ("first_lost", "last_lost"),
            _OLDER_SECONDS / len(own),
            outlives(guard),
        )
        parts = parts_of(rows_of(guard.table, layout))
        return [
            *_judge_recent(guard, recent, context),
            *_since(session, guard, context, since),
            *look_back(session, context, asked, parts, olders, _judge_older),
        ]

    own = [guard for guard in context.guards if guard.reference is not None]
    findings = each(own, look)
    findings = settled(session, CHECK, findings, olders)
    total, joined = sum(row["rows"] for row in days), sum(row["joined"] for row in days)
    whose = listed(guard.noun for guard in own)
    summary = f"{share(joined, total)} of {number(total)} recent {whose} find their session"
    if total == 0:
        summary = f"No {whose} {since_words(context.since, context.now)}"
    summary = observed(summary, findings, seen=total > 0)
    kinds = "older, without a session", "older, within its month, without one"
    tables = tables_of(days, olders, radius, since, *kinds)
    return CheckResult(CHECK.name, findings, summary, tables)


def _radius(guard: Guard, recent: list[Row]) -> list[Row]:
    """How far the two faults reach; the first 5,000 lost rows were examined for which it is."""
    wrong = [{**day, "samples": day["wrong_samples"], "months": day["keys"]} for day in recent]
    orphans = [
        {**day, "samples": day["orphan_samples"], "months": day["orphan_keys"]} for day in recent
    ]
    found = blast(
        guard, "session in another month", wrong, "wrong_month", ("first_wrong", "last_wrong")
    )
    if guard.reference and guard.reference.outlives:
        return found
    return [
        *found,
        *blast(guard, "no session", orphans, "orphans", ("first_orphan", "last_orphan")),
    ]


def _since(session: Session, guard: Guard, context: Context, since: list[Row]) -> list[Finding]:
    assert guard.reference is not None
    identifiers = pair_names(guard, guard.reference)

    def later(moment: datetime) -> list[Row]:
        rows = session.rows("checks/orphan_rows", identifiers, since=moment, **outlives(guard))
        return [{**row, "lost": row["rows"] - row["joined"] - row["gone"]} for row in rows]

    return since_then(guard, "without its session", later, "lost", "rows", context, since)


def _recent(session: Session, guard: Guard, context: Context) -> list[Row]:
    """By day: how many there are, how many join, and why the others do not."""
    assert guard.reference is not None
    identifiers = pair_names(guard, guard.reference)
    rows = session.rows("checks/orphan_rows", identifiers, since=context.since, **outlives(guard))
    lost = any(row["rows"] > row["joined"] + row["gone"] for row in rows)
    causes = _causes(session, guard, identifiers, context) if lost else {}
    return [_day(guard, row, causes.get(row["day"])) for row in rows]


def _causes(
    session: Session, guard: Guard, identifiers: dict[str, str], context: Context
) -> dict[object, Row]:
    """Why do they not join, by day? Empty when that fails: the loss itself was seen, and stands."""
    name = "checks/orphan_rows_cause"
    try:
        found = session.rows(name, identifiers, since=context.since, **outlives(guard))
    except QueryFailed:
        return {}
    return {row["day"]: row for row in found}


def _day(guard: Guard, row: Row, cause: Row | None) -> Row:
    wrong = cause["wrong_month"] if cause else 0
    orphans = (cause["orphans"] if cause else 0) + row["gone"]
    lost = row["rows"] - row["joined"]
    known = row["nulls"] + wrong + orphans  # read a moment later, so it may be more
    causes = ("first_wrong", "last_wrong", "first_orphan", "last_orphan")
    return {
        "table": guard.table,
        **row,
        "lost": max(lost, known),
        "wrong_month": wrong,
        "orphans": orphans,
        "unexamined": max(0, lost - known),
        "keys": (cause["keys"] if cause else None) or [],
        "orphan_keys": (cause["orphan_keys"] if cause else None) or [],
        "wrong_samples": cause["wrong_samples"] if cause else None,
        "orphan_samples": cause["orphan_samples"] if cause else None,
        **{name: cause[name] if cause else None for name in causes},
    }


def _blind(guard: Guard, context: Context) -> Finding | None:
    """Why might rows of the table that it refers to be invisible?"""
    assert guard.reference is not None
    sides = [each for each in context.guards if each.table == guard.reference.table]
    return next(
        (
            row_visibility.unseen(side, hidden, guard.relation)
            for side in sides
            if (hidden := row_visibility.hidden(context, side))
        ),
        None,
    )


def _judge_recent(guard: Guard, days: list[Row], context: Context) -> list[Finding]:
    total, gone = sum(row["rows"] for row in days), sum(row["gone"] for row in days)
    lost = sum(row["lost"] for row in days) - gone
    hidden = row_visibility.hidden(context, guard)
    if lost == 0 and hidden:
        return [row_visibility.unseen(guard, hidden)]
    notes = [_gone_note(guard, gone)] if gone else []
    if lost:
        return [*_lost_findings(guard, days, total, context), *notes]
    if total:
        detail = f"all {number(total - gone)} recent {guard.noun} find their session"
        return [Finding(guard.relation, Status.OK, detail, code="holds"), *notes]
    detail = f"{guard.relation} has no rows {since_words(context.since, context.now)} to judge"
    headline = f"{guard.table} has no recent rows"
    return [Finding(guard.relation, Status.OK, detail, code="no_rows", headline=headline)]


def _gone_note(guard: Guard, gone: int) -> Finding:
    """A row that may outlive the one it names is right without it; joins miss it all the same."""
    name = "names a session that is" if gone == 1 else "name sessions that are"
    return Finding(
        guard.relation,
        Status.OK,
        f"{rows_word(gone)} of {guard.relation} {name} in no month, deleted perhaps",
        code="reference_gone",
        headline=f"{rows_word(gone)} of {guard.table} {name} in no month",
    )


def _lost_findings(guard: Guard, days: list[Row], total: int, context: Context) -> list[Finding]:
    bad = [{**row, "orphans": row["orphans"] - row["gone"]} for row in days if row["lost"]]
    keys = sorted({key for row in bad for key in row["keys"]})
    repair = repair_triggers.repair(context, guard, context.since)
    examined = any(row["wrong_month"] or row["orphans"] for row in bad)
    why = "only the first 5,000 were examined for why"
    cases: list[tuple[_Cause, str, Remedies, tuple[str, str]]] = [
        (
            _WRONG,
            f"have their session in another month (they say {months_words(keys)})",
            repair,
            ("first_wrong", "last_wrong"),
        ),
        (
            _ORPHANED,
            "have no session in any month",
            repairs.orphans(guard, context.since),
            ("first_orphan", "last_orphan"),
        ),
        (_NULL, f"have a null {guard.key}", repair, _LOST),
        (
            _UNEXAMINED,
            "do not find their session; " + (why if examined else "why was not found out in time"),
            repair,
            _LOST,
        ),
    ]
    return [
        _lost_finding(guard, rows, cause, words, remedy, span, total)
        for cause, words, remedy, span in cases
        if (rows := [row for row in bad if row[cause.column]])
    ]


def _lost_finding(
    guard: Guard,
    rows: Sequence[Row],
    cause: _Cause,
    words: str,
    remedy: Remedies,
    span: tuple[str, str],
    total: int,
) -> Finding:
    """One cause: how many rows, which share, and from when to when."""
    lost = sum(row[cause.column] for row in rows)
    detail = (
        f"{rows_word(lost)} of {guard.relation} ({share(lost, total)} of the recent ones) "
        f"{words}; written {span_of(rows, *span)}"
    )
    named = f"{plural(lost, 'recent row')} of {guard.table}"
    headline = f"{named} {cause.one if lost == 1 else cause.more}"
    return Finding(
        guard.relation,
        Status.CRITICAL,
        detail,
        remedy,
        _MEANS,
        code=cause.code,
        headline=headline,
    )


def _judge_older(older: Older, context: Context) -> list[Finding]:
    """Older rows are at most a warning; what was not looked up is said, and never called right."""
    guard = older.asked.guard
    lost = [
        *({"first": row["first_lost"], "last": row["last_lost"], **row} for row in older.astray),
        *({"first": row["first_seen"], "last": row["last_seen"], **row} for row in older.within),
    ]
    if lost:
        window = plural(context.window_days, "day")
        detail = (
            f"{older.rows(lost)} of {guard.relation}, older than {window}, do "
            f"not find their session ({span_of(lost, 'first', 'last')})"
        )
        repair = repairs.repair_or_decide(guard, repair_triggers.repair(context, guard))
        note = f"of the older rows of {guard.relation} {older.coverage()}"
        headline = older.named(lost, _UNEXAMINED.one, _UNEXAMINED.more)
        return [
            Finding(
                guard.relation,
                Status.WARNING,
                detail,
                repair,
                _MEANS,
                code="older_row_unjoined",
                headline=headline,
            ),
            *([] if older.whole else [older.partly(note)]),
        ]
    if hidden := row_visibility.hidden(context, guard):
        return [row_visibility.unseen(guard, hidden)]
    whose = (
        "that names a session which is there finds it"
        if guard.reference and guard.reference.outlives
        else "finds its session"
    )
    if older.whole:
        detail = f"every older row of {guard.relation} {whose}: {older.coverage()}"
        return [Finding(guard.relation, Status.OK, detail, code="holds")]
    detail = (
        f"older rows of {guard.relation} outside their partition's month all find their "
        f"session; of the rest {older.coverage()}"
    )
    if not guard.partitioned:
        detail = f"of the older rows of {guard.relation} {older.coverage()}"
    return [older.partly(detail)]


def _by_hand(context: Context, _: Report | None) -> list[Query]:
    tied = [(guard, guard.reference) for guard in context.guards if guard.reference]
    return [
        (f"checks/{name}", pair_names(guard, reference), {**since(context), **outlives(guard)})
        for name in ("orphan_rows", "orphan_rows_cause")
        for guard, reference in tied
    ]


CHECK = Check(
    name="orphan_rows",
    run=run,
    by_hand=_by_hand,
    places=(
        Place(Group.KEYS, "event keys", 3),
        Place(Group.JOINS, "sessions found", 1, leads=True),
    ),
    steps=("reports-count-too-few", "keys-are-right", "repair-keys", "undo-keys"),
    cause="They were written while the events guard was gone, off or wrong, or their session "
    "was deleted.",
    reads=("do not find their session", "have their session in another month", "have no session"),
    formerly=("events_without_session",),
    counts_rows=True,
    counts_keys=True,
    asked_of_windows=True,
    windowed=True,
    follows=True,
)
