"""Will next month's partitions be made without anybody thinking of it?"""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import Any

from lib.checks import partition_coverage, rpc_texts
from lib.checks.check import Check, Group, Place
from lib.checks.rpc_calls import MAINTENANCE_RPC
from lib.core.context import Context
from lib.core.declaration import told_by_setup
from lib.core.errors import QueryFailed
from lib.core.findings import holds, note, warning
from lib.core.guards import Guard
from lib.core.periods import MONTHS
from lib.core.remedies import Remedies, by_hand
from lib.core.results import CheckResult, Finding, Row, Status
from lib.core.words import moment, sentence
from lib.db.database import Session, once
from lib.db.sql import quoted
from lib.remedies import remedies
from lib.remedies.unobserved import code, reason
from lib.trials import strangers
from lib.trials.texts.reviewed import same_text

JOB = "maintain-partitions"
_OBSERVER = "watchtower_maintenance_job"
VALUES: dict[str, Any] = {"routine": MAINTENANCE_RPC, "observer": _OBSERVER}
_OVERDUE = timedelta(days=35)
_LONGEST_RUN = timedelta(hours=1)  # it makes empty tables
_FURTHEST = 1_200  # months
_FILE = remedies.run_file(remedies.PARTITIONS_FILE, "the routine and its job")


def _make_and(comment: str) -> Remedies:
    """By hand: the routine may be an older one, which a plan does without."""
    return by_hand("", f"{remedies.MAKE_PARTITIONS}\n{comment}")


_OVERDUE_REMEDY = _make_and(
    "-- and have a superuser see whether pg_cron runs at all:\n"
    "-- select pid from pg_stat_activity where backend_type = 'pg_cron launcher';"
)
# What stands in pg_cron's message, and what is to be done so that the next run gets further.
_FAILURES = {
    "connect to, connect failed, connect timeout, connect refused, connection to, connection "
    "failed, connection timeout, connection refused, could not connect, authentication, log in": (
        _make_and(
            "-- and have a superuser see why pg_cron cannot log in as the job's user: "
            "pg_hba.conf or\n"
            "-- a .pgpass for cron.host, or cron.use_background_workers = on:\n"
            "-- select name, setting from pg_settings where name like 'cron.%';"
        )
    ),
    "startup timeout, background, too many, slots": _make_and(
        "-- and have a superuser see whether pg_cron has room to start a run:\n"
        "-- select name, setting from pg_settings where name in\n"
        "--   ('max_worker_processes', 'max_connections', 'cron.max_running_jobs');"
    ),
    "permission denied, must be owner, does not exist, is not unique": _FILE,
    "lock, canceling statement, statement timeout": _make_and(
        "-- in a quiet moment: another session held what it needs"
    ),
    "restarted, canceled, cancelled, terminat, connection lost": _make_and(
        "-- the run was cut off: this does its work"
    ),
    "": _make_and("-- its answer says what stood in the way"),
}
_COUNTS = f"whether next month is covered is what counts ({partition_coverage.CHECK.name})"
_OF_OTHERS = (
    f"the routine of sql/setup makes months of public.sessions and public.events alone; {_COUNTS}"
)


def run(session: Session, context: Context) -> CheckResult:
    """Is the routine scheduled, and did its last run succeed? At most a warning.

    A missing month is partition_coverage's to judge. `cron.job` shows a role only its own jobs, so
    a definer function of the setup looks: an empty list seen otherwise would prove nothing.
    Tables: `job` (what sql/checks/maintenance_job.sql has, what makes partitions first), `place`
    (what there is to look at, and what this role may), `partman` (table: those that it manages),
    `proven` (function, text: the routine, where it is the reviewed one or has worked).
    """
    (place,) = once(session, context, "checks/maintenance", **VALUES)
    known = _partman(session, context, place)
    managed = tuple({"table": guard.table} for guard, idle in known if not idle)
    jobs: list[Row] = []
    findings = [_known(guard, idle) for guard, idle in known]
    right: tuple[Row, ...] = ()
    if told_by_setup(context.guards):
        text = rpc_texts.known(session, context, MAINTENANCE_RPC, place["routine_statement"])
        ran = _scheduled(session, context, place, jobs)
        findings = [*_routine(context, place, text), *findings, *ran]
        if context.verifying and (text.reviewed or _has_worked(session, context, place, jobs)):
            right = ({"function": f"{text.name}()", "text": place["routine_statement"]},)
    findings = findings or [note(MAINTENANCE_RPC, "of_others", "", _OF_OTHERS)]
    summary = sentence(max(findings, key=lambda finding: finding.status).detail)
    tables = {"job": tuple(jobs), "place": (place,), "partman": managed, "proven": right}
    return CheckResult(CHECK.name, tuple(findings), summary, tables)


