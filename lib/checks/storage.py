"""Is every partition closed to strangers, and is the DEFAULT partition empty?"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from itertools import groupby

from lib.checks import moving, remedies, repairs
from lib.checks.context import Context, each, rows_of
from lib.checks.partitions import Range, covers, gaps, observe, ranges
from lib.checks.wording import number, observed, rows_word, span_words
from lib.database import Session
from lib.guards import Guard
from lib.results import CheckResult, Finding, Row, Status

HISTORY_TABLE = "watchtower_checks"

# Between these a partition is made for a month.
_FIRST_YEAR, _LAST_YEAR = 1900, 9999

_REPAIR = "repair their keys"
_MOVE = "make the partition of their month and move them there"
_DECIDE = "decide: no partition is made for such a month"

_FEW = 3  # partitions that are named each by itself

_MEANS_OPEN = "Whoever holds the public key of the site can read or write these rows."
_MEANS_AJAR = "One grant, or one default privilege, opens it to whoever holds the public key."
_MEANS_WRONG = "Joins by month do not find them."
_MEANS_RIGHT = (
    "They block making the month's partition, and pruning and retention by month pass them by."
)


def partition_security(session: Session, context: Context) -> CheckResult:
    """Does row level security guard each table, each partition and the history?

    A partition does not inherit it, and default privileges may have opened it to `anon`.
    """
    with session.reading() as transaction:
        rows = transaction.rows(
            "checks/partition_security",
            schemas=[*context.schemas, "public"],
            tables=[*context.tables, HISTORY_TABLE],
        )
    findings = []
    for _, group in groupby(rows, key=lambda row: row["table_name"]):
        findings += _judge_group(list(group))
    closed = sum(row["row_security"] for row in rows)
    summary = f"{closed} of {len(rows)} relations have row level security"
    return CheckResult("partition_security", tuple(findings), summary)


def _judge_group(rows: list[Row]) -> list[Finding]:
    """What holds for one table and its partitions? Many partitions alike are one finding."""
    table = rows[0]
    bad = [_open_relation(table)] if _is_open(table) else []
    alike: dict[tuple[str, ...], list[Row]] = {}
    for row in rows[1:]:
        if _is_open(row):
            alike.setdefault(tuple(row["exposed_to"]), []).append(row)
    for group in alike.values():
        bad += [_open_many(table, group)] if len(group) > _FEW else map(_open_relation, group)
    if bad:
        return bad
    if not table["row_security"]:
        detail = f"{table['relation']} has no row level security; no anon and no authenticated here"
    elif len(rows) == 1:
        detail = f"{table['relation']} has row level security"
    else:
        detail = f"{table['relation']} and {len(rows) - 1} partitions have row level security"
    return [Finding(table["relation"], Status.OK, detail)]


def _is_open(row: Row) -> bool:
    """Is it open to strangers, or one grant away from it? Without row level security."""
    one_grant_away = row["strangers"] if row["depth"] == 0 else row["parent_row_security"]
    return bool(not row["row_security"] and (row["exposed_to"] or one_grant_away))


def _open_relation(row: Row) -> Finding:
    relation = row["relation"]
    words, remedy = f"{relation} has no row level security", remedies.secure_relation(relation)
    if row["exposed_to"]:
        detail = f"{words} and is open to {', '.join(row['exposed_to'])}"
        if row["depth"] == 0 and row["served"]:
            remedy = remedies.leave_to_policies(relation, row["locked_out"])
        elif row["depth"] == 0 and row["locked_out"]:
            remedy = remedies.close_relation(relation, row["locked_out"])
        return Finding(relation, Status.CRITICAL, detail, remedy, _MEANS_OPEN)
    if row["depth"]:
        return Finding(relation, Status.WARNING, f"{words}, unlike its table", remedy, _MEANS_AJAR)
    remedy = f"-- first a policy for every role that reads or writes it, then:\n{remedy}"
    detail = f"{words}; no stranger holds a grant on it"
    return Finding(relation, Status.WARNING, detail, remedy, _MEANS_AJAR)


def _open_many(table: Row, rows: list[Row]) -> Finding:
    """The same of many partitions."""
    names, strangers = [row["relation"] for row in rows], ", ".join(rows[0]["exposed_to"])
    words = (
        f"{number(len(rows))} partitions of {table['relation']} have no row level security"
        f"{f' and are open to {strangers}' if strangers else ', unlike it'}"
    )
    detail = f"{words}: {', '.join(names[:_FEW])} and {number(len(names) - _FEW)} more"
    remedy = "\n".join(map(remedies.secure_relation, names))
    if strangers:
        return Finding(table["relation"], Status.CRITICAL, detail, remedy, _MEANS_OPEN)
    return Finding(table["relation"], Status.WARNING, detail, remedy, _MEANS_AJAR)


def default_partition_rows(session: Session, context: Context) -> CheckResult:
    """Which rows landed in a DEFAULT partition, and which month do they belong to?

    Tables: `strays`, one row per table, month of the key and month of the clock, with the `cause`
    and what is to be done with such rows, `action`, in words.
    `capped` where counting stopped at 100,000, older and recent rows apart.
    """
    layout = observe(session, context)
    strays: list[Row] = []

    def look(guard: Guard) -> list[Finding]:
        own = rows_of(guard.table, layout)
        if not own:
            return [Finding(guard.relation, Status.UNKNOWN, f"{guard.relation} does not exist")]
        if not any(row["is_default"] for row in own):
            return [_no_default(guard, partitioned=own[0]["kind"] == "p")]
        default = next(row["relation"] for row in own if row["is_default"])
        parts = ranges(own)
        found = [
            (row, _stray_cause(guard, row, parts, default))
            for row in _stray_rows(session, guard, parts, context)
        ]
        strays.extend(
            {"table": guard.table, **row, "cause": cause.words, "action": cause.action}
            for row, cause in found
        )
        if not found:
            return [_no_strays(guard, context)]
        return [_stray_finding(guard, row, cause) for row, cause in found]

    findings = each((guard for guard in context.guards if guard.partitioned), look)
    total = sum(row["rows"] for row in strays)
    capped = any(row["capped"] for row in strays)
    words = f"{rows_word(total)}{' or more' if capped else ''} in a DEFAULT partition"
    summary = observed(words, findings, seen=total > 0)
    tables = {"strays": tuple(strays)}
    return CheckResult("default_partition_rows", findings, summary, tables)


def _no_default(guard: Guard, *, partitioned: bool) -> Finding:
    if not partitioned:
        return Finding(guard.relation, Status.OK, f"{guard.relation} has no partitions at all")
    detail = f"{guard.relation} has no DEFAULT partition: rows of a missing month are refused"
    return Finding(guard.relation, Status.OK, detail)


def _stray_rows(
    session: Session, guard: Guard, parts: list[Range], context: Context
) -> tuple[Row, ...]:
    edges = gaps(parts)
    with session.reading() as transaction:
        return transaction.rows(
            "checks/default_partition_rows",
            {"schema": guard.schema, "table": guard.table, "key": guard.key, "clock": guard.clock},
            lows=["-infinity" if low == date.min else str(low) for low, _ in edges],
            highs=["infinity" if high == date.max else str(high) for _, high in edges],
            since=context.since,
        )


def _no_strays(guard: Guard, context: Context) -> Finding:
    hidden = context.hidden(guard)
    if hidden:
        return Finding(guard.relation, Status.UNKNOWN, hidden)
    return Finding(guard.relation, Status.OK, f"the DEFAULT partition of {guard.relation} is empty")


@dataclass(frozen=True)
class _Cause:
    """Why are rows there, what is to be done with them, by which SQL, and what does it mean?"""

    words: str
    action: str
    remedy: str
    means: str


def _stray_finding(guard: Guard, row: Row, cause: _Cause) -> Finding:
    status = Status.CRITICAL if row["recent_rows"] else Status.WARNING
    more = " or more" if row["capped"] else ""
    recent = f", {number(row['recent_rows'])} of them recent" if row["recent_rows"] else ""
    detail = (
        f"the DEFAULT partition of {guard.relation} holds {rows_word(row['rows'])}{more} "
        f"{cause.words}{recent} ({span_words(row['first_seen'], row['last_seen'])})"
    )
    return Finding(guard.relation, status, detail, cause.remedy, cause.means)


def _stray_cause(guard: Guard, row: Row, parts: list[Range], default: str) -> _Cause:
    """Why are they there, and what mends it?

    A key taken from another table is judged by its own month alone: the row's clock may rightly
    lie in the next one. Else the month of the clock is the only right key.
    """
    key, clock = row["key_month"], row["clock_month"]
    if key is None:
        return _Cause("with a null key", _REPAIR, repairs.repair_or_decide(guard), _MEANS_WRONG)
    wrong = covers(parts, key) if guard.reference else key != clock
    if wrong:
        of = f" though they are of {clock:%B %Y}" if clock and key != clock else ""
        cause = f"with the key of {key:%B %Y}{of}"
        return _Cause(cause, _REPAIR, repairs.repair_or_decide(guard), _MEANS_WRONG)
    cause = f"of {key:%B %Y}, which has no partition"
    if not _FIRST_YEAR <= key.year < _LAST_YEAR:
        return _Cause(cause, _DECIDE, repairs.show_default_rows(guard, default), _MEANS_RIGHT)
    return _Cause(cause, _MOVE, moving.move_default_rows(guard, key, default), _MEANS_RIGHT)
