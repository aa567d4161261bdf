"""How are cases tried on a temporary table, and rows of the parent found to try them with?"""

from __future__ import annotations

import json
from collections.abc import Iterable
from datetime import datetime

from lib.core.guards import Guard
from lib.db.database import Session
from lib.db.sql import Expression, quoted
from lib.trials.probe import UNSENT, Case, Sample, Trial, batches, judge
from lib.trials.writers import WORDS, in_document


def sample(session: Session, guard: Guard, now: datetime, columns: Iterable[str]) -> list[Sample]:
    """Up to three real rows of the parent, with these further columns. Raises: QueryFailed."""
    reference = guard.reference
    if reference is None:
        return []
    parts = guard.parts
    names = {
        "parent_schema": guard.schema,
        "parent": reference.table,
        "parent_id": reference.id,
        "parent_key": reference.key,
        "key_text": Expression(guard.keys.text("s.key")),
        "own_text": Expression(guard.keys.text(f"o.{quoted(reference.key)}")),
        "column_text": Expression(guard.keys.text(f"p.{quoted(reference.key)}")),
        "low": Expression(parts.key("day.low")),
        "high": Expression(parts.key("day.high")),
        "step": Expression(f"interval '{parts.step}'"),
    }
    with session.reading() as transaction:
        rows = transaction.rows("probe/sample", names, month=parts.at(now))
        three = [rows[min(place, len(rows) - 1)] for place in range(3)] if rows else []
        asked = {f"{name}{n}": row[name] for n, row in enumerate(three) for name in ("id", "month")}
        more: dict[tuple[str, str], dict[str, str | None]] = {}
        for column in columns if rows else ():
            found = transaction.rows("probe/sample_column", {**names, "column": column}, **asked)
            for row in found:
                more.setdefault((row["id"], row["month"]), {})[column] = row["value"]
    return [
        Sample(
            row["id"], row["month"], tuple(row["months"]), more.get((row["id"], row["month"]), {})
        )
        for row in rows
    ]


def attempt(
    session: Session,
    guard: Guard,
    wanted: list[Case],
    relation: int | None = None,
    only: list[str] | None = None,
    *,
    writes: bool = False,
) -> tuple[Trial, ...]:
    """Tries every case with the guard's function; with all triggers of `relation` if it is named,
    or with `only` those of these names. Those that nobody could have sent are left out.

    Nothing else can be written but where the text is known to do no harm by its `writes`, and all
    is rolled back. Raises: QueryFailed.
    """
    own = {case.fill: case.word for case in wanted if case.word}
    plan = {
        "schema": guard.schema,
        "table": guard.table,
        "trigger": guard.trigger,
        "function": guard.function,
        "key": guard.key,
        "key_text": guard.keys.text(f"s.{quoted(guard.key)}"),
        "clock": guard.clock,
        "reference": guard.reference.column if guard.reference else None,
        "relation": relation,
        "only": only,
        "writes": writes,
        "batches": batches(wanted, alone=writes),
        "words": [
            *WORDS,
            *(
                {"fill": fill, "text": text, "json": in_document(text, own.values())}
                for fill, text in own.items()
            ),
        ],
    }
    with session.probing() as transaction:
        answers = transaction.rows("probe/attempt", plan=json.dumps(plan))[0]["answers"]
    trials = [
        judge(guard, case, answers[place] if place < len(answers) else None)
        for place, case in enumerate(wanted)
    ]
    return tuple(trial for trial in trials if trial.state != UNSENT)
