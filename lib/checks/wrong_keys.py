"""Is every month key the first of its row's month?"""

from __future__ import annotations

from datetime import date, datetime

from lib.checks import repair_triggers, row_visibility
from lib.checks.check import Check, Group, Place
from lib.checks.null_keys import MEANS
from lib.checks.older_rows import Observed, Older
from lib.checks.older_rows_reading import Question, parts_of
from lib.checks.parameters import names, of_rows
from lib.checks.partition_coverage import observe
from lib.checks.reach import blast, since_then
from lib.core.context import Context, rows_of
from lib.core.guards import Guard
from lib.core.results import CheckResult, Finding, Row, Status
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
    span_words,
)
from lib.db.database import Session
from lib.remedies.unobserved import each

_FEW_DAYS = 4
_SPAN = ("first_wrong", "last_wrong")
_OLDER_SECONDS = 1.0  # at most, for reading older rows


def run(session: Session, context: Context) -> CheckResult:
    """Which rows have a key that is not the first of the month, UTC, of their clock?

    Recent ones exactly; older ones where the clock lies outside the partition's bounds, and
    within them as far as a verification gets (lib/checks/older_rows.py).
    Tables: `days` (table, day, rows, nulls, wrong), `history` (table, low, high, rows),
    `older` (a row for each partition that was to be read, why it was not, and what is wrong in it),
    `radius` (table, fault, rows, first_seen, last_seen, months, samples), `since`.
    """
    own = [guard for guard in context.guards if guard.reference is None]
    layout = observe(session, context)
    repair_triggers.observe(session, context)
    seen = Observed()

    def look(guard: Guard) -> list[Finding]:
        rows = _recent_days(session, guard, context, seen.radius)
        seen.days.extend({"table": guard.table, **row} for row in rows)
        asked = Question(CHECK.name, guard, names(guard), _SPAN, _OLDER_SECONDS / len(own))
        parts = parts_of(rows_of(guard.table, layout))
        return [
            _judge_recent(guard, rows, context),
            *_since(session, guard, context, seen.since),
            *seen.look_back(session, context, asked, parts, _judge_older),
        ]

    findings = seen.settled(session, CHECK, each(own, look))
    wrong, total = (sum(row[column] for row in seen.days) for column in ("wrong", "rows"))
    whose = listed(guard.table for guard in own)
    when = since_words(context.since, context.now)
    words = f"{number(wrong)} wrong of {rows_word(total)} of {whose} {when}"
    summary = observed(words, findings, seen=total > 0)
    kinds = "older wrong keys", "older keys wrong within"
    return CheckResult(CHECK.name, findings, summary, seen.tables(*kinds))


def _recent_days(
    session: Session, guard: Guard, context: Context, radius: list[Row]
) -> tuple[Row, ...]:
    """By day; where some are wrong, how far it reaches, with up to five ids."""
    with session.reading() as transaction:
        rows = transaction.rows("checks/wrong_keys", names(guard), since=context.since)
        if not any(row["wrong"] for row in rows):
            return rows
        samples = transaction.rows("checks/wrong_keys_samples", names(guard), since=context.since)
    bad = [
        {**row, "months": row["wrong_months"], "samples": [s["id"] for s in samples]}
        for row in rows
        if row["wrong"]
    ]
    radius += blast(guard, "wrong keys", bad, "wrong", _SPAN)
    return rows


def _since(session: Session, guard: Guard, context: Context, since: list[Row]) -> list[Finding]:
    def later(moment: datetime) -> tuple[Row, ...]:
        return session.rows("checks/wrong_keys", names(guard), since=moment)

    return since_then(guard, "with a wrong key", later, "wrong", "rows", context, since)


