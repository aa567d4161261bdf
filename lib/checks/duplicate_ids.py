"""Does any id stand in two months at once?"""

from __future__ import annotations

from lib.checks import row_visibility
from lib.checks.check import Check, Group, Place
from lib.checks.parameters import names, of_rows
from lib.core.context import Context
from lib.core.findings import holds, warning
from lib.core.guards import Guard
from lib.core.remedies import decision
from lib.core.results import CheckResult, Finding, Row
from lib.core.words import agree, number, plural, rows_word, sentence, since_words, span_words
from lib.db.database import Session
from lib.db.sql import quoted
from lib.remedies.unobserved import each

_MEANS = "Whatever joins by the id alone counts these twice; the guard cannot know which is meant."


def run(session: Session, context: Context) -> CheckResult:
    """Which recent ids are found in another month as well?

    The recent rows are compared with each other, and the newest of them with all of history.
    """
    own = [guard for guard in context.guards if guard.reference is None]

    def look(guard: Guard) -> list[Finding]:
        (row,) = session.rows("checks/duplicate_ids", names(guard), since=context.since)
        return [_judge(guard, row, context)]

    findings = each(own, look)
    first = max(findings, key=lambda finding: finding.status, default=None)
    return CheckResult(CHECK.name, findings, sentence(first.detail) if first else "")


def _judge(guard: Guard, row: Row, context: Context) -> Finding:
    name, count = guard.relation, plural(row["ids"], "id")
    stand = agree(row["ids"], "stand in more than one month")
    if row["ids"]:
        when, samples = span_words(row["first_seen"], row["last_seen"]), row["samples"]
        detail = (
            f"{count} of {name} {stand}, {', '.join(samples)} for one; "
            f"the recent rows are of {when}"
        )
        remedy = decision(
            "which of these rows stays?",
            f"select * from {quoted(guard.schema)}.{quoted(guard.table)}\n"
            f"where {quoted(guard.id)}::text = '{samples[0]}';",
        )
        headline = f"{count} of {guard.table} {stand}"
        return warning(name, "id_repeated", headline, detail, remedy, _MEANS)
    if blind := row_visibility.unseen(context, guard):
        return blind
    when, newest = since_words(context.since, context.now), number(row["compared"])
    detail = (
        f"no id stands in two months among {rows_word(row['rows'])} of {name} {when}, and of the "
        f"newest {newest} none stands in any other month"
    )
    return holds(name, detail)


CHECK = Check(
    name="duplicate_ids",
    run=run,
    by_hand=of_rows("duplicate_ids", refers=False),
    places=(Place(Group.KEYS, "ids in two months", 5),),
    steps=("counts-doubled", "keys-are-right", "repair-keys"),
    cause="The same id was sent in two months, which the primary key allows.",
    reads=("stands? in more than one month",),
    formerly=("duplicate_session_ids",),
    follows=True,
)
