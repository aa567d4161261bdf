"""Does the text of a function, or of a job, switch the guards off, or open them for a while?"""

from __future__ import annotations

from collections.abc import Iterable

from lib.core.context import Context
from lib.core.remedies import Remedies, advice, by_hand
from lib.core.results import Finding, Row, Status
from lib.core.words import called
from lib.db.sql import quoted, remark
from lib.trials.openers import ACTS, REPLICA, acts

_KINDS = {  # the code, what it does in a headline, and in a sentence
    "replica": ("sets_replica", "switches the guards off", f"sets {REPLICA} to replica"),
    "computed": (
        "sets_a_computed_role",
        "may switch the guards off",
        f"sets {REPLICA} to a value that it works out",
    ),
    "disables": ("disables_triggers", "switches triggers off", "{}"),
    "opens": ("opens_the_guard", "opens a guard", "{}"),
    "named": (
        "names_the_setting",
        "may switch the guards off",
        f"names {REPLICA}, and may set it",
    ),
    "computed name": (
        "sets_a_computed_name",
        "may switch the guards off",
        f"sets a setting whose name it works out, {REPLICA} perhaps",
    ),
    "runs": ("runs_any_text", "may open the guards", "{}"),
    "unread": ("is_not_read", "may open the guards", "{}"),
    "deletes": (
        "deletes_written_rows",
        "may delete what was written",
        "deletes rows by what was just written, or of the recent ones",
    ),
    "cleans": ("deletes_rows", "deletes rows of guarded tables", "deletes rows of guarded tables"),
}
_MEANS = "Neither the guards nor the foreign keys fire for what is written so; keys drift unseen."
_MEANS_DELETES = "The writer is told that all went well; the row may be gone again, or others are."


def read_texts(rows: Iterable[Row], jobs: Iterable[Row], context: Context) -> tuple[Row, ...]:
    """The rows with what a text does in the place of that text; those that do nothing are left out.

    `rows` are of sql/checks/guard_settings_texts.sql, `jobs` what pg_cron runs.
    """
    asked = (context.guards, context.since.date(), context.window_days)
    rows = [*rows, *jobs]
    read = [
        acts(row["value"], row["language"], row["arguments"], row["result"], *asked) for row in rows
    ]
    does = {row["called"]: found for row, (found, _) in zip(rows, read, strict=True)}
    told = []
    for row, (found, calls) in zip(rows, read, strict=True):
        beside = [name for name in sorted(calls & does.keys()) if name != row["called"]]
        if row["moment"] == "job" or row["root"]:  # what it calls is done by it as well
            for name in beside:
                found = {**does[name], **found}
        told += [
            {**row, "value": kind, "does": found.get(kind, "")}
            for kind in [each for each in ACTS if each in found and _matters(row, each)][:1]
            + _beside(row, found)
        ]
    return tuple(told)


def _beside(row: Row, found: dict[str, str]) -> list[str]:
    """Does a trigger of a guarded table delete rows?"""
    if "deletes" not in found or row["root"] is None:
        return []
    return ["deletes" if row["moment"] == "after" else "cleans"]


def _matters(row: Row, kind: str) -> bool:
    """May it do so with rights that its caller has not? What is certain always matters."""
    match kind:
        case "computed name":
            return bool(row["event"]) or bool(row["active"] and row["callers"])
        case "runs" | "unread":
            return bool(row["reaches"] and row["callers"])
    return True


def judge_text(row: Row) -> Finding:
    """What does it mean that this function's own text does so?"""
    code, does, sentence = _KINDS[row["value"]]
    words = f"the text of {row['name']} {sentence.format(row['does'])}"
    remedy: Remedies = advice(f"look at {remark(row['name'])}, and take that out of its text")
    if row["moment"] == "job":
        words = f"the command of pg_cron's job {row['name']} {sentence.format(row['does'])}"
        off = f"select cron.unschedule({remark(row['name'])});"
        remedy = by_hand("look at it in cron.job; until then, perhaps", off, comment=True)
    elif row["event"]:
        words = f"{_trigger(row)} calls {row['name']}: {words}"
        off = f"alter table {row['root']} disable trigger {quoted(row['event'])};"
        if row["root"] is None:
            off = f"alter event trigger {quoted(row['event'])} disable;"
        look = f"look at {remark(row['name'])}, and take that out of its text"
        remedy = by_hand(f"{look}; until then, perhaps", remark(off), comment=True)
    elif row["callers"] and row["value"] in ("runs", "unread", "computed name"):
        closed = (
            f"revoke execute on routine {row['name']} from {', '.join(map(_role, row['callers']))};"
        )
        remedy = by_hand("where they need not call it", closed)
    status, more = _said(row)
    deletes = row["value"] in ("deletes", "cleans")
    subject, means = (row["root"], _MEANS_DELETES) if deletes else (REPLICA, _MEANS)
    short = f"{called(row['name'])} {does}" if row["moment"] != "job" else f"a job {does}"
    return Finding(subject, status, f"{words}: {more}", remedy, means, code=code, headline=short)


def _role(name: str) -> str:
    return "public" if name == "PUBLIC" else quoted(name)


def _trigger(row: Row) -> str:
    if row["root"] is None:
        return f"at each login the event trigger {row['event']}"
    return f"the trigger {row['event']} on {row['root']}"


def _said(row: Row) -> tuple[Status, str]:
    """How bad is it, and what becomes of the guards?"""
    value, callers = row["value"], ", ".join(row["callers"])
    if value in ("deletes", "cleans"):
        words = "whether those are to go was not seen"
        return (Status.UNKNOWN if value == "deletes" else Status.WARNING), words
    if value in ("runs", "unread"):
        words = f"it has the rights of {row['owner']}, {callers} may call it, and what it does"
        return Status.UNKNOWN, f"{words} to the guards is not known"
    if value in ("disables", "opens"):
        words = "while it runs, and after it if they stay off, no guard fires"
        who = f"; {callers} may call it" if callers else ""
        return Status.WARNING, f"{words}{who}"
    if row["always"]:
        words = "the guards are ENABLE ALWAYS and fire, but foreign keys are not checked"
        return Status.WARNING, words
    if value in ("named", "computed name"):
        unknown = row["event"] or value == "computed name"
        return (Status.UNKNOWN if unknown else Status.WARNING), "whether it does was not seen"
    if row["event"] or row["active"]:
        return Status.CRITICAL, "no guard fires after that"
    return Status.WARNING, "no guard fires for whoever calls it with the right to set that"
