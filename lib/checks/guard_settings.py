"""Is anything set up to write past the guards without firing them?"""

from __future__ import annotations

from collections.abc import Sequence

from lib.checks import search_paths
from lib.checks.bypasses import MEANS, judge_text, read_texts
from lib.checks.check import Check, Group, Place
from lib.checks.live_functions import definitions, relations
from lib.checks.maintenance import VALUES
from lib.checks.parameters import lists
from lib.core.context import Context
from lib.core.errors import QueryFailed
from lib.core.findings import alike, critical, holds, judged, note, unknown, warning
from lib.core.remedies import BY_HAND, Remedies, advice, by_hand, statements
from lib.core.results import CheckResult, Finding, Row, Status
from lib.core.words import called, number, plural, unqualified
from lib.db.database import Session, once
from lib.db.sql import quoted, remark
from lib.remedies import locks
from lib.remedies.unobserved import reason
from lib.trials.texts.guarded_names import Names

_OBSERVER = "watchtower_job_commands"
_SETTING = "session_replication_role"
_MEANS_RULE = "The writer is told that all went well; the row is not there, or stands elsewhere."
# What a rule does, in a headline and in a sentence.
_RULES = {
    "more": ("does more at each", "does more besides each {}; the guards fire as ever"),
    "drops": ("drops every", "drops every {}: nothing is written, and no error is raised"),
    "replaces": ("replaces every", "does something else instead of every {}; it was not tried"),
}


def run(session: Session, context: Context) -> CheckResult:
    """Does a role, this database, the system, a function, a subscription or a rule bypass triggers?

    Tables: `settings`, one row per setting, grant, function's text, job, subscribed table and
    rule; `paths`, one per search_path that leads to a table named like a guarded one.
    Source: PostgreSQL manual, "session_replication_role"; "ALTER TABLE", ENABLE ALWAYS TRIGGER;
    "Rules on INSERT, UPDATE, and DELETE".
    """
    asked = lists(context, "triggers")
    jobs, unseen = _jobs(session, context, asked)
    found = session.rows("checks/guard_settings", **asked)
    rows = session.rows("checks/guard_settings_texts", **asked)
    after = any(row["moment"] == "after" for row in rows)
    guarded = relations(session, context) if after else frozenset[str]()
    calls = [each for row in definitions(session, context) for each in row["calls"]]
    called = frozenset(each.name for each in calls if "name" in each.reached)
    texts = read_texts(rows, jobs, context, Names(context.guards, guarded, called))
    rows = (*(row for row in found if row["kind"] != "namesake"), *texts)
    paths = search_paths.read(session, context) if len(rows) < len(found) + len(texts) else ()
    judges = {"rule": judge_rule, "text": judge_text}
    filled = [row for row in rows if row["kind"] == "subscription"]
    findings = (
        *(judges.get(row["kind"], judge_setting)(row) for row in rows if row not in filled),
        *map(search_paths.judge_path, paths),
        *search_paths.judge_guards(session, context),
        *map(_subscription, alike(filled, _same_subscription)),
        *unseen,
    ) or (holds(_SETTING, "no setting, subscription or rule here bypasses the guards"),)
    worst = max(findings, key=lambda finding: finding.status)
    well = worst.status is Status.OK
    summary = "Nothing is set up to write past the guards" if well else worst.detail
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
    return (), [note("pg_cron", "jobs_unseen", "", detail)]


