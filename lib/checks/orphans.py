"""What is said of rows that do not find the one they refer to? Pure."""

from __future__ import annotations

from lib.checks import other_triggers as firing
from lib.checks.older import Older
from lib.core.context import Context
from lib.core.guards import Guard
from lib.core.results import Finding, Row, Status
from lib.core.wording import months_words, number, rows_word, share, since_words, span_of
from lib.remedies import repairs

_LOST = ("first_lost", "last_lost")
_MEANS = "Reports that join on the month key lose these rows without a word."


def judge_recent(guard: Guard, days: list[Row], context: Context) -> list[Finding]:
    total, gone = sum(row["rows"] for row in days), sum(row["gone"] for row in days)
    lost = sum(row["lost"] for row in days) - gone
    hidden = context.hidden(guard)
    if lost == 0 and hidden:
        return [Finding(guard.relation, Status.UNKNOWN, hidden)]
    notes = [Finding(guard.relation, Status.OK, _gone_words(guard, gone))] if gone else []
    if lost == 0:
        detail = (
            f"all {number(total - gone)} recent {guard.noun} find their session"
            if total
            else f"{guard.relation} has no rows {since_words(context.since, context.now)} to judge"
        )
        return [Finding(guard.relation, Status.OK, detail), *notes]
    return [*_lost_findings(guard, days, total, context), *notes]


def _gone_words(guard: Guard, gone: int) -> str:
    """A row that may outlive the one it names is right without it; joins miss it all the same."""
    name = "names a session that is" if gone == 1 else "name sessions that are"
    return f"{rows_word(gone)} of {guard.relation} {name} in no month, deleted perhaps"


def _lost_findings(guard: Guard, days: list[Row], total: int, context: Context) -> list[Finding]:
    bad = [{**row, "orphans": row["orphans"] - row["gone"]} for row in days if row["lost"]]
    keys = sorted({key for row in bad for key in row["keys"]})
    repair = firing.repair(context, guard, context.since)
    examined = any(row["wrong_month"] or row["orphans"] for row in bad)
    why = "only the first 5,000 were examined for why"
    cases = [
        (
            "wrong_month",
            f"have their session in another month (they say {months_words(keys)})",
            repair,
            ("first_wrong", "last_wrong"),
        ),
        (
            "orphans",
            "have no session in any month",
            repairs.orphans(guard, context.since),
            ("first_orphan", "last_orphan"),
        ),
        ("null_keys", f"have a null {guard.key}", repair, _LOST),
        (
            "unexamined",
            "do not find their session; " + (why if examined else "why was not found out in time"),
            repair,
            _LOST,
        ),
    ]
    return [
        _lost_finding(guard, [row for row in bad if row[count]], count, words, remedy, span, total)
        for count, words, remedy, span in cases
        if any(row[count] for row in bad)
    ]


def _lost_finding(
    guard: Guard,
    rows: list[Row],
    count: str,
    words: str,
    remedy: str,
    span: tuple[str, str],
    total: int,
) -> Finding:
    """One cause: how many rows, which share, and from when to when."""
    lost = sum(row[count] for row in rows)
    detail = (
        f"{rows_word(lost)} of {guard.relation} ({share(lost, total)} of the recent ones) "
        f"{words}; written {span_of(rows, *span)}"
    )
    return Finding(guard.relation, Status.CRITICAL, detail, remedy, _MEANS)


def judge_older(older: Older, context: Context) -> list[Finding]:
    """Older rows are at most a warning; what was not looked up is said, and never called right."""
    guard = older.asked.guard
    subject, hidden = f"{guard.relation}, older", context.hidden(guard)
    lost = [
        *({"first": row["first_lost"], "last": row["last_lost"], **row} for row in older.astray),
        *({"first": row["first_seen"], "last": row["last_seen"], **row} for row in older.within),
    ]
    if lost:
        detail = (
            f"{older.rows(lost)} of {guard.relation}, older than {context.window_days} days, do "
            f"not find their session ({span_of(lost, 'first', 'last')})"
        )
        repair = repairs.repair_or_decide(guard, firing.repair(context, guard))
        note = f"of the older rows of {guard.relation} {older.coverage()}"
        return [
            Finding(subject, Status.WARNING, detail, repair, _MEANS),
            *([] if older.whole else [Finding(subject, Status.OK, note)]),
        ]
    if hidden:
        return [Finding(subject, Status.UNKNOWN, hidden)]
    whose = (
        "that names a session which is there finds it"
        if guard.reference and guard.reference.outlives
        else "finds its session"
    )
    detail = f"every older row of {guard.relation} {whose}: {older.coverage()}"
    if not older.whole and not guard.partitioned:
        detail = f"of the older rows of {guard.relation} {older.coverage()}"
    elif not older.whole:
        detail = (
            f"older rows of {guard.relation} outside their partition's month all find their "
            f"session; of the rest {older.coverage()}"
        )
    return [Finding(subject, Status.OK, detail)]
