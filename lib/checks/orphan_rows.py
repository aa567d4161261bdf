"""Does every recent event find its session by (session_id, session_month)?"""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress
from datetime import datetime

from lib.checks import repair_triggers, row_visibility
from lib.checks.check import Check, Group, Place
from lib.checks.counting import Counting, only, right, wrong
from lib.checks.older_rows import Older
from lib.checks.parameters import names, of_rows, outlives
from lib.checks.partition_coverage import observe
from lib.checks.wrong_keys import keys_words
from lib.core.context import Context
from lib.core.errors import QueryFailed
from lib.core.findings import note
from lib.core.guards import Guard
from lib.core.results import CheckResult, Finding, Row, Status
from lib.core.words import listed, number, rows_word, share, since_words
from lib.db.database import Session
from lib.remedies import repairs
from lib.remedies.unobserved import each

ORPHANED = "row_orphaned"  # the code of recent rows whose session is nowhere
_OLDER_SECONDS = 2.0  # at most, for looking up older rows
_UNJOINED = "do not find their session"
# Why recent rows do not join: the code, and what is said of several.
_WRONG = ("key_wrong", "have a wrong month key")
_ORPHANED = (ORPHANED, "have no session")
_NULL = ("key_null", "have a null month key")
_UNEXAMINED = ("row_unjoined", _UNJOINED)


def run(session: Session, context: Context) -> CheckResult:
    """Which events do not find their session, and is it in another month or nowhere?

    Recent ones exactly; older ones where the clock lies outside the partition's month, and the
    others as far as a verification gets. Tables: as `Counting` has them; `days` (table, day, rows,
    joined, gone, lost, wrong_month, orphans, nulls, unexamined).
    """
    own = [guard for guard in context.guards if guard.reference is not None]
    observe(session, context)
    repair_triggers.observe(session, context)
    far = "older, without a session", "older, within its month, without one"
    seen = Counting(session, context, CHECK, far)

    def look(guard: Guard) -> list[Finding]:
        if blind := _blind(guard, context):  # then each row would seem to be lost
            return [blind]

        def ask(moment: datetime, name: str = "orphan_rows") -> tuple[Row, ...]:
            more = outlives(guard)
            return session.rows(f"checks/{name}", names(guard), since=moment, **more)

        counted, causes = ask(context.since), tuple[Row, ...]()
        if any(day["lost"] for day in counted):
            with suppress(QueryFailed):
                causes = ask(context.since, "orphan_rows_cause")
        elsewhere = [row for row in causes if row["elsewhere"]]
        nowhere = [row for row in causes if not row["elsewhere"]]
        days = _days(guard, counted, causes)
        seen.days.extend(days)
        seen.reaches(guard, "session in another month", elsewhere)
        if not outlives(guard)["outlives"]:
            seen.reaches(guard, "no session", nowhere)
        return [
            *_judge_recent(guard, days, elsewhere, nowhere, context),
            *seen.since(guard, "without its session", ask, "lost"),
            *seen.older(guard, _OLDER_SECONDS / len(own), _judge_older),
        ]

    findings = each(own, look)
    total, joined = (sum(row[column] for row in seen.days) for column in ("rows", "joined"))
    whose = listed(guard.noun for guard in own)
    summary = f"{share(joined, total)} of {number(total)} recent {whose} find their session"
    if total == 0:
        summary = f"No {whose} {since_words(context.since, context.now)}"
    return seen.result(findings, summary, seen=total > 0)


def _days(guard: Guard, days: Sequence[Row], causes: Sequence[Row]) -> list[Row]:
    """By day: how many there are, how many join, and why the others do not.

    The causes are read a moment later, and of the first 5,000 alone: more may be known, or less.
    """
    known = {(row["day"], row["elsewhere"]): row["rows"] for row in causes}
    found: list[Row] = []
    for day in days:
        month, orphans = (known.get((day["day"], elsewhere), 0) for elsewhere in (True, False))
        explained = day["nulls"] + month + orphans
        lost = max(day["lost"], explained)
        more = {"wrong_month": month, "unexamined": lost - explained}
        gone = {"lost": lost + day["gone"], "orphans": orphans + day["gone"]}
        found.append({"table": guard.table, **day, **more, **gone})
    return found


