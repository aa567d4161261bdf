"""Does every recent event find its session by (session_id, session_month)?"""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress
from datetime import datetime
from typing import NamedTuple

from lib.checks import older_orphans, repair_triggers, row_visibility
from lib.checks.check import Check, Group, Place, Query
from lib.checks.older_orphans import LOST, MEANS, UNJOINED
from lib.checks.older_rows import Observed
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
_TO_WRONG, _TO_NOTHING = ("first_wrong", "last_wrong"), ("first_orphan", "last_orphan")
# What is known of those that were examined for why they do not join.
_EXAMINED = ("wrong_samples", "orphan_samples", *_TO_WRONG, *_TO_NOTHING)


class _Cause(NamedTuple):
    """Why recent rows do not join: which columns count and date them; said of one, of more."""

    column: str
    code: str
    span: tuple[str, str]
    one: str
    more: str


_WRONG = _Cause(
    "wrong_month", "key_wrong", _TO_WRONG, "has a wrong month key", "have a wrong month key"
)
_ORPHANED = _Cause("orphans", ORPHANED, _TO_NOTHING, "has no session", "have no session")
_NULL = _Cause("nulls", "key_null", LOST, "has a null month key", "have a null month key")
_UNEXAMINED = _Cause("unexamined", "row_unjoined", LOST, *UNJOINED)


def run(session: Session, context: Context) -> CheckResult:
    """Which events do not find their session, and is it in another month or nowhere?

    Recent ones exactly; older ones where the clock lies outside the partition's month, and the
    others as far as a verification gets (lib/checks/older_rows.py).
    Tables: `days` (table, day, rows, joined, lost, wrong_month, orphans, nulls), `history`,
    `older`, `radius` (table, fault, rows, first_seen, last_seen, months, samples), `since`.
    """
    layout = observe(session, context)
    repair_triggers.observe(session, context)
    seen = Observed()

    def look(guard: Guard) -> list[Finding]:
        if blind := _blind(guard, context):  # then each row would seem to be lost
            return [blind]
        recent = _recent(session, guard, context)
        seen.days.extend(recent)
        seen.radius.extend(_radius(guard, recent))
        seconds = _OLDER_SECONDS / len(own)
        asked = Question(CHECK.name, guard, pair_names(guard), LOST, seconds, outlives(guard))
        parts = parts_of(rows_of(guard.table, layout))
        return [
            *_judge_recent(guard, recent, context),
            *_since(session, guard, context, seen.since),
            *seen.look_back(session, context, asked, parts, older_orphans.judge),
        ]

    own = [guard for guard in context.guards if guard.reference is not None]
    findings = seen.settled(session, CHECK, each(own, look))
    total, joined = (sum(row[column] for row in seen.days) for column in ("rows", "joined"))
    whose = listed(guard.noun for guard in own)
    summary = f"{share(joined, total)} of {number(total)} recent {whose} find their session"
    if total == 0:
        summary = f"No {whose} {since_words(context.since, context.now)}"
    summary = observed(summary, findings, seen=total > 0)
    kinds = "older, without a session", "older, within its month, without one"
    return CheckResult(CHECK.name, findings, summary, seen.tables(*kinds))


def _radius(guard: Guard, recent: list[Row]) -> list[Row]:
    """How far the two faults reach; the first 5,000 lost rows were examined for which it is."""
    wrong = [{**day, "samples": day["wrong_samples"], "months": day["keys"]} for day in recent]
    found = blast(guard, "session in another month", wrong, "wrong_month", _TO_WRONG)
    if not outlives(guard)["outlives"]:
        orphans = [
            {**day, "samples": day["orphan_samples"], "months": day["orphan_keys"]}
            for day in recent
        ]
        found += blast(guard, "no session", orphans, "orphans", _TO_NOTHING)
    return found


def _since(session: Session, guard: Guard, context: Context, since: list[Row]) -> list[Finding]:
    def later(moment: datetime) -> list[Row]:
        rows = _asked(session, "orphan_rows", guard, moment)
        return [{**row, "lost": row["rows"] - row["joined"] - row["gone"]} for row in rows]

    return since_then(guard, "without its session", later, "lost", "rows", context, since)


def _asked(session: Session, name: str, guard: Guard, moment: datetime) -> tuple[Row, ...]:
    """What this query finds since then, a row a day."""
    return session.rows(f"checks/{name}", pair_names(guard), since=moment, **outlives(guard))


def _recent(session: Session, guard: Guard, context: Context) -> list[Row]:
    """By day: how many there are, how many join, and why the others do not.

    Where asking for the cause fails, the loss itself was seen, and stands.
    """
    rows, causes = _asked(session, "orphan_rows", guard, context.since), tuple[Row, ...]()
    if any(row["rows"] > row["joined"] + row["gone"] for row in rows):
        with suppress(QueryFailed):
            causes = _asked(session, "orphan_rows_cause", guard, context.since)
    by_day = {row["day"]: row for row in causes}
    return [_day(guard, row, by_day.get(row["day"], {})) for row in rows]


def _day(guard: Guard, row: Row, cause: Row) -> Row:
    wrong, orphans = cause.get("wrong_month", 0), cause.get("orphans", 0) + row["gone"]
    lost = row["rows"] - row["joined"]
    known = row["nulls"] + wrong + orphans  # read a moment later, so it may be more
    return {
        "table": guard.table,
        **row,
        "lost": max(lost, known),
        "wrong_month": wrong,
        "orphans": orphans,
        "unexamined": max(0, lost - known),
        "keys": cause.get("keys") or [],
        "orphan_keys": cause.get("orphan_keys") or [],
        **{name: cause.get(name) for name in _EXAMINED},
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
    why = why if examined else "why was not found out in time"
    elsewhere = f"have their session in another month (they say {months_words(keys)})"
    nowhere = repairs.orphans(guard, context.since)
    cases: list[tuple[_Cause, str, Remedies]] = [
        (_WRONG, elsewhere, repair),
        (_ORPHANED, "have no session in any month", nowhere),
        (_NULL, f"have a null {guard.key}", repair),
        (_UNEXAMINED, f"{UNJOINED[1]}; {why}", repair),
    ]
    return [
        _lost_finding(guard, rows, cause, words, remedy, total)
        for cause, words, remedy in cases
        if (rows := [row for row in bad if row[cause.column]])
    ]


def _lost_finding(
    guard: Guard, rows: Sequence[Row], cause: _Cause, words: str, remedy: Remedies, total: int
) -> Finding:
    """One cause: how many rows, which share, and from when to when."""
    lost = sum(row[cause.column] for row in rows)
    detail = (
        f"{rows_word(lost)} of {guard.relation} ({share(lost, total)} of the recent ones) "
        f"{words}; written {span_of(rows, *cause.span)}"
    )
    named = f"{plural(lost, 'recent row')} of {guard.table}"
    headline = f"{named} {cause.one if lost == 1 else cause.more}"
    code, critical = cause.code, Status.CRITICAL
    return Finding(guard.relation, critical, detail, remedy, MEANS, code=code, headline=headline)


def _by_hand(context: Context, _: Report | None) -> list[Query]:
    return [
        (f"checks/{name}", pair_names(guard), {**since(context), **outlives(guard)})
        for name in ("orphan_rows", "orphan_rows_cause")
        for guard in context.guards
        if guard.reference
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
