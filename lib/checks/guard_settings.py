"""Is anything set up to write past the guards without firing them?"""

from __future__ import annotations

from collections.abc import Sequence

from lib.checks import search_paths
from lib.checks.bypasses import judge_text, read_texts
from lib.checks.check import Check, Group, Place
from lib.checks.maintenance import VALUES
from lib.checks.parameters import lists
from lib.core.context import Context
from lib.core.errors import QueryFailed
from lib.core.remedies import BY_HAND, Remedies, advice, by_hand, statements
from lib.core.results import CheckResult, Finding, Row, Status
from lib.core.words import called, number, plural, unqualified
from lib.db.database import Session, once
from lib.db.sql import quoted, remark
from lib.remedies import locks
from lib.remedies.unobserved import reason

_OBSERVER = "watchtower_job_commands"
_SETTING = "session_replication_role"
_MEANS = "Neither the guards nor the foreign keys fire for what is written so; keys drift unseen."
_MEANS_RULE = "The writer is told that all went well; the row is not there, or stands elsewhere."


def run(session: Session, context: Context) -> CheckResult:
    """Does a role, this database, the system, a function, a subscription or a rule bypass triggers?

    Tables: `settings`, one row per setting, grant, function's text, job, subscribed table and
    rule; `paths`, one per search_path that leads to a table named like a guarded one.
    Source: PostgreSQL manual, "session_replication_role"; "ALTER TABLE", ENABLE ALWAYS TRIGGER;
    "Rules on INSERT, UPDATE, and DELETE".
    """
    asked = lists(context, "triggers")
    functions = session.rows("checks/guard_settings_texts", **asked)
    jobs, unseen = _jobs(session, context, asked)
    texts = read_texts(functions, jobs, context)
    rows = (*session.rows("checks/guard_settings", **asked), *texts)
    paths = search_paths.read(session, context)
    others = {"rule": judge_rule, "text": judge_text}
    judged = (
        others.get(row["kind"], judge_setting)(row) for row in rows if row["kind"] != "subscription"
    )
    none = "no setting, subscription or rule here bypasses the guards"
    elsewhere = (*map(search_paths.judge_path, paths), *search_paths.judge_guards(session, context))
    findings = (*judged, *elsewhere, *_subscriptions(rows), *unseen) or (
        Finding(_SETTING, Status.OK, none, code="holds"),
    )
    bad = [finding for finding in findings if finding.status is not Status.OK]
    summary = bad[0].detail if bad else "Nothing is set up to write past the guards"
    return CheckResult(CHECK.name, findings, summary, {"settings": rows, "paths": paths})


def _jobs(
    session: Session, context: Context, asked: dict[str, list[str]]
) -> tuple[Sequence[Row], list[Finding]]:
    """What does pg_cron run here? A note where nothing that we may run shows it."""
    (place,) = once(session, context, "checks/maintenance", **VALUES)
    if not place["cron"]:
        return (), []
    (place,) = session.rows("checks/maintenance", routine="none", observer=_OBSERVER)
    try:
        if place["may_observe"] and place["observer_of"] is None:
            return session.rows("checks/guard_settings_jobs", **asked), []
        why = f"have sql/setup/30_partitions.sql run, which makes public.{_OBSERVER}()"
    except QueryFailed as error:
        why = reason(error)
    detail = f"what pg_cron's jobs do to the guards is not seen: {why}"
    return (), [Finding("pg_cron", Status.OK, detail, code="jobs_unseen")]


def judge_setting(row: Row) -> Finding:
    """What does this setting or right mean for the guards?"""
    if row["kind"] == "right":
        detail = f"{row['name']} may set {_SETTING} ({row['value']}), and so switch triggers off"
        short = f"{row['name']} may set {_SETTING}"
        return Finding(_SETTING, Status.OK, detail, code="may_switch_off", headline=short)
    if row["kind"] == "hidden":
        detail = (
            f"{_SETTING} is set for the role {row['name']} or by its connection, which hides what "
            "holds for the whole server"
        )
        remedy = _reset(f"alter role {quoted(row['name'])}")
        short = f"the server's {_SETTING} is hidden"
        return Finding(
            _SETTING, Status.UNKNOWN, detail, remedy, code="setting_hidden", headline=short
        )
    where, short, remedy = _place(row)
    if row["value"].strip().lower() != "replica":  # PostgreSQL keeps it as it was written
        detail = f"{_SETTING} is {row['value']} for {where}: triggers fire as ever"
        return Finding(_SETTING, Status.OK, detail, code="holds")
    # Only who logs in as a role gets its settings: a member keeps its own, before SET ROLE and
    # after it, whether it inherits or not (seen on 15 and 18).
    if row["kind"] == "role" and not row["active"]:
        detail = f"{_SETTING} is replica for {where}, which cannot log in: nobody gets it"
        return Finding(_SETTING, Status.OK, detail, code="nobody_gets_it")
    if row["always"]:
        detail = (
            f"{_SETTING} is replica for {where}: the guards are ENABLE ALWAYS and fire, but "
            "foreign keys are not checked"
        )
        return Finding(
            _SETTING,
            Status.WARNING,
            detail,
            remedy,
            code="foreign_keys_off",
            headline=f"foreign keys are not checked for {short}",
        )
    return Finding(
        _SETTING,
        Status.CRITICAL,
        f"{_SETTING} is replica for {where}: the guards do not fire there",
        remedy,
        _MEANS,
        code="guards_off",
        headline=f"the guards do not fire for {short}",
    )