def _blind(guard: Guard, context: Context) -> Finding | None:
    """Why might rows of the table that it refers to be invisible?"""
    assert guard.reference is not None
    sides = [each for each in context.guards if each.table == guard.reference.table]
    found = (row_visibility.unseen(context, side, guard.relation) for side in sides)
    return next(filter(None, found), None)


def _judge_recent(
    guard: Guard,
    days: Sequence[Row],
    elsewhere: Sequence[Row],
    nowhere: Sequence[Row],
    context: Context,
) -> list[Finding]:
    total, gone = (sum(day[column] for day in days) for column in ("rows", "gone"))
    keys = keys_words((key for row in elsewhere for key in row["keys"]), guard.keys)
    noun = guard.parts.noun
    repair = repair_triggers.repair(context, guard, context.since)
    orphans = repairs.orphans(guard, context.since)
    examined = "only the first 5,000 were examined for why"
    why = examined if elsewhere or nowhere else "why was not found out in time"
    cases = (
        (elsewhere, _WRONG, f"have their session in another {noun} (they say {keys})", repair),
        (nowhere, _ORPHANED, f"have no session in any {noun}", orphans),
        (only("nulls", days), _NULL, f"have a null {guard.key}", repair),
        (only("unexamined", days), _UNEXAMINED, f"{_UNJOINED}; {why}", repair),
    )
    said = [
        wrong(guard, rows, total, found, words, remedies)
        for rows, found, words, remedies in cases
        if rows
    ]
    if not said:
        detail = f"all {number(total - gone)} recent {guard.noun} find their session"
        said = [right(guard, context, total, detail)]
    return said if not gone or said[0].status is Status.UNKNOWN else [*said, _gone(guard, gone)]


def _gone(guard: Guard, gone: int) -> Finding:
    """A row that may outlive the one it names is right without it; joins miss it all the same."""
    name = "names a session that is" if gone == 1 else "name sessions that are"
    detail = f"{rows_word(gone)} of {guard.relation} {name} in no month, deleted perhaps"
    headline = f"{rows_word(gone)} of {guard.table} {name} in no month"
    return note(guard.relation, "reference_gone", headline, detail)


def _judge_older(older: Older) -> list[Finding]:
    guard, coverage = older.guard, older.coverage()
    lost = [*older.astray, *older.within]
    findings = older.wrong(lost, "older_row_unjoined", _UNJOINED, _UNJOINED)
    whose = "finds its session"
    if outlives(guard)["outlives"]:
        whose = "that names a session which is there finds it"
    cheaply = f"of the older rows of {guard.relation} {coverage}"
    if guard.partitioned:
        cheaply = (
            f"older rows of {guard.relation} outside their partition's month all find their "
            f"session; of the rest {coverage}"
        )
    return older.told(findings, f"every older row of {guard.relation} {whose}", cheaply)


CHECK = Check(
    name="orphan_rows",
    run=run,
    by_hand=of_rows("orphan_rows", "orphan_rows_cause", refers=True),
    places=(
        Place(Group.KEYS, "event keys", 3),
        Place(Group.JOINS, "sessions found", 1, leads=True),
    ),
    steps=("reports-count-too-few", "keys-are-right", "repair-keys", "undo-keys"),
    cause="They were written while the events guard was gone, off or wrong, or their session "
    "was deleted.",
    reads=(
        "do(?:es)? not find (?:their|its) session",
        "ha(?:ve|s) (?:their|its) session in another month",
        "ha(?:ve|s) no session",
    ),
    formerly=("events_without_session",),
    counts_rows=True,
    counts_keys=True,
    asked_of_windows=True,
    windowed=True,
    follows=True,
)
