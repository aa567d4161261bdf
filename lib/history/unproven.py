"""What speaks against adopting a function's text, by what a verification found of it? Pure.

Of a guard that believes the writer nothing does: its rows are judged, not its text. Nor of what is
called, or runs elsewhere: no verification tries that by itself.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from lib.checks import (
    guard_behaviour,
    guard_functions,
    maintenance,
    rpc_answers,
    rpc_privileges,
    trigger_order,
)
from lib.checks.outside_texts import FUNCTION, TRIGGER
from lib.checks.rpc_calls import DRIFT_RPC, MAINTENANCE_RPC, MONTH_RPC, TRIGGERS_RPC
from lib.core.guards import Guard
from lib.core.results import Finding, Report, Status
from lib.trials.obstacles import name_of

Name = tuple[str, str]  # schema and name, as the catalogs have them
_OF_ITS_TIME = (rpc_answers.UNTRUE, rpc_answers.NOT_ASKED)  # an RPC that is right to say no


@dataclass(frozen=True)
class Doubt:
    """Why can this text not be taken as it is? It behaves wrongly, or nothing has proven it."""

    wrong: bool
    why: str


def doubts(report: Report, guards: tuple[Guard, ...]) -> Mapping[Name, Doubt]:
    """What speaks against each function of which a verification has to prove something?

    `report` is of a verification that went by no adopted text.
    """
    found: dict[Name, Doubt] = {}
    for row in trigger_order.CHECK.of(report).tables.get("functions", ()):
        said: Finding = row["finding"]
        if said.status >= Status.UNKNOWN or said.code == TRIGGER:
            wrong = said.status is Status.CRITICAL
            found[row["schema"], row["name"]] = Doubt(wrong, said.detail)
    for guard in (guard for guard in guards if guard.sets == "always"):
        if doubt := _of_guard(report, name_of(guard)):
            found[guard.schema, guard.function] = doubt
    for rpc in (TRIGGERS_RPC, DRIFT_RPC, MONTH_RPC):
        if doubt := _of_rpc(report, f"public.{rpc}()"):
            found["public", rpc] = doubt
    if doubt := _of_routine(report, f"public.{MAINTENANCE_RPC}()"):
        found["public", MAINTENANCE_RPC] = doubt
    return found


def _of_guard(report: Report, name: str) -> Doubt | None:
    checks = (guard_behaviour.CHECK, guard_functions.CHECK)
    said = [f for check in checks for f in check.of(report).findings if f.subject == name]
    verdicts = guard_behaviour.CHECK.of(report).tables.get("verdicts", ())
    behaves = next((row["behaves"] for row in verdicts if row["function"] == name), None)
    for each in said:
        if each.status is Status.CRITICAL:
            return Doubt(wrong=True, why=each.detail)
    for each in said:
        if each.status is Status.UNKNOWN or each.code == FUNCTION:
            return Doubt(wrong=False, why=each.detail)
    if behaves or any(each.code == "reviewed_text" for each in said):
        return None
    return Doubt(wrong=False, why=said[0].detail if said else f"{name} was not tried")


def _of_rpc(report: Report, name: str) -> Doubt | None:
    checks = (rpc_answers.CHECK, rpc_privileges.CHECK)
    said = [f for check in checks for f in check.of(report).failing() if f.subject == name]
    if not said:
        return None
    worst = max(said, key=lambda each: each.status)
    wrong = worst.status is Status.CRITICAL and worst.code not in _OF_ITS_TIME
    return Doubt(wrong, worst.detail)


def _of_routine(report: Report, name: str) -> Doubt | None:
    proven = maintenance.CHECK.of(report).tables.get("proven", ())
    if any(row["function"] == name for row in proven):
        return None
    return Doubt(wrong=False, why="no run of its job is known that made a month with this text")
