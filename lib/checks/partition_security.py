"""Is every table and every partition closed to strangers: row level security, rights, policies?"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import groupby
from typing import Any

from lib.checks import policies
from lib.checks.check import Check, Group, Place
from lib.core.context import Context
from lib.core.findings import holds, judged, warning
from lib.core.guards import Guard
from lib.core.remedies import Remedies, by_hand, shown, statements
from lib.core.results import CheckResult, Finding, Row, Status
from lib.core.words import number, plural, strangers_word, unqualified
from lib.db.database import Session
from lib.remedies import locks, remedies

HISTORY_TABLE = "watchtower_checks"

_FEW = 3  # partitions that are named each by itself
_MEANS_OPEN = "Whoever holds the public key of the site can read or write these rows."
_MEANS_SIGNED_IN = "Every user who is signed in can read or write these rows, whoever they are of."
_MEANS_AJAR = "One grant, or one default privilege, opens it to whoever holds the public key."


def run(session: Session, context: Context) -> CheckResult:
    """Does row level security guard each table, each partition and the history from strangers?

    A partition does not inherit it, and default privileges may have opened it to `anon`. A policy
    that is true for every row undoes it, unless it was accepted. Each relation is judged by its
    own rights and policies: they are what counts where it is named.
    """
    rows = observe(session, context.guards)
    known = policies.read(session, rows, CHECK)
    findings = []
    for _, group in groupby(rows, key=lambda row: row["table_name"]):
        findings += _judge_group(list(group), known)
    closed = sum(row["row_security"] for row in rows)
    summary = f"{number(closed)} of {number(len(rows))} relations have row level security"
    open_ = sum(any(not known.acceptance(p) for p in known.opened(r["relation"])) for r in rows)
    if open_:
        summary += f"; {number(open_)} {'is' if open_ == 1 else 'are'} open by a policy"
    return CheckResult(CHECK.name, tuple(findings), summary)


def observe(session: Session, guards: Sequence[Guard]) -> tuple[Row, ...]:
    """The rights and policies of each relation, as sql/checks/partition_security.sql has them."""
    return session.rows("checks/partition_security", **_values(guards))


def _values(guards: Sequence[Guard]) -> dict[str, Any]:
    return {
        "schemas": [*(guard.schema for guard in guards), "public"],
        "tables": [*(guard.table for guard in guards), HISTORY_TABLE],
    }


def _judge_group(rows: list[Row], known: policies.Known) -> list[Finding]:
    """What holds for one table and its partitions? Many partitions alike are one finding."""
    table = rows[0]
    bad = [_open_relation(table)] if _is_open(table) else []
    alike: dict[tuple[str, ...], list[Row]] = {}
    for row in rows[1:]:
        if _is_open(row):
            alike.setdefault(tuple(row["exposed_to"]), []).append(row)
    for group in alike.values():
        bad += [_open_many(table, group)] if len(group) > _FEW else map(_open_relation, group)
    return (bad or [_closed(rows)]) + policies.judge(rows, known)


def _closed(rows: list[Row]) -> Finding:
    table = rows[0]
    if not table["row_security"]:
        detail = f"{table['relation']} has no row level security; no anon and no authenticated here"
    elif len(rows) == 1:
        detail = f"{table['relation']} has row level security"
    else:
        detail = (
            f"{table['relation']} and {plural(len(rows) - 1, 'partition')} have row level security"
        )
    return holds(table["relation"], detail)


def _is_open(row: Row) -> bool:
    """Is it open to strangers, or one grant away from it? Without row level security."""
    one_grant_away = row["strangers"] if row["depth"] == 0 else row["parent_row_security"]
    return bool(not row["row_security"] and (row["exposed_to"] or one_grant_away))


def _exposed(
    relation: str, what: str, strangers: list[str], detail: str, remedy: Remedies
) -> Finding:
    """Open to strangers; to those alone who have signed in, it is a warning."""
    signed_in = strangers == ["authenticated"]
    return judged(
        Status.WARNING if signed_in else Status.CRITICAL,
        relation,
        "open_to_strangers",
        f"{what} open to {strangers_word(strangers)}",
        detail,
        remedy,
        _MEANS_SIGNED_IN if signed_in else _MEANS_OPEN,
    )


def _ajar(relation: str, what: str, detail: str, remedy: Remedies) -> Finding:
    """Closed to strangers, and not by row level security."""
    headline = f"{what} no row level security"
    return warning(relation, "row_security_off", headline, detail, remedy, _MEANS_AJAR)


def _open_relation(row: Row) -> Finding:
    relation, short = row["relation"], unqualified(row["relation"])
    words, opened = f"{relation} has no row level security", ", ".join(row["exposed_to"])
    remedy = remedies.secure_relations([relation], opened)
    if row.get("foreign_table"):  # which cannot have any
        remedy = statements(remedies.close(relation), lock=locks.NONE)
    if row["exposed_to"]:
        detail = f"{words} and is open to {opened}"
        if row["depth"] == 0 and row["served"]:
            remedy = remedies.leave_to_policies(relation, row["locked_out"], opened)
        elif row["depth"] == 0 and row["locked_out"]:
            remedy = remedies.close_relation(relation, row["locked_out"])
        return _exposed(relation, f"{short} is", row["exposed_to"], detail, remedy)
    if row["depth"]:
        return _ajar(relation, f"{short} has", f"{words}, unlike its table", remedy)
    first = "first a policy for every role that reads or writes it, then"
    remedy = by_hand(first, shown(remedy), lock=remedy[0].lock)
    detail = f"{words}; no stranger holds a grant on it"
    return _ajar(relation, f"{short} has", detail, remedy)


def _open_many(table: Row, rows: list[Row]) -> Finding:
    """The same of many partitions."""
    names, strangers = [row["relation"] for row in rows], rows[0]["exposed_to"]
    how = f" and are open to {', '.join(strangers)}" if strangers else ", unlike it"
    words = f"{number(len(rows))} partitions of {table['relation']} have no row level security{how}"
    detail = f"{words}: {', '.join(names[:_FEW])} and {number(len(names) - _FEW)} more"
    remedy = remedies.secure_relations(names, ", ".join(strangers))
    relation = table["relation"]
    short = f"{number(len(rows))} partitions of {unqualified(relation)}"
    if strangers:
        return _exposed(relation, f"{short} are", strangers, detail, remedy)
    return _ajar(relation, f"{short} have", detail, remedy)


CHECK = Check(
    name="partition_security",
    run=run,
    by_hand=lambda context, _: [("checks/partition_security", {}, _values(context.guards))],
    places=(Place(Group.PARTITIONS, "row level security", 2),),
    steps=("open-to-strangers", "strangers-stay-out", "close-partitions", "undo-rights"),
    cause="A partition made later has no row level security by itself.",
    reads=("has no row level security", r"the policy [^\n]{1,300} shows every row of \S{1,200}"),
)
