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
from lib.core.remedies import Remedies, by_hand, shown, statements
from lib.core.results import CheckResult, Finding, Row
from lib.core.words import FEW, few, number, plural, strangers_word, unqualified
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
    bad = [_open_relation(table)] if _is_open(table) else []
    for group in alike(filter(_is_open, rows[1:]), lambda row: tuple(row["exposed_to"])):
        bad += [_open_many(table, group)] if len(group) > FEW else map(_open_relation, group)
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


def _exposed(
    relation: str, are: str, have: str, strangers: list[str], detail: str, remedy: Remedies
) -> Finding:
    """Open to strangers, or a grant away from it; to those who have signed in, it is a warning."""
    if not strangers:
        headline = f"{have} no row level security"
        return warning(relation, "row_security_off", headline, detail, remedy, _MEANS_AJAR)
    headline = f"{are} open to {strangers_word(strangers)}"
    judge, means = critical, _MEANS_OPEN
    if strangers == ["authenticated"]:
        judge, means = warning, _MEANS_SIGNED_IN
    return judge(relation, "open_to_strangers", headline, detail, remedy, means)


def _open_relation(row: Row) -> Finding:
    relation, opened, whole = row["relation"], ", ".join(row["exposed_to"]), row["depth"] == 0
    remedy = remedies.secure_relations([relation], opened)
    if row.get("foreign_table"):  # which cannot have any
        remedy = statements(remedies.close(relation), lock=locks.NONE)
    how = f" and is open to {opened}" if opened else ", unlike its table"
    if opened and whole and row["served"]:
        remedy = remedies.leave_to_policies(relation, row["locked_out"], opened)
    elif opened and whole and row["locked_out"]:
        remedy = remedies.close_relation(relation, row["locked_out"])
    elif whole and not opened:
        how = "; no stranger holds a grant on it"
        first = "first a policy for every role that reads or writes it, then"
        remedy = by_hand(first, shown(remedy), lock=remedy[0].lock)
    detail, short = f"{relation} has no row level security{how}", unqualified(relation)
    return _exposed(relation, f"{short} is", f"{short} has", row["exposed_to"], detail, remedy)


def _open_many(table: Row, rows: list[Row]) -> Finding:
    """The same of many partitions."""
    relation, names = table["relation"], [row["relation"] for row in rows]
    strangers, many = rows[0]["exposed_to"], f"{number(len(rows))} partitions of"
    how = f" and are open to {', '.join(strangers)}" if strangers else ", unlike it"
    detail = f"{many} {relation} have no row level security{how}: {few(names)}"
    remedy = remedies.secure_relations(names, ", ".join(strangers))
    short = f"{many} {unqualified(relation)}"
    return _exposed(relation, f"{short} are", f"{short} have", strangers, detail, remedy)


CHECK = Check(
    name="partition_security",
    run=run,
    by_hand=lambda context, _: [("checks/partition_security", {}, _values(context.guards))],
    places=(Place(Group.PARTITIONS, "row level security", 2),),
    steps=("open-to-strangers", "strangers-stay-out", "close-partitions", "undo-rights"),
    cause="A partition made later has no row level security by itself.",
    reads=("has no row level security", r"the policy [^\n]{1,300} shows every row of \S{1,200}"),
)
