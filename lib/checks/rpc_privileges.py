"""Who may call the RPCs, and with whose rights do they run?"""

from __future__ import annotations

from dataclasses import replace

from lib.checks import rpc_texts
from lib.checks.check import Check, Group, Place
from lib.checks.rpc_calls import DRIFT_RPC, MAINTENANCE_RPC, TRIGGERS_RPC, said
from lib.core.context import Context
from lib.core.findings import critical, holds, note, warning
from lib.core.guards import Guard
from lib.core.remedies import Remedies, statements
from lib.core.results import CheckResult, Finding, Row
from lib.db.database import Session
from lib.remedies import locks
from lib.remedies.remedies import PARTITIONS_FILE, RPC_FILE, run_file

RPCS = (TRIGGERS_RPC, DRIFT_RPC, MAINTENANCE_RPC)

_MEANS = (
    "Whoever holds the public key of the site can call it, and have tables made or rows written."
)
_HUNG = "They can hang it on a table of their own, where it runs with its owner's rights."


def run(session: Session, context: Context) -> CheckResult:
    """Is each RPC closed to strangers, SECURITY DEFINER, and with a search_path of its own?

    That one is missing is said by `rpc_answers` and `maintenance`.
    """
    guards = {guard.function: guard for guard in context.guards if guard.schema == "public"}
    rows = session.rows("checks/rpc_privileges", names=[*RPCS, *guards])
    rpcs = [row for row in rows if not row["guard"]]
    hooks = [row for row in rows if row["guard"] and row["name"] in guards and row["exposed_to"]]
    hung = [_open_guard(guards[row["name"]], row) for row in hooks]
    told = [finding for row in rpcs for finding in judge_rights(row)]
    lives = {f"public.{row['name']}()": row["statement"] for row in rpcs}
    right = (_with_text(session, context, each, lives.get(each.subject)) for each in told)
    findings = (*right, *hung)
    nothing = note("RPCs", "none_there", "", "no RPC exists, so nobody can call one")
    closed = sum(not row["exposed_to"] for row in rpcs)
    summary = f"{closed} of {len(rpcs)} RPCs are closed to strangers"
    if hung and closed == len(rpcs):
        summary = hung[0].detail
    return CheckResult(CHECK.name, findings or (nothing,), summary)


def _with_text(
    session: Session, context: Context, finding: Finding, statement: str | None
) -> Finding:
    if finding.code not in rpc_texts.OF_RIGHTS:
        return finding
    rpc = finding.subject.removeprefix("public.").removesuffix("()")
    text = rpc_texts.known(session, context, rpc, statement)
    did = rpc_texts.MADE if rpc == MAINTENANCE_RPC else rpc_texts.ANSWERED
    return replace(finding, remedies=rpc_texts.put_right(text, finding.remedies, did=did))


def _open_guard(guard: Guard, row: Row) -> Finding:
    """Strangers may hang its function on a table of their own: a trigger needs no right."""
    name = f"public.{row['name']}()"
    detail = f"the guard {name} may be executed by {', '.join(row['exposed_to'])}"
    headline = f"the {guard.noun} guard's function is open to strangers"
    return warning(name, "open", headline, detail, _closing(row), _HUNG)


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
    name, findings = f"public.{row['name']}()", list[Finding]()
    file = PARTITIONS_FILE if row["name"] == MAINTENANCE_RPC else RPC_FILE
    if row["exposed_to"]:
        words, close = f"may be executed by {', '.join(row['exposed_to'])}", _closing(row, file)
        findings.append(said(critical, name, "open", "is open to strangers", words, close, _MEANS))
    # Never by ALTER FUNCTION: an older text may well need the path that it has.
    anew = run_file(file, "the reviewed text")
    if not row["definer"]:
        words = "is no longer SECURITY DEFINER: it sees what its caller may see"
        short = "is not SECURITY DEFINER"
        findings.append(said(warning, name, "not_definer", short, words, anew))
    if not row["safe_path"]:
        words = "has no safe search_path of its own: others decide what its names mean"
        findings.append(said(warning, name, "path_unsafe", "has no safe search_path", words, anew))
    calm = f"{name} is closed to strangers and runs with its owner's rights"
    return findings or [holds(name, calm)]


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
