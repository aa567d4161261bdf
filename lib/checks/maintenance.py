"""Will next month's partitions be made without anybody thinking of it?"""

from __future__ import annotations

from datetime import timedelta

from lib.checks import remedies
from lib.checks.context import Context, reason
from lib.checks.privileges import MAINTENANCE_RPC
from lib.checks.reviewed import canonical, reviewed_files, same_text
from lib.checks.wording import moment
from lib.database import Session
from lib.errors import QueryFailed
from lib.results import CheckResult, Finding, Row, Status
from lib.sql import quoted

JOB = "maintain-partitions"
_OBSERVER = "watchtower_maintenance_job"
_OVERDUE = timedelta(days=35)
_FILE = remedies.run_file(remedies.PARTITIONS_FILE, "the routine and its job")
_OVERDUE_REMEDY = (
    f"{remedies.MAKE_PARTITIONS}\n-- and have a superuser see whether pg_cron runs at all:\n"
    "-- select pid from pg_stat_activity where backend_type = 'pg_cron launcher';"
)
_COUNTS = "whether next month is covered is what counts (partition_coverage)"


def maintenance(session: Session, context: Context) -> CheckResult:
    """Is the routine scheduled, and did its last run succeed? At most a warning.

    A missing month is partition_coverage's to judge. `cron.job` shows a role only its own jobs, so
    a definer function of the setup looks: an empty list seen otherwise would prove nothing.
    Tables: `job` (name, schedule, active, last_status, last_end, calls_routine), `place` (what
    there is to look at, and what this role may), `partman` (table: those that it manages).
    """
    with session.reading() as transaction:
        (place,) = transaction.rows(
            "checks/maintenance", routine=MAINTENANCE_RPC, observer=_OBSERVER
        )
    findings: list[Finding] = []
    if not place["routine_exists"]:
        detail = f"public.{MAINTENANCE_RPC}() does not exist"
        findings.append(Finding(MAINTENANCE_RPC, Status.WARNING, detail, _FILE))
    findings += _another_text(context, place)
    managed: list[Row] = []
    findings += _partman(session, context, place, managed)
    jobs: list[Row] = []
    findings.append(_scheduled(session, context, place, jobs))
    summary = max(findings, key=lambda finding: finding.status).detail
    if not {"_", "."} & set(summary.split(" ", 1)[0]):  # a name stays as it is
        summary = summary[0].upper() + summary[1:]
    tables = {"job": tuple(jobs), "place": (place,), "partman": tuple(managed)}
    return CheckResult("maintenance", tuple(findings), summary, tables)


def _another_text(context: Context, place: Row) -> list[Finding]:
    """Does the routine say something else than what was reviewed? A stub answers as well."""
    reviewed = canonical(reviewed_files(context.canonical)).get(f"public.{MAINTENANCE_RPC}")
    body = place["routine_body"]
    if reviewed is None or body is None or same_text(body, reviewed):
        return []
    detail = f"public.{MAINTENANCE_RPC}() differs from the reviewed text; {_COUNTS}"
    return [Finding(MAINTENANCE_RPC, Status.WARNING, detail, _FILE)]


def _scheduled(session: Session, context: Context, place: Row, jobs: list[Row]) -> Finding:
    if not place["cron"]:
        return Finding(JOB, Status.OK, f"pg_cron is not installed here; {_COUNTS}")
    if not place["observer_exists"]:
        detail = f"nothing shows this role pg_cron's job {JOB}: public.{_OBSERVER}() is missing"
        return Finding(JOB, Status.WARNING, detail, _FILE)
    if not place["may_observe"]:
        detail = f"the role {place['role']} may not look at pg_cron's job {JOB}"
        grant = f"grant execute on function public.{_OBSERVER}() to {quoted(place['role'])};"
        return Finding(JOB, Status.WARNING, detail, grant)
    try:
        with session.reading() as transaction:
            jobs += transaction.rows("checks/maintenance_job")
    except QueryFailed as error:
        return Finding(JOB, Status.WARNING, f"pg_cron's job {JOB} was not seen: {reason(error)}")
    if not jobs:
        return Finding(JOB, Status.WARNING, f"pg_cron has no job {JOB}", _FILE)
    return judge_job(jobs[0], context)


def judge_job(job: Row, context: Context) -> Finding:
    """Is the job active and the right one, and has its last run succeeded, not too long ago?"""
    words = f"the job {JOB} ({job['schedule']})"
    last = job["last_end"]
    when = f" on {moment(last)}" if last else ""
    if not job["active"]:
        return Finding(JOB, Status.WARNING, f"{words} is not active", _FILE)
    if job["calls_routine"] is False:
        detail = f"{words} does not call {MAINTENANCE_RPC}() in this database"
        return Finding(JOB, Status.WARNING, detail, _FILE)
    if job["last_status"] is None:
        return Finding(JOB, Status.OK, f"{words} is active and has not run yet")
    if job["last_status"] == "failed":
        remedy = f"{remedies.MAKE_PARTITIONS}\n-- its answer says what stood in the way"
        return Finding(JOB, Status.WARNING, f"{words} failed{when}", remedy)
    if last is not None and context.now - last > _OVERDUE:
        detail = f"{words} has not run since {moment(last)}"
        return Finding(JOB, Status.WARNING, detail, _OVERDUE_REMEDY)
    return Finding(JOB, Status.OK, f"{words} is active; its last run {job['last_status']}{when}")


def _partman(session: Session, context: Context, place: Row, managed: list[Row]) -> list[Finding]:
    """A note where pg_partman manages a guarded table."""
    if not place["partman_schema"] or not place["may_read_partman"]:
        return []
    try:
        with session.reading() as transaction:
            rows = transaction.rows(
                "checks/maintenance_partman", {"schema": place["partman_schema"]}
            )
    except QueryFailed:
        return []
    parents = {row["parent_table"] for row in rows}
    own = [guard for guard in context.guards if guard.relation in parents]
    managed += [{"table": guard.table} for guard in own]
    return [
        Finding(guard.relation, Status.OK, f"pg_partman manages {guard.relation}; {_COUNTS}")
        for guard in own
    ]
