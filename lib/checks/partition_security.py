"""Is every table and every partition closed to strangers: row level security, rights, policies?"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import groupby
from typing import Any

from lib.checks import policies
from lib.checks.check import Check, Group, Place
from lib.core.context import Context
from lib.core.findings import alike, critical, holds, warning
from lib.core.guards import Guard
from lib.core.remedies import by_hand, shown, statements
from lib.core.results import CheckResult, Finding, Row
from lib.core.words import FEW, few, number, plural, strangers_word, together
from lib.db.database import Session
from lib.remedies import locks, remedies

HISTORY_TABLE = "watchtower_checks"

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
    opened = [[p for p in known.opened(row["relation"]) if p.deed == "read"] for row in rows]
    open_ = sum(any(not known.acceptance(policy) for policy in own) for own in opened)
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
    bad = [_open(table, [table])] if _is_open(table) else []
    opened = filter(_is_open, rows[1:])
    for group in alike(opened, lambda row: (row["foreign_table"], *row["exposed_to"])):
        each = [group] if len(group) > FEW else [[row] for row in group]
        bad += [_open(table, own) for own in each]
    return (bad or [_closed(rows)]) + policies.judge(rows, known)


def _closed(rows: list[Row]) -> Finding:
    table, partitions = rows[0]["relation"], rows[1:]
    detail = f"{table} has row level security"
    if not rows[0]["row_security"]:
        detail = f"{table} has no row level security; no anon and no authenticated here"
    elif partitions:
        detail = f"{table} and {plural(len(partitions), 'partition')} have row level security"
    return holds(table, detail)


def _is_open(row: Row) -> bool:
    """Is it open to strangers, or one grant away from it? Without row level security."""
    one_grant_away = row["strangers"] if row["depth"] == 0 else row["parent_row_security"]
    return bool(not row["row_security"] and (row["exposed_to"] or one_grant_away))


def _open(table: Row, rows: list[Row]) -> Finding:
    """Open to strangers, or a grant away from it: a relation, or many partitions alike."""
    row, names, strangers = rows[0], [row["relation"] for row in rows], rows[0]["exposed_to"]
    relation, whose, short = together(names, table["relation"], "partition")
    opened, named, (are, have, its) = ", ".join(strangers), "", ("is", "has", "its")
    if names[1:]:
        named, (are, have, its) = f": {few(names)}", ("are", "have", "their")
    remedy = remedies.secure_relations(names, opened)
    how = f" and {are} open to {opened}" if opened else f", unlike {its} table"
    if row["foreign_table"]:  # which cannot have any
        remedy = statements("\n".join(map(remedies.close, names)), lock=locks.NONE)
    if opened and row is table and row["served"]:
        remedy = remedies.leave_to_policies(relation, row["locked_out"], opened)
    elif opened and row is table and row["locked_out"]:
        remedy = remedies.close_relation(relation, row["locked_out"])
    elif row is table and not opened:
        how = "; no stranger holds a grant on it"
        first = "first a policy for every role that reads or writes it, then switch it on"
        remedy = by_hand(first, shown(remedy), lock=remedy[0].lock)
    detail = f"{whose} {have} no row level security{how}{named}"
    if not strangers:
        headline = f"{short} {have} no row level security"
        return warning(relation, "row_security_off", headline, detail, remedy, _MEANS_AJAR)
    headline = f"{short} {are} open to {strangers_word(strangers)}"
    judge, means = critical, _MEANS_OPEN
    if strangers == ["authenticated"]:
        judge, means = warning, _MEANS_SIGNED_IN
    return judge(relation, "open_to_strangers", headline, detail, remedy, means)


CHECK = Check(
    name="partition_security",
    run=run,
    by_hand=lambda context, _: [("checks/partition_security", {}, _values(context.guards))],
    places=(Place(Group.PARTITIONS, "row level security", 2),),
    steps=("open-to-strangers", "strangers-stay-out", "close-partitions", "undo-rights"),
    cause="A partition made later has no row level security by itself.",
    reads=("has no row level security", r"the policy [^\n]{1,300} shows every row of \S{1,200}"),
)