def _routine(context: Context, place: Row, text: rpc_texts.Known) -> list[Finding]:
    """Is it missing, or does it say something else than what was reviewed, as a stub does?

    That is the adopted text, their own that has worked last, or ours. One of their own that has
    worked and still stands there is told with since when, and nothing replaces it unasked.
    """
    name, body = f"{MAINTENANCE_RPC}()", place["routine_body"]
    right = text.adopted or text.shipped
    if not place["routine_exists"]:
        words = f"{name} does not exist"
        fix = rpc_texts.put_right(text, _FILE, did=rpc_texts.MADE)
        return [warning(MAINTENANCE_RPC, "routine_missing", words, f"public.{words}", fix)]
    if right is None or body is None or same_text(body, right):
        return []
    short = f"{name} is not the reviewed text"
    detail = f"public.{name} differs from the reviewed text"
    fix = rpc_texts.put_right(text, _FILE, did=rpc_texts.MADE)
    if text.proven is not None and text.stands:
        detail = f"{detail}, and the same text has made months since {text.proven.when}"
        fix = rpc_texts.review(text, context, _FILE)
    elif text.former is not None:
        detail = f"public.{name} differs from the text that made months since {text.former.when}"
    return [warning(MAINTENANCE_RPC, "routine_differs", short, f"{detail}; {_COUNTS}", fix)]


def _has_worked(session: Session, context: Context, place: Row, jobs: list[Row]) -> bool:
    """Has the routine made a month under the very text that it has now?

    It has where its job calls it and ran to a good end, a verification before that run saw the same
    text, and each partitioned table has the month now that it lacked then. Nothing less is a proof:
    a stub ends well too, and so does a run for which there is nothing to make.
    """
    calling = [job for job in jobs if job["active"] and job["calls_routine"] is not False]
    ended = [j["last_end"] for j in calling if j["last_status"] == "succeeded" and j["last_end"]]
    guards = [guard for guard in context.guards if guard.partitioned]
    if not ended or place["routine_statement"] is None:
        return False
    asked = {"mark": f"function public.{MAINTENANCE_RPC}()", "until": max(ended) - _LONGEST_RUN}
    try:
        rows = once(session, context, "checks/maintenance_proven", **asked)
    except QueryFailed:
        return False
    for row in rows:
        ahead = row["ahead"] if isinstance(row["ahead"], dict) else {}
        lacked = [_lacked(row["at"], ahead.get(guard.table)) for guard in guards]
        return row["mark"] == place["routine_mark"] and all(
            month is not None and bool(partition_coverage.covered(context, guard, month))
            for guard, month in zip(guards, lacked, strict=True)
        )
    return False


def _lacked(at: datetime, ahead: object) -> date | None:
    """The first month that had no partition then, where `ahead` of the current one had some."""
    if not isinstance(ahead, int) or not 0 <= ahead <= _FURTHEST:
        return None
    month = at.astimezone(UTC).date().replace(day=1)
    for _ in range(ahead + 1):
        month = MONTHS.after(month)
    return month


def _scheduled(session: Session, context: Context, place: Row, jobs: list[Row]) -> list[Finding]:
    if not place["cron"]:
        words = "pg_cron is not installed"
        return [note(JOB, "no_scheduler", words, f"{words} here; {_COUNTS}")]
    unseen = f"the job {JOB} cannot be seen"
    if not place["observer_exists"]:
        detail = f"nothing shows this role pg_cron's job {JOB}: public.{_OBSERVER}() is missing"
        return [warning(JOB, "observer_missing", unseen, detail, _FILE)]
    if place["observer_of"] is not None:
        theirs = [{"object": f"public.{_OBSERVER}()", "owner": place["observer_of"]}]
        detail = f"pg_cron's job {JOB} was not seen: {strangers.not_run(theirs, place['role'])}"
        return [warning(JOB, "observer_of_a_stranger", unseen, detail, strangers.REMEDY)]
    if not place["may_observe"]:
        detail = f"the role {place['role']} may not look at pg_cron's job {JOB}"
        right = (f"execute on function public.{_OBSERVER}()", quoted(place["role"]))
        remedy = remedies.grants([right], remedies.PARTITIONS_FILE)
        return [warning(JOB, "observer_closed", unseen, detail, remedy)]
    try:
        jobs += session.rows("checks/maintenance_job")
    except QueryFailed as error:
        detail = f"pg_cron's job {JOB} was not seen: {reason(error)}"
        return [warning(JOB, code(error), unseen, detail)]
    if not jobs:
        detail = f"pg_cron has no job {JOB}"
        return [warning(JOB, "job_missing", detail, detail, _FILE)]
    found = [judge_job(job, context) for job in jobs]
    best, *others = sorted(found, key=lambda finding: finding.status)
    if best.status is not Status.OK:
        return found
    # One makes the months, so that what is the matter with the others is a note.
    return [best, *(replace(each, status=Status.OK, remedies=()) for each in others)]


