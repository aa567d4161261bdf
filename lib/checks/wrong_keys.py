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
from lib.core.periods import MONTHS, Periods
from lib.core.results import CheckResult, Finding, Row
from lib.core.words import few, listed, number, rows_word, since_words
from lib.db.database import Session
from lib.remedies.unobserved import each

_OLDER_SECONDS = 1.0  # at most, for reading older rows
_ASTRAY = ("older_row_astray", "are in a wrong partition")


def run(session: Session, context: Context) -> CheckResult:
    """Which rows have a key that is not the one of their clock?

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
        words = f"carry a wrong {guard.key}: {_keys(guard, bad)}"
        repair = repair_triggers.repair(context, guard, context.since)
        return wrong(guard, bad, total, ("key_wrong", _have_wrong(guard)), words, repair)
    keys = total - sum(row["nulls"] for row in days)
    detail = f"all {number(keys)} recent keys of {guard.relation} are {_right(guard)}"
    return right(guard, context, keys, detail)


def _have_wrong(guard: Guard) -> str:
    return f"have a wrong {guard.key_noun}"


def _right(guard: Guard) -> str:
    if guard.every == "exact":
        return f"the {guard.clock} of their row"
    if guard.keys.kind == "int":
        return f"the {guard.keys.noun} of their row"
    return f"the first of their {guard.keys.noun}"


def keys_words(keys: Iterable[date | None], periods: Periods = MONTHS) -> str:
    """Each kind as it is: what is no key, those that begin no period, and those of another one."""
    found, noun = set(keys), periods.noun
    known = {key for key in found if key is not None}
    right = {key for key in known if periods.exact or periods.start(key) == key}
    odd = few([str(key) for key in sorted(known - right)])
    kinds = (
        f"numbers that are no {noun}" if None in found and periods.kind == "int" else "",
        f"{odd}, not the first of a {noun}" if odd else "",
        periods.few({periods.start(key) for key in right}),
    )
    return "; ".join(filter(None, kinds))


def _keys(guard: Guard, rows: Iterable[Row]) -> str:
    return keys_words((key for row in rows for key in row["keys"]), guard.keys)


def _judge_older(older: Older) -> list[Finding]:
    guard, within = older.guard, older.within
    noun = guard.parts.noun
    another = f"sit in the partition of another {noun}"
    inside = f"carry a wrong {guard.key} in the right partition: {_keys(guard, within)}"
    findings = older.wrong(older.astray, *_ASTRAY, another)
    findings += older.wrong(within, "older_key_wrong", _have_wrong(guard), inside)
    no = f"no older row of {guard.relation}"
    cheaply = f"{no} sits in the partition of another {noun}; of the rest {older.coverage()}"
    return older.told(findings, f"{no} has a wrong {guard.key}", cheaply)


CHECK = Check(
    name="wrong_keys",
    run=run,
    by_hand=of_rows("wrong_keys", refers=False),
    places=(Place(Group.KEYS, "wrong keys", 1, leads=True),),
    steps=("reports-count-too-few", "keys-are-right", "repair-keys", "undo-keys"),
    cause="They were written while the sessions guard was gone, off or wrong.",
    reads=(r"carr(?:y|ies) a wrong \w", "sits? in the partition of another "),
    formerly=("wrong_month_sessions",),
    counts_rows=True,
    counts_keys=True,
    asked_of_windows=True,
    windowed=True,
    follows=True,
)
