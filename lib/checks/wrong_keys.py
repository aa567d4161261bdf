"""Is every month key the first of its row's month?"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date, datetime

from lib.checks import repair_triggers
from lib.checks.check import Check, Group, Place
from lib.checks.counting import Counting, only, right, wrong
from lib.checks.older_rows import Older
from lib.checks.parameters import names, of_rows
from lib.checks.partition_coverage import observe
from lib.core.context import Context
from lib.core.guards import Guard
from lib.core.results import CheckResult, Finding, Row
from lib.core.words import few, listed, months_words, number, rows_word, since_words
from lib.db.database import Session
from lib.remedies.unobserved import each

_OLDER_SECONDS = 1.0  # at most, for reading older rows
_ASTRAY = ("older_row_astray", "are in a wrong partition")
_WRONG = ("key_wrong", "have a wrong month key")


def run(session: Session, context: Context) -> CheckResult:
    """Which rows have a key that is not the first of the month, UTC, of their clock?

    Recent ones exactly; older ones where the clock lies outside the partition's bounds, and
    within them as far as a verification gets. Tables: as `Counting` has them; `days` (table, day,
    rows, nulls, wrong).
    """
    own = [guard for guard in context.guards if guard.reference is None]
    observe(session, context)
    repair_triggers.observe(session, context)
    seen = Counting(session, context, CHECK, ("older wrong keys", "older keys wrong within"))

    def look(guard: Guard) -> list[Finding]:
        def ask(moment: datetime) -> tuple[Row, ...]:
            return session.rows("checks/wrong_keys", names(guard), since=moment)

        days = ask(context.since)
        seen.days.extend({"table": guard.table, **row} for row in days)
        if bad := only("wrong", days):
            samples = session.rows("checks/wrong_keys_samples", names(guard), since=context.since)
            ids = [row["id"] for row in samples]
            seen.reaches(guard, "wrong keys", [{**row, "samples": ids} for row in bad])
        return [
            _judge_recent(guard, days, context),
            *seen.since(guard, "with a wrong key", ask),
            *seen.older(guard, _OLDER_SECONDS / len(own), _judge_older),
        ]

    findings = each(own, look)
    amiss, total = (sum(row[column] for row in seen.days) for column in ("wrong", "rows"))
    whose, when = listed(guard.table for guard in own), since_words(context.since, context.now)
    words = f"{number(amiss)} wrong of {rows_word(total)} of {whose} {when}"
    return seen.result(findings, words, seen=total > 0)


def _judge_recent(guard: Guard, days: Sequence[Row], context: Context) -> Finding:
    total = sum(row["rows"] for row in days)
    if bad := only("wrong", days):
        words = f"carry a wrong {guard.key}: {_keys(bad)}"
        repair = repair_triggers.repair(context, guard, context.since)
        return wrong(guard, bad, total, _WRONG, words, repair)
    keys = total - sum(row["nulls"] for row in days)
    detail = f"all {number(keys)} recent keys of {guard.relation} are the first of their month"
    return right(guard, context, keys, detail)


def keys_words(keys: Iterable[date | None]) -> str:
    """Both kinds, each as it is: those that are of no month, and those of another month."""
    known = {key for key in keys if key is not None}
    odd = few([str(key) for key in sorted(known) if key.day != 1])
    months = months_words([key for key in known if key.day == 1])
    return "; ".join(filter(None, (odd and f"{odd}, not the first of a month", months)))


def _keys(rows: Iterable[Row]) -> str:
    return keys_words(key for row in rows for key in row["keys"])


def _judge_older(older: Older) -> list[Finding]:
    guard, within = older.guard, older.within
    another = "sit in the partition of another month"
    inside = f"carry a wrong {guard.key} in the right partition: {_keys(within)}"
    findings = older.wrong(older.astray, *_ASTRAY, another)
    findings += older.wrong(within, "older_key_wrong", _WRONG[1], inside)
    no = f"no older row of {guard.relation}"
    cheaply = f"{no} sits in the partition of another month; of the rest {older.coverage()}"
    return older.told(findings, f"{no} has a wrong {guard.key}", cheaply)


CHECK = Check(
    name="wrong_keys",
    run=run,
    by_hand=of_rows("wrong_keys", refers=False),
    places=(Place(Group.KEYS, "wrong keys", 1, leads=True),),
    steps=("reports-count-too-few", "keys-are-right", "repair-keys", "undo-keys"),
    cause="They were written while the sessions guard was gone, off or wrong.",
    reads=(r"carr(?:y|ies) a wrong \w", "sits? in the partition of another month"),
    formerly=("wrong_month_sessions",),
    counts_rows=True,
    counts_keys=True,
    asked_of_windows=True,
    windowed=True,
    follows=True,
)
