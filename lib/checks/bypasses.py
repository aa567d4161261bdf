"""Does the text of a function itself switch the guards off?"""

from __future__ import annotations

import re
from collections.abc import Iterable

from lib.core.remedies import advice, by_hand
from lib.core.results import Finding, Row, Status
from lib.core.words import called
from lib.db.sql import quoted, remark
from lib.trials.bodies import bare

_REPLICA = "session_replication_role"
# Set by SET, set_config() or an update of pg_settings, also in a text that is then executed.
_SETS_ROLE = re.compile(
    rf"\bset\s+(?:session\s+|local\s+)?\"?{_REPLICA}\"?\s*(?:=|\bto\b)\s*'*\"?(?P<set>\w+)?"
    rf"|\bset_config\s*\(\s*(?:\w+\s*(?:=>|:=)\s*)?'+{_REPLICA}'+\s*,"
    r"\s*(?:\w+\s*(?:=>|:=)\s*)?(?:'+(?P<config>\w+)'+)?"
    rf"|\bupdate\s+(?:pg_catalog\.)?pg_settings\b[^;]*\b{_REPLICA}\b",
    re.IGNORECASE,
)
# What only asks for it.
_READS_ROLE = re.compile(
    rf"\bcurrent_setting\s*\(\s*'+{_REPLICA}'+|\bshow\s+{_REPLICA}|=\s*'+{_REPLICA}'+",
    re.IGNORECASE,
)
_DISABLES = re.compile(r"\balter\s+table\b[^;]*\bdisable\s+trigger\b", re.IGNORECASE)
# A setting whose name is worked out, unless it is plainly one of the application's own.
_COMPUTED = re.compile(
    r"\bset_config\s*\(\s*(?:\w+\s*(?:=>|:=)\s*)?(?!'[^']*\.)(?!'[^']*'\s*(?:::\s*\w+\s*)?,)",
    re.IGNORECASE,
)
# From a guarded table, or one that is named like a partition of it.
_DELETES = (
    r"\b(?:delete\s+from|truncate(?:\s+table)?)\s+(?:only\s+)?(?:\"?\w+\"?\s*\.\s*)?"
    r"\"?{}(?:_\d{{4}}_\d\d|_default)?(?!\w)"
)
_FIRING = ("origin", "local", "default")  # the values under which triggers fire as ever
_DOES = {
    "replica": f"sets {_REPLICA} to replica",
    "computed": f"sets {_REPLICA} to a value that it works out",
    "named": f"names {_REPLICA}, and may set it",
    "disables": "switches triggers off by ALTER TABLE",
    "computed name": f"sets a setting whose name it works out, {_REPLICA} perhaps",
    "deletes": "deletes rows by what was just written",
    "cleans": "deletes rows of the guarded tables",
}
_KINDS = {  # the code, and what it does in a headline
    "replica": ("sets_replica", "switches the guards off"),
    "computed": ("sets_a_computed_role", "may switch the guards off"),
    "named": ("names_the_setting", "may switch the guards off"),
    "disables": ("disables_triggers", "switches triggers off"),
    "computed name": ("sets_a_computed_name", "may switch the guards off"),
    "deletes": ("deletes_written_rows", "may delete what was written"),
    "cleans": ("deletes_rows", "deletes rows of guarded tables"),
}
_MEANS = "Neither the guards nor the foreign keys fire for what is written so; keys drift unseen."
_MEANS_DELETES = "The writer is told that all went well; the row may be gone again, or others are."


def read_texts(rows: Iterable[Row], tables: list[str]) -> tuple[Row, ...]:
    """The rows with what a function's text does in the place of that text; those that do nothing
    are left out. `rows` are of sql/checks/guard_settings.sql.
    """
    read = (
        {**row, "value": bypass(row["value"], tables) or _beside(row, tables)}
        if row["kind"] == "text"
        else row
        for row in rows
    )
    return tuple(row for row in read if row["kind"] != "text" or row["value"])


def bypass(text: str, tables: Iterable[str] = ()) -> str:
    """How does this text switch the guards off? "replica", "computed" where it works the value
    out, "named" where it may set it, "disables" the triggers of these tables; "" not at all.
    """
    plain = bare(text).replace("'::text", "'")  # so PostgreSQL prints a body of BEGIN ATOMIC
    matches = list(_SETS_ROLE.finditer(plain))
    roles = {(match["set"] or match["config"] or "?").lower() for match in matches}
    if roles - set(_FIRING):
        return "replica" if "replica" in roles else "computed"
    if re.search(_REPLICA, _READS_ROLE.sub("", _SETS_ROLE.sub("", plain)), re.IGNORECASE):
        return "named"
    meant = any(re.search(rf"\b{re.escape(table)}", plain, re.IGNORECASE) for table in tables)
    return "disables" if _DISABLES.search(plain) and (meant or "%" in plain) else ""


def _beside(row: Row, tables: Iterable[str]) -> str:
    """What may a trigger of a guarded table do besides? "computed name" of a setting; "deletes"
    the row that was written, or "cleans" rows of these tables; "" nothing of the kind.
    """
    plain = bare(row["value"])
    if row["root"] is None:
        return ""
    if _COMPUTED.search(plain):
        return "computed name"
    if not any(
        re.search(_DELETES.format(re.escape(table)), plain, re.IGNORECASE) for table in tables
    ):
        return ""
    own = row["moment"] == "after" and re.search(r"(?<!\w)new\s*\.", plain, re.IGNORECASE)
    return "deletes" if own else "cleans"


def judge_text(row: Row) -> Finding:
    """What does it mean that this function's own text does so?"""
    words = f"the text of {row['name']} {_DOES[row['value']]}"
    look = f"look at {remark(row['name'])}, and take that out of its text"
    remedy = advice(look)
    if row["event"]:
        words = f"{_trigger(row)} calls {row['name']}: {words}"
        off = f"alter table {row['root']} disable trigger {quoted(row['event'])};"
        if row["root"] is None:
            off = f"alter event trigger {quoted(row['event'])} disable;"
        remedy = by_hand(f"{look}; until then, perhaps", remark(off), comment=True)
    status, more = _said(row)
    deletes = row["value"] in ("deletes", "cleans")
    subject, means = (row["root"], _MEANS_DELETES) if deletes else (_REPLICA, _MEANS)
    code, does = _KINDS[row["value"]]
    return Finding(
        subject,
        status,
        f"{words}: {more}",
        remedy,
        means,
        code=code,
        headline=f"{called(row['name'])} {does}",
    )


def _trigger(row: Row) -> str:
    if row["root"] is None:
        return f"at each login the event trigger {row['event']}"
    return f"the trigger {row['event']} on {row['root']}"


def _said(row: Row) -> tuple[Status, str]:
    """How bad is it, and what becomes of the guards?"""
    if row["value"] in ("deletes", "cleans"):
        words = "whether those are to go was not seen"
        return (Status.UNKNOWN if row["value"] == "deletes" else Status.WARNING), words
    if row["value"] == "disables":
        return Status.WARNING, "while it runs, and after it if they stay off, no guard fires"
    if row["always"]:
        words = "the guards are ENABLE ALWAYS and fire, but foreign keys are not checked"
        return Status.WARNING, words
    if row["value"] in ("named", "computed name"):
        words = "whether it does was not seen"
        return (Status.UNKNOWN if row["event"] else Status.WARNING), words
    if row["event"] or row["active"]:
        return Status.CRITICAL, "no guard fires after that"
    return Status.WARNING, "no guard fires for whoever calls it with the right to set that"
