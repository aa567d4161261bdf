"""Is anything set up to write past the guards without firing them?"""

from __future__ import annotations

from lib.checks.context import Context
from lib.database import Session
from lib.results import CheckResult, Finding, Row, Status
from lib.sql import quoted

_SETTING = "session_replication_role"
_MEANS = "Neither the guards nor the foreign keys fire for what is written so; keys drift unseen."


def guard_settings(session: Session, context: Context) -> CheckResult:
    """Does a role, this database, the system, a function or a subscription bypass triggers?

    Tables: `settings`, one row per setting, grant and subscribed table.
    Source: PostgreSQL manual, "session_replication_role"; "ALTER TABLE", ENABLE ALWAYS TRIGGER.
    """
    with session.reading() as transaction:
        rows = transaction.rows(
            "checks/guard_settings",
            schemas=context.schemas,
            tables=context.tables,
            triggers=[guard.trigger for guard in context.guards],
        )
    findings = tuple(map(judge_setting, rows)) or (
        Finding(_SETTING, Status.OK, "no setting and no subscription here writes past the guards"),
    )
    bad = [finding for finding in findings if finding.status is not Status.OK]
    summary = bad[0].detail if bad else "Nothing is set up to write past the guards"
    return CheckResult("guard_settings", findings, summary, {"settings": rows})


def judge_setting(row: Row) -> Finding:
    """What does this setting, right or subscription mean for the guards?"""
    if row["kind"] == "subscription":
        return _subscription(row)
    if row["kind"] == "right":
        detail = f"{row['name']} may set {_SETTING} ({row['value']}), and so switch triggers off"
        return Finding(_SETTING, Status.OK, detail)
    where, remedy = _place(row)
    if row["value"] != "replica":
        detail = f"{_SETTING} is {row['value']} for {where}: triggers fire as ever"
        return Finding(_SETTING, Status.OK, detail)
    if row["always"]:
        detail = (
            f"{_SETTING} is replica for {where}: the guards are ENABLE ALWAYS and fire, but "
            "foreign keys are not checked"
        )
        return Finding(_SETTING, Status.WARNING, detail, remedy)
    detail = f"{_SETTING} is replica for {where}: the guards do not fire there"
    return Finding(_SETTING, Status.CRITICAL, detail, remedy, _MEANS)


def _place(row: Row) -> tuple[str, str]:
    """For whom is it set, in words, and what takes it back?"""
    name = quoted(row["name"] or "")
    database = quoted(row["database"] or "")
    reset = f"reset {_SETTING};"
    match row["kind"]:
        case "role" if row["database"]:
            where = f"the role {row['name']} in the database {row['database']}"
            return where, f"alter role {name} in database {database} {reset}"
        case "role":
            return f"the role {row['name']}", f"alter role {name} {reset}"
        case "database":
            return f"the database {row['database']}", f"alter database {database} {reset}"
        case "everyone":
            return "every role (ALTER ROLE ALL)", f"alter role all {reset}"
        case "function":
            return f"the function {row['name']}", f"alter function {row['name']} {reset}"
        case "system":
            return "the whole server", f"alter system {reset}\nselect pg_reload_conf();"
        case _:
            return "this session", f"-- the connection string sets {_SETTING}: take it out"


def _subscription(row: Row) -> Finding:
    name, relation = row["name"], row["relation"]
    words = f"the subscription {name} writes into {relation}"
    if row["always"]:
        return Finding(relation, Status.OK, f"{words}; the guards there are ENABLE ALWAYS")
    remedy = (
        f"-- on {relation} and each partition that it writes to:\n"
        f"-- alter table {relation} enable always trigger …;\n"
        f"-- or, if nothing should come in that way: alter subscription {quoted(name)} disable;"
    )
    if not row["active"]:
        return Finding(relation, Status.WARNING, f"{words} once it is enabled", remedy, _MEANS)
    detail = f"{words} without firing its guard, which is not ENABLE ALWAYS"
    return Finding(relation, Status.CRITICAL, detail, remedy, _MEANS)
