"""Does any id stand in two months at once?"""

from __future__ import annotations

from lib.checks import row_visibility
from lib.checks.check import Check, Group, Place
from lib.checks.parameters import names, of_rows
from lib.core.context import Context
from lib.core.guards import Guard
from lib.core.remedies import decision
from lib.core.results import CheckResult, Finding, Row, Status
from lib.core.words import number, plural, rows_word, since_words, span_words
from lib.db.database import Session
from lib.db.sql import quoted
from lib.remedies.unobserved import each

_MEANS = "Whatever joins by the id alone counts these twice; the guard cannot know which is meant."


def run(session: Session, context: Context) -> CheckResult:
    """Which recent ids are found in another month as well?

    The recent rows are compared with each other, and the newest of them with all of history.
    Tables: `duplicates` (table, id), up to five ids a table.
    """
    own = [guard for guard in context.guards if guard.reference is None]
    duplicates: list[Row] = []
    compared: list[Row] = []

    def look(guard: Guard) -> list[Finding]:
        (row,) = session.rows(
            "checks/duplicate_ids",
            names(guard),
            since=context.since,
        )
        compared.append(row)
        duplicates.extend({"table": guard.table, "id": sample} for sample in row["samples"] or ())
        return [_judge(guard, row, context)]

    findings = each(own, look)
    bad = [finding for finding in findings if finding.status is not Status.OK]
    recent, newest = (sum(row[each] for row in compared) for each in ("rows", "compared"))
    words = (
        f"No id stands in two months among {rows_word(recent)} of late, "
        f"nor do the newest {number(newest)} in any other month"
    )
    summary = bad[0].detail if bad else words
    tables = {"duplicates": tuple(duplicates)}
    return CheckResult(CHECK.name, findings, summary, tables)


def _judge(guard: Guard, row: Row, context: Context) -> Finding:
    if row["ids"]:
        count = plural(row["ids"], "id")
        samples = ", ".join(map(str, row["samples"]))
        detail = (
            f"{count} of {guard.relation} stand in more than one month, {samples}"
            f" for one; the recent rows are of {span_words(row['first_seen'], row['last_seen'])}"
        )
        remedy = decision(
            "which of these rows stays?",
            f"select * from {quoted(guard.schema)}.{quoted(guard.table)}\n"
            f"where {quoted(guard.id)}::text = '{row['samples'][0]}';",
        )
        stand = "stands" if row["ids"] == 1 else "stand"
        return Finding(
            guard.relation,
            Status.WARNING,
            detail,
            remedy,
            _MEANS,
            code="id_repeated",
            headline=f"{count} of {guard.table} {stand} in more than one month",
        )
    if hidden := row_visibility.hidden(context, guard):
        return row_visibility.unseen(guard, hidden)
    detail = (
        f"no id stands in two months among {rows_word(row['rows'])} of {guard.relation} "
        f"{since_words(context.since, context.now)}, and of the newest {number(row['compared'])} "
        "none stands in any other month"
    )
    return Finding(guard.relation, Status.OK, detail, code="holds")


CHECK = Check(
    name="duplicate_ids",
    run=run,
    by_hand=of_rows("duplicate_ids", own=True),
    places=(Place(Group.KEYS, "ids in two months", 5),),
    steps=("counts-doubled", "keys-are-right", "repair-keys"),
    cause="The same id was sent in two months, which the primary key allows.",
    reads=("stand in more than one month",),
    formerly=("duplicate_session_ids",),
    follows=True,
)