def _judge_recent(guard: Guard, rows: tuple[Row, ...], context: Context) -> Finding:
    total = sum(row["rows"] for row in rows)
    wrong = sum(row["wrong"] for row in rows)
    nulls = sum(row["nulls"] for row in rows)
    if wrong:
        return _wrong_finding(guard, rows, wrong, total, context)
    if hidden := row_visibility.hidden(context, guard):
        return row_visibility.unseen(guard, hidden)
    if right := total - nulls:
        detail = f"all {number(right)} recent keys of {guard.relation} are the first of their month"
        return Finding(guard.relation, Status.OK, detail, code="holds")
    detail = f"{guard.relation} has no rows {since_words(context.since, context.now)} to judge"
    headline = f"{guard.table} has no recent rows"
    return Finding(guard.relation, Status.OK, detail, code="no_rows", headline=headline)


def _wrong_finding(
    guard: Guard, rows: tuple[Row, ...], wrong: int, total: int, context: Context
) -> Finding:
    bad = [row for row in rows if row["wrong"]]
    months = {month for row in bad for month in row["wrong_months"] if month is not None}
    when = span_words(bad[0]["first_wrong"], bad[-1]["last_wrong"])
    detail = (
        f"{rows_word(wrong)} of {guard.relation} ({share(wrong, total)} of the recent ones) "
        f"carry a wrong {guard.key}: {_keys_words(months)}; written {when}"
    )
    return Finding(
        guard.relation,
        Status.CRITICAL,
        detail,
        repair_triggers.repair(context, guard, context.since),
        MEANS,
        code="key_wrong",
        headline=(
            f"{plural(wrong, 'recent row')} of {guard.table} "
            f"{'has' if wrong == 1 else 'have'} a wrong month key"
        ),
    )


def _keys_words(keys: set[date]) -> str:
    """Both kinds, each as it is: those of another month, and those that are of no month."""
    odd = sorted(key for key in keys if key.day != 1)
    right = months_words([key for key in keys if key.day == 1])
    if not odd:
        return right
    days = ", ".join(map(str, odd[:_FEW_DAYS]))
    more = f" and {number(len(odd) - _FEW_DAYS)} more" if len(odd) > _FEW_DAYS else ""
    words = f"{days}{more}, not the first of a month"
    return f"{words}; {right}" if right else words


def _judge_older(older: Older, context: Context) -> list[Finding]:
    """Older rows are at most a warning."""
    guard = older.asked.guard
    relation, repair = guard.relation, repair_triggers.repair(context, guard)
    of = f"of {guard.relation}, older than {plural(context.window_days, 'day')},"
    findings = []

    def found(detail: str, code: str, headline: str) -> Finding:
        return Finding(
            relation, Status.WARNING, detail, repair, MEANS, code=code, headline=headline
        )

    if older.astray:
        span = span_of(older.astray, *_SPAN)
        detail = f"{older.rows(older.astray)} {of} sit in the partition of another month ({span})"
        headline = older.named(older.astray, "is in a wrong partition", "are in a wrong partition")
        findings.append(found(detail, "older_row_astray", headline))
    if older.within:
        span = span_of(older.within, "first_seen", "last_seen")
        keys = _keys_words({key for row in older.within for key in row["keys"]})
        detail = (
            f"{older.rows(older.within)} {of} carry a wrong {guard.key} in the right partition: "
            f"{keys} ({span})"
        )
        headline = older.named(older.within, "has a wrong month key", "have a wrong month key")
        findings.append(found(detail, "older_key_wrong", headline))
    no = f"no older row of {guard.relation}"
    right = f"{no} has a wrong {guard.key}"
    cheaply = f"{no} sits in the partition of another month; of the rest {older.coverage()}"
    return older.told(context, findings, right, cheaply)


CHECK = Check(
    name="wrong_keys",
    run=run,
    by_hand=of_rows("wrong_keys", own=True),
    places=(Place(Group.KEYS, "wrong keys", 1, leads=True),),
    steps=("reports-count-too-few", "keys-are-right", "repair-keys", "undo-keys"),
    cause="They were written while the sessions guard was gone, off or wrong.",
    reads=(r"carry a wrong \w", "sit in the partition of another month"),
    formerly=("wrong_month_sessions",),
    counts_rows=True,
    counts_keys=True,
    asked_of_windows=True,
    windowed=True,
    follows=True,
)