def judge_setting(row: Row) -> Finding:
    """What does this setting or right mean for the guards?"""
    kind, name = row["kind"], row["name"]
    if kind == "right":
        detail = f"{name} may set {_SETTING} ({row['value']}), and so switch triggers off"
        return note(_SETTING, "may_switch_off", f"{name} may set {_SETTING}", detail)
    if kind == "hidden":
        detail = (
            f"{_SETTING} is set for the role {name} or by its connection, which hides what "
            "holds for the whole server"
        )
        remedy = _reset(f"role {quoted(name)}")
        return unknown(
            _SETTING, "setting_hidden", f"the server's {_SETTING} is hidden", detail, remedy
        )
    where, altered = search_paths.place(row)
    short = {"role": name, "everyone": "any role"}.get(kind, where)
    remedy = _reset(altered, "\nselect pg_reload_conf();" if kind == "system" else "")
    if kind == "function":
        short = called(name)
    elif kind == "session":
        where = short = "this session"
        remedy = advice(f"the connection string sets {_SETTING}: take it out")
    if row["value"].strip().lower() != "replica":  # PostgreSQL keeps it as it was written
        return holds(_SETTING, f"{_SETTING} is {row['value']} for {where}: triggers fire as ever")
    set_so = f"{_SETTING} is replica for {where}"
    # Only who logs in as a role gets its settings: a member keeps its own, before SET ROLE and
    # after it, whether it inherits or not (seen on 15 and 18).
    if kind == "role" and not row["active"]:
        detail = f"{set_so}, which cannot log in: nobody gets it"
        return note(_SETTING, "nobody_gets_it", "", detail)
    if row["always"]:
        detail = (
            f"{set_so}: the guards are ENABLE ALWAYS and fire, but foreign keys are not checked"
        )
        headline = f"foreign keys are not checked for {short}"
        return warning(_SETTING, "foreign_keys_off", headline, detail, remedy)
    detail, headline = (
        f"{set_so}: the guards do not fire there",
        f"the guards do not fire for {short}",
    )
    return critical(_SETTING, "guards_off", headline, detail, remedy, MEANS)


def _reset(altered: str, more: str = "") -> Remedies:
    """Takes the setting back of what is altered."""
    undo = f"alter {altered} set {_SETTING} = replica;"
    return statements(f"alter {altered} reset {_SETTING};{more}", lock=locks.NONE, undo=undo)


def judge_rule(row: Row) -> Finding:
    """What does this rule make of an insert or update, before any trigger is asked?

    A rule rewrites statements that name its own relation: one on a partition is rarely named.
    """
    relation, event = row["relation"], row["event"]
    act = f"{event} {'into' if event == 'insert' else 'of'} {unqualified(relation)}"
    words = f"the rule {row['name']} on {relation}"
    when = "" if row["active"] else " for which its condition holds"
    off = f"alter table {relation} disable rule {quoted(row['name'])};"
    (does, told), code = _RULES[row["value"]], f"rule_{row['value']}"
    short, detail = f"a rule {does} {act}", f"{words} {told.format(f'{event}{when}')}"
    if row["value"] == "more":
        return note(relation, "rule_does_more", short, detail)
    status = Status.CRITICAL if row["value"] == "drops" else Status.UNKNOWN
    if relation != row["root"]:
        status = Status.WARNING
        detail = f"{detail}; only statements that name the partition meet it"
    remedy = by_hand("look at it first, in pg_rules; then disable the rule", off)
    return judged(status, relation, code, short, detail, remedy, _MEANS_RULE)


def _same_subscription(row: Row) -> tuple[object, ...]:
    return row["name"], row["root"], row["active"], row["always"]


def _subscription(rows: Sequence[Row]) -> Finding:
    """One subscription and guarded table, however many partitions it fills."""
    name, root, active, always = _same_subscription(rows[0])
    relations = [row["relation"] for row in rows]
    root, short = str(root), unqualified(str(root))
    words = f"the subscription {name} writes into {_places(root, relations)}"
    if always:
        detail = f"{words}; the guards there are ENABLE ALWAYS"
        return note(root, "subscription_guarded", f"a subscription writes into {short}", detail)
    remedy = by_hand(
        f"on {remark(root)} and each partition that it writes to",
        f"alter table {remark(relations[0])} enable always trigger …;\n"
        "or, if nothing should come in that way: "
        f"alter subscription {remark(quoted(str(name)))} disable;",
        comment=True,
        choices=BY_HAND,
    )
    status, does = Status.CRITICAL, "bypasses"
    detail = f"{words} without firing its guard, which is not ENABLE ALWAYS"
    if not active:
        status, does, detail = Status.WARNING, "would bypass", f"{words} once it is enabled"
    headline = f"a subscription {does} the {short} guard"
    return judged(status, root, "subscription_unguarded", headline, detail, remedy, MEANS)


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
