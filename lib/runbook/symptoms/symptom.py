"""What is a symptom, and what follows from the names that were caught in a message?"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

from lib.checks import guard_functions, maintenance, rpc_answers
from lib.checks.rpc_calls import DRIFT_RPC, MAINTENANCE_RPC, TRIGGERS_RPC
from lib.core.declaration import declared
from lib.core.guards import Guard

_LONGEST_NAME = 80


@dataclass(frozen=True)
class InState:
    """The cause and the step where it is known how the guard stands."""

    cause: str
    step: str


@dataclass(frozen=True)
class Symptom:
    """What a pasted text says.

    `sign` is what was recognised, `what` that in plain words, `cause` the likely one in this
    system. `check` looks at it (empty where none does), and `step` of the runbook goes on from it.
    Where it depends on the guard of `table`, `cause` says both, and `firing` and `down` what holds
    where a reading tells how that stands.
    """

    sign: str
    what: str
    cause: str
    check: str
    step: str
    table: str = ""
    firing: InState | None = None
    down: InState | None = None


def facts(raw: Mapping[str, str | None]) -> dict[str, str]:
    """What was caught, and what follows from it? Empty where it does not hold."""
    said = {key: named(value or "") for key, value in raw.items()}
    relation, column = said.get("relation", ""), said.get("column", "")
    values, columns = _parts(raw.get("values")), _parts(raw.get("keys"))
    value = said.get("value") or "".join(values[1:2])
    guard, month = guard_of(relation), month_of(value)
    owner = guard or next((each for each in declared() if each.key == column), None)
    keyed = owner is not None and column == owner.key
    name_month = month_in_name(said.get("partition") or relation)
    home, check, step = _home(said.get("function") or said.get("name", ""))
    return {
        "relation": "", "column": "", "function": "", **said,
        "month": month,
        "odd_day": value if value[7:8] == "-" and value[8:10] not in ("", "01") else "",
        "of_month": f" of {month}" if month else "",
        "id": "".join(values[:1]),
        "the_session": f"the session {values[0]}" if values else "its session",
        "first_column": "".join(columns[:1]),
        "name_month": name_month,
        "for_month": f" for {name_month}" if name_month else "",
        "guard": guard.table if guard else "",
        "required": guard.table if guard and not guard.optional else "",
        "itself": relation if guard and relation.rpartition(".")[2] == guard.table else "",
        "keyed_table": relation or owner.table if owner and keyed else "",
        "where": f"{relation}.{column}" if relation else column,
        "guards": "yes" if said.get("trigger") in [each.trigger for each in declared()] else "",
        "home": home,
        "home_check": check or rpc_answers.CHECK.name,
        "home_step": step or "restore-rpcs",
        "for_callers": "yes" if check not in ("", guard_functions.CHECK.name) else "",
    }  # fmt: skip


def named(text: str) -> str:
    """A name out of the text, of a length that can be shown: no quotes, no `public.`."""
    name = text.strip().strip("\"'").removeprefix("public.").replace('"', "")
    return name if len(name) <= _LONGEST_NAME else f"{name[:_LONGEST_NAME]}…"


def _parts(text: str | None) -> list[str]:
    return [named(part) for part in text.split(",")] if text else []


def month_of(value: str) -> str:
    """2027-03-01 → March 2027; empty where it is no date."""
    year, month = value[:4], value[5:7]
    try:
        return f"{date(int(year), int(month), 1):%B %Y}" if value[4:5] == "-" else ""
    except ValueError:
        return ""


def month_in_name(relation: str) -> str:
    """events_2027_03 → March 2027; empty for another name."""
    month = relation[-7:].replace("_", "-")
    return month_of(month) if relation[-8:-7] == "_" and relation[-3:-2] == "_" else ""


def guard_of(relation: str) -> Guard | None:
    """Which guarded table is this, or is it a partition of, by its name?"""
    name = named(relation).rpartition(".")[2]
    return next(
        (
            g
            for g in declared()
            if name == g.table or (g.partitioned and name.startswith(f"{g.table}_"))
        ),
        None,
    )


def _home(function: str) -> tuple[str, str, str]:
    """What is this function, which check asks for it, and which step brings it back?"""
    name = function.rpartition(".")[2]
    if name in (TRIGGERS_RPC, DRIFT_RPC, "watchtower_guards", "watchtower_drift_answer"):
        return "one of the RPCs", rpc_answers.CHECK.name, "restore-rpcs"
    if name in [guard.function for guard in declared()] or name == "watchtower_guard_fires":
        return "part of a drift guard", guard_functions.CHECK.name, "restore-functions"
    if name == MAINTENANCE_RPC or name.startswith(("watchtower_ma", "watchtower_month")):
        return "part of the partition maintenance", maintenance.CHECK.name, "schedule-maintenance"
    return "", "", ""
