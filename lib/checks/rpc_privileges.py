"""Who may call the RPCs, and with whose rights do they run?"""

from __future__ import annotations

from lib.checks.check import Check, Group, Place
from lib.checks.rpc_calls import DRIFT_RPC, TRIGGERS_RPC, noun_of
from lib.core.context import Context
from lib.core.findings import critical, holds, note, warning
from lib.core.guards import Guard
from lib.core.remedies import Remedies, statements
from lib.core.results import CheckResult, Finding, Row
from lib.db.database import Session
from lib.remedies import locks
from lib.remedies.remedies import PARTITIONS_FILE, RPC_FILE, run_file

MAINTENANCE_RPC = "create_next_month_partitions"
RPCS = (TRIGGERS_RPC, DRIFT_RPC, MAINTENANCE_RPC)

_MEANS = (
    "Whoever holds the public key of the site can call it, and have tables made or rows written."
)


def run(session: Session, context: Context) -> CheckResult:
    """Is each RPC closed to strangers, SECURITY DEFINER, and with a search_path of its own?

    That one is missing is said by `rpc_answers` and `maintenance`.
    """
    guards = [guard.function for guard in context.guards if guard.schema == "public"]
    rows = session.rows("checks/rpc_privileges", names=[*RPCS, *guards])
    hooks = [
        finding
        for guard in context.guards
        for row in rows
        if row["guard"] and row["name"] == guard.function
        for finding in _judge_guard(guard, row)
    ]
    rows = tuple(row for row in rows if not row["guard"])
    findings = (*(finding for row in rows for finding in judge_rights(row)), *hooks)
    nothing = note("RPCs", "none_there", "", "no RPC exists, so nobody can call one")
    closed = sum(not row["exposed_to"] for row in rows)
    summary = f"{closed} of {len(rows)} RPCs are closed to strangers"
    if hooks and closed == len(rows):
        summary = hooks[0].detail
    return CheckResult(CHECK.name, findings or (nothing,), summary)


def _judge_guard(guard: Guard, row: Row) -> list[Finding]:
    """May strangers hang a guard's function on a table of their own? A trigger needs no right."""
    if not row["exposed_to"]:
        return []
    name = f"public.{row['name']}()"
    detail = f"the guard {name} may be executed by {', '.join(row['exposed_to'])}"
    means = "They can hang it on a table of their own, where it runs with its owner's rights."
    headline = f"the {guard.noun} guard's function is open to strangers"
    return [warning(name, "open", headline, detail, _closing(row), means)]


def _closing(row: Row, anew_in: str = "") -> Remedies:
    signature, who = row["signature"], ", ".join(row["exposed_to"])
    strangers = ", ".join(["public", *(role for role in row["exposed_to"] if role != "PUBLIC")])
    return statements(
        f"revoke all on function {signature} from {strangers};",
        lock=locks.NONE,
        undo=f"grant execute on function {signature} to {who};",
        anew_in=anew_in,
    )


def judge_rights(row: Row) -> list[Finding]:
    """What is the matter with one RPC's rights?"""
    name = f"public.{row['name']}()"
    noun, file = noun_of(name), RPC_FILE
    if row["name"] == MAINTENANCE_RPC:
        noun, file = "the partition maintenance routine", PARTITIONS_FILE
    findings = []
    if row["exposed_to"]:
        detail = f"{name} may be executed by {', '.join(row['exposed_to'])}"
        remedy = _closing(row, file)
        findings.append(
            critical(name, "open", f"{noun} is open to strangers", detail, remedy, _MEANS)
        )
    # Never by ALTER FUNCTION: an older text may well need the path that it has.
    remedy = run_file(file, "the reviewed text")
    if not row["definer"]:
        detail = f"{name} is no longer SECURITY DEFINER: it sees what its caller may see"
        headline = f"{noun} is not SECURITY DEFINER"
        findings.append(warning(name, "not_definer", headline, detail, remedy))
    if not row["safe_path"]:
        detail = f"{name} has no safe search_path of its own: others decide what its names mean"
        headline = f"{noun} has no safe search_path"
        findings.append(warning(name, "path_unsafe", headline, detail, remedy))
    detail = f"{name} is closed to strangers and runs with its owner's rights"
    return findings or [holds(name, detail)]


CHECK = Check(
    name="rpc_privileges",
    run=run,
    by_hand=lambda *_: [("checks/rpc_privileges", {}, {"names": [*RPCS]})],
    places=(Place(Group.TRIGGERS, "RPC rights", 7),),
    steps=("rpc-says-false", "open-to-strangers", "rpcs-answer-true", "restore-rpcs"),
    cause="Default privileges gave new functions to anon and authenticated.",
    reads=(r"\(\) may be executed by",),
    means="What it answers depends on who calls it.",
)