def _reset(altered: str, more: str = "", **known: str) -> Remedies:
    """Takes the setting back of what is altered."""
    undo = f"{altered} set {_SETTING} = replica;"
    return statements(f"{altered} reset {_SETTING};{more}", lock=locks.NONE, undo=undo, **known)


def _place(row: Row) -> tuple[str, str, Remedies]:
    """For whom is it set, in words, in short, and what takes it back?"""
    name = quoted(row["name"] or "")
    database = quoted(row["database"] or "")
    match row["kind"]:
        case "role" if row["database"]:
            where, short = f"the role {row['name']} in the database {row['database']}", row["name"]
            remedy = _reset(f"alter role {name} in database {database}")
        case "role":
            where, short = f"the role {row['name']}", row["name"]
            remedy = _reset(f"alter role {name}")
        case "database":
            where = short = f"the database {row['database']}"
            remedy = _reset(f"alter database {database}")
        case "everyone":
            where, short = "every role (ALTER ROLE ALL)", "any role"
            remedy = _reset("alter role all")
        case "function":
            where, short = f"the function {row['name']}", called(row["name"])
            remedy = _reset(f"alter function {row['name']}")
        case "system":
            where = short = "the whole server"
            remedy = _reset("alter system", "\nselect pg_reload_conf();")
        case _:
            where = short = "this session"
            remedy = advice(f"the connection string sets {_SETTING}: take it out")
    return where, short, remedy


def judge_rule(row: Row) -> Finding:
    """What does this rule make of an insert or update, before any trigger is asked?

    A rule rewrites statements that name its own relation: one on a partition is rarely named.
    """
    relation, event = row["relation"], row["event"]
    act = f"{event} {'into' if event == 'insert' else 'of'} {unqualified(relation)}"
    words = f"the rule {row['name']} on {relation}"
    when = "" if row["active"] else " for which its condition holds"
    off = f"alter table {relation} disable rule {quoted(row['name'])};"
    remedy = by_hand("look at it first, in pg_rules; then", off)
    if row["value"] == "more":
        detail = f"{words} does more besides each {event}{when}; the guards fire as ever"
        short = f"a rule does more at each {act}"
        return Finding(relation, Status.OK, detail, code="rule_does_more", headline=short)
    if row["value"] == "deletes":
        code, short = "rule_deletes", f"a rule deletes rows at each {act}"
        detail = f"{words} deletes rows besides each {event}{when}; which ones was not tried"
    elif row["value"] == "nothing":
        code, short = "rule_drops", f"a rule drops every {act}"
        detail = f"{words} drops every {event}{when}: nothing is written, and no error is raised"
    else:
        code, short = "rule_replaces", f"a rule replaces every {act}"
        detail = f"{words} does something else instead of every {event}{when}; it was not tried"
    status = Status.CRITICAL if row["value"] == "nothing" else Status.UNKNOWN
    if relation != row["root"]:
        status = Status.WARNING
        detail = f"{detail}; only statements that name the partition meet it"
    return Finding(relation, status, detail, remedy, _MEANS_RULE, code=code, headline=short)


def _subscriptions(rows: Sequence[Row]) -> list[Finding]:
    """One finding for each subscription and guarded table, however many partitions it fills."""
    filled: dict[tuple[object, ...], list[str]] = {}
    for row in rows:
        if row["kind"] == "subscription":
            key = (row["name"], row["root"], row["active"], row["always"])
            filled.setdefault(key, []).append(row["relation"])
    return [
        _subscription(str(name), str(root), relations, active=bool(active), always=bool(always))
        for (name, root, active, always), relations in filled.items()
    ]


def _subscription(
    name: str, root: str, relations: list[str], *, active: bool, always: bool
) -> Finding:
    words = f"the subscription {name} writes into {_places(root, relations)}"
    if always:
        detail = f"{words}; the guards there are ENABLE ALWAYS"
        short = f"a subscription writes into {unqualified(root)}"
        return Finding(root, Status.OK, detail, code="subscription_guarded", headline=short)
    remedy = by_hand(
        f"on {remark(root)} and each partition that it writes to",
        f"alter table {remark(relations[0])} enable always trigger …;\n"
        "or, if nothing should come in that way: "
        f"alter subscription {remark(quoted(name))} disable;",
        comment=True,
        choices=BY_HAND,
    )
    status, does = Status.CRITICAL, "bypasses"
    detail = f"{words} without firing its guard, which is not ENABLE ALWAYS"
    if not active:
        status, does, detail = Status.WARNING, "would bypass", f"{words} once it is enabled"
    return Finding(
        root,
        status,
        detail,
        remedy,
        _MEANS,
        code="subscription_unguarded",
        headline=f"a subscription {does} the {unqualified(root)} guard",
    )


def _places(root: str, relations: list[str]) -> str:
    """public.events; or public.events and 17 of its partitions; or 17 partitions of it."""
    parts = [relation for relation in relations if relation != root]
    if len(relations) == 1:
        return relations[0]
    if len(parts) == len(relations):
        return f"{number(len(parts))} partitions of {root}"
    return f"{root} and {plural(len(parts), 'partition')} of it"


CHECK = Check(
    name="guard_settings",
    run=run,
    by_hand=lambda context, _: [
        ("checks/guard_settings", {}, lists(context, "triggers")),
        ("checks/guard_settings_paths", {}, lists(context)),
    ],
    places=(Place(Group.TRIGGERS, "settings", 5),),
    steps=("keys-drift-quietly", "nothing-bypasses-the-guards", "clear-settings", "undo-settings"),
    cause="session_replication_role was set for a load and never reset.",
    reads=("session_replication_role is replica for", r"the subscription \w{1,80} writes into"),
    keeps_keys=True,
    leaves_rows=True,
)