def judge_job(job: Row, context: Context) -> Finding:
    """Is the job active and the right one, and has its last run succeeded, not too long ago?"""
    name, last, status = job["name"], job["last_end"], job["last_status"]
    when = f" on {moment(last)}" if last else ""
    whole = f"the job {name} ({job['schedule']})"

    def wrong(code: str, short: str, words: str, remedy: Remedies = _FILE) -> Finding:
        return warning(name, code, f"the job {name} {short}", f"{whole} {words}", remedy)

    if not job["active"]:
        return wrong("job_inactive", "is not active", "is not active")
    if job["calls_routine"] is False:
        words = f"does not call {MAINTENANCE_RPC}() in this database"
        return wrong("job_calls_otherwise", "makes no partitions here", words)
    if status is None:
        return note(name, "job_without_run", "", f"{whole} is active{_no_run(job)}")
    if status == "failed":
        said = f": {job['last_message']}" if job.get("last_message") else ""
        return wrong("job_failed", "failed", f"failed{when}{said}", _after_failure(said))
    if last is not None and context.now - last > _OVERDUE:
        words = f"has not run since {moment(last)}"
        return wrong("job_overdue", "is overdue", words, _OVERDUE_REMEDY)
    at_work = ", and at work right now" if job.get("under_way") else ""
    return holds(name, f"{whole} is active{at_work}; its last run {status}{when}")


def _no_run(job: Row) -> str:
    """Never, or is it only not on record: somebody removed the rows, or others' runs are many?"""
    if job.get("under_way"):
        return ", at work right now, and has finished no run on record"
    records = "no run among the newest 100,000 on record"
    never = {True: "not run yet", False: records, None: "no run on record"}
    return f" and has {never[job.get('never_any')]}"


def _after_failure(message: str) -> Remedies:
    said = message.lower()
    fitting = (sign for sign in _FAILURES if any(each in said for each in sign.split(", ")))
    return _FAILURES[next(fitting)]


def _partman(session: Session, context: Context, place: Row) -> list[tuple[Guard, str | None]]:
    """Which guarded tables does pg_partman know, and why does it leave one alone?"""
    if not place["partman_schema"] or not place["may_read_partman"]:
        return []
    try:
        rows = session.rows("checks/maintenance_partman", {"schema": place["partman_schema"]})
    except QueryFailed:
        return []
    idle = {row["parent_table"]: row["idle"] for row in rows}
    return [(each, idle[each.relation]) for each in context.guards if each.relation in idle]


def _known(guard: Guard, idle: str | None) -> Finding:
    code, does, words = "partman_manages", "manages", f"manages {guard.relation}"
    if idle:
        code, does = "partman_idle", "makes no partitions of"
        words = f"makes no partition of {guard.relation} by itself: {idle}"
    headline, detail = f"pg_partman {does} {guard.table}", f"pg_partman {words}; {_COUNTS}"
    return note(guard.relation, code, headline, detail)


CHECK = Check(
    name="maintenance",
    run=run,
    by_hand=lambda *_: [("checks/maintenance", {}, VALUES)],
    places=(Place(Group.PARTITIONS, "maintenance", 5),),
    steps=(
        "rows-pile-up-in-default",
        "months-are-covered",
        "schedule-maintenance",
        "undo-schedule",
    ),
    cause="The job is missing, inactive or failed: cron.job_run_details says more.",
    reads=(
        r"the job \S{1,80} \([^\n]{1,40}\) (?:failed|is not active|has not run since)",
        r"does not call create_next_month_partitions\(\)",
        "pg_cron has no job",
    ),
    means="When the next month begins, it may have no partition.",
)
