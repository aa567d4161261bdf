"""What is a symptom, and how are the names in it said?"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date

from lib.checks.rpc_calls import DRIFT_RPC, TRIGGERS_RPC
from lib.checks.rpc_privileges import MAINTENANCE_RPC
from lib.core.guards import GUARDS, Guard

_LONGEST_NAME = 80
_MONTHS = re.compile(r"(\d{4})-(\d\d)(?:-(\d\d))?")
_PARTITION = re.compile(r"_(\d{4})_(\d\d)$")


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


def named(text: str) -> str:
    """A name out of the text, of a length that can be shown: no quotes, no `public.`."""
    name = text.strip().strip("\"'").removeprefix("public.").replace('"', "")
    return name if len(name) <= _LONGEST_NAME else f"{name[:_LONGEST_NAME]}…"


def month_of(value: str) -> str:
    """2027-03-01 → March 2027; empty where it is no date."""
    found = _MONTHS.search(value)
    try:
        return f"{date(int(found[1]), int(found[2]), 1):%B %Y}" if found else ""
    except ValueError:
        return ""


def odd_day(value: str) -> bool:
    """Is it a date that is not the first of a month?"""
    found = _MONTHS.search(value)
    return bool(found and found[3] and found[3] != "01")


def guard_of(relation: str) -> Guard | None:
    """Which guarded table is this, or is it a partition of, by its name?"""
    name = named(relation).rpartition(".")[2]
    return next(
        (
            g
            for g in GUARDS
            if name == g.table or (g.partitioned and name.startswith(f"{g.table}_"))
        ),
        None,
    )


def month_in_name(relation: str) -> str:
    """events_2027_03 → March 2027; empty for another name."""
    found = _PARTITION.search(named(relation))
    return month_of(f"{found[1]}-{found[2]}") if found else ""


def home(function: str) -> tuple[str, str, str]:
    """What is this function, which check asks for it, and which step brings it back?"""
    name = function.rpartition(".")[2]
    if name in (TRIGGERS_RPC, DRIFT_RPC, "watchtower_guards", "watchtower_drift_answer"):
        return "one of the RPCs", "rpc_answers", "restore-rpcs"
    if name in [guard.function for guard in GUARDS] or name == "watchtower_guard_fires":
        return "part of a drift guard", "guard_functions", "restore-functions"
    if name == MAINTENANCE_RPC or name.startswith(("watchtower_ma", "watchtower_month")):
        return "part of the partition maintenance", "maintenance", "schedule-maintenance"
    return "", "", ""
