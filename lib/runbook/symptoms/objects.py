"""Which messages say that something is missing or doubled? The name decides what it is."""

from __future__ import annotations

import re

from lib.core.guards import GUARDS
from lib.core.results import HISTORY
from lib.runbook.symptoms.message import QUOTED, Message, compiled, message
from lib.runbook.symptoms.symptom import Symptom, guard_of, home, month_in_name, named

_FUNCTION = r"(?P<function>[\w.\"]{1,200})"
_ROLE = "watchtower"


def _no_function(match: re.Match[str], near: str) -> Symptom:
    function = named(match["function"])
    what, check, step = home(function)
    if not check:
        return _strange_function(function, near)
    cause = (
        "It was dropped, or this database was never set up; the file of sql/setup brings it back."
    )
    return Symptom(
        f"42883 {function}() does not exist",
        f"{function}() is missing: {what}.",
        cause,
        check,
        step,
    )


def _strange_function(function: str, near: str) -> Symptom:
    """Not one of ours: does one of ours call it?"""
    sign = f"42883 {function}() does not exist"
    what = f"{function}() does not exist, or not with these arguments."
    within = re.search(r"PL/pgSQL function [\w.]{0,80}?(?P<caller>trg_\w{1,80})", near)
    if within:
        cause = f"{within['caller']}() calls it: the guard's text was changed."
        return Symptom(sign, what, cause, "guard_functions", "restore-functions")
    cause = (
        "It is none of the watchtower's. Its name or its arguments' types are wrong, or "
        "search_path does not lead to it."
    )
    return Symptom(sign, what, cause, "", "reach-the-database")


def _no_rpc(match: re.Match[str], _: str) -> Symptom:
    function = named(match["function"] or match["older"])
    what, check, step = home(function)
    cause = (
        "It is missing, the key's role may not execute it, or PostgREST still has the old schema "
        "in its cache: notify pgrst, 'reload schema';"
    )
    return Symptom(
        "PGRST202 function not in the schema cache",
        f"PostgREST knows no {function}(){f': {what}' if what else ''}.",
        cause,
        check or "rpc_answers",
        step or "restore-rpcs",
    )


def _several(match: re.Match[str], _: str) -> Symptom:
    function = named(match["function"])
    _what, check, step = home(function)
    return Symptom(
        "42725 function is not unique",
        f"{function}() exists in several forms, and PostgreSQL cannot tell which is meant.",
        "An older form with a default argument stands beside it. The setup's file drops every form "
        "and makes the one.",
        check or "rpc_answers",
        step or "restore-rpcs",
    )


def _several_rpcs(match: re.Match[str], _: str) -> Symptom:
    function = named(match["function"] or "the function")
    _what, check, step = home(function)
    return Symptom(
        "PGRST203 several candidate functions",
        f"{function} exists in several forms, and PostgREST cannot tell which is meant.",
        "An older form with a default argument stands beside it. The setup's file drops every form "
        "and makes the one.",
        check or "rpc_answers",
        step or "restore-rpcs",
    )


def _return_type(_: re.Match[str], near: str) -> Symptom:
    found = re.search(rf"DROP (?:FUNCTION|ROUTINE) {_FUNCTION}\(", near, re.IGNORECASE)
    function = named(found["function"]) if found else ""
    _what, check, step = home(function)
    return Symptom(
        "42P13 cannot change return type",
        f"{function + '()' if function else 'A function'} stands there with another shape, so it "
        "could not be replaced.",
        "An older version returns something else. The setup's file drops it, makes it anew and "
        "grants again, in one transaction: run the file whole.",
        check or "rpc_answers",
        step or "restore-rpcs",
    )


def _no_relation(match: re.Match[str], _: str) -> Symptom:
    relation = named(match["relation"])
    sign, guard = f"42P01 {relation} does not exist", guard_of(relation)
    if relation.startswith("watchtower_checks"):
        cause = "The history was never set up, or was dropped."
        return Symptom(sign, f"{relation} is missing.", cause, HISTORY, "keep-the-history")
    if guard is None or guard.optional:
        cause = "It is none of the watchtower's: a wrong name, or search_path does not lead to it."
        return Symptom(sign, f"{relation} does not exist.", cause, "", "reach-the-database")
    if relation.rpartition(".")[2] == guard.table:
        cause = (
            "This is another database than the one that holds the tables, or search_path is empty."
        )
        what = f"The table {relation} does not exist here."
        return Symptom(sign, what, cause, "guard_triggers", "reach-the-database")
    month = month_in_name(relation)
    what = f"{relation} does not exist{f': {guard.table} lacks {month}' if month else ''}."
    cause = (
        "The month was not made, or under another name. Name the table, not a partition: "
        "PostgreSQL picks it."
    )
    return Symptom(sign, what, cause, "partition_coverage", "make-partitions")


def _relation_exists(match: re.Match[str], _: str) -> Symptom:
    relation = named(match["relation"])
    sign, month = f"42P07 {relation} exists already", month_in_name(relation)
    if guard_of(relation) is None:
        cause = "It was made before; the files of sql/setup may run again without this error."
        return Symptom(sign, f"{relation} exists already.", cause, "", "keep-what-is-live")
    for_month = f" for {month}" if month else ""
    return Symptom(
        sign,
        f"A table {relation} stands there already, attached or not.",
        f"It was detached, or made by hand and never attached: attach it{for_month}, or rename it.",
        "unattached_partitions",
        "make-partitions",
    )


def _exists_on(match: re.Match[str], _: str) -> Symptom:
    name, relation = named(match["name"]), named(match["relation"])
    kind = match["kind"].lower()
    keyed = kind == "constraint"
    return Symptom(
        f"42710 {kind} exists already",
        f"The {kind} {name} stands on {relation} already.",
        "It is there; whether it is right is another question, which the check answers.",
        "foreign_key" if keyed else "guard_triggers",
        "constraints-hold" if keyed else "guards-fire",
    )


def _no_trigger(match: re.Match[str], _: str) -> Symptom:
    trigger, relation = named(match["trigger"]), named(match["relation"])
    ours = trigger in [guard.trigger for guard in GUARDS]
    return Symptom(
        f"42704 trigger {trigger} does not exist",
        f"{relation} has no trigger {trigger}{': the guard is missing' if ours else ''}.",
        "It was dropped, or runs under another name. Make it anew rather than enable it.",
        "guard_triggers",
        "restore-triggers",
    )


def _no_role(match: re.Match[str], _: str) -> Symptom:
    role = named(match["role"])
    if role == _ROLE:
        cause = "The role was never made here: an administrator creates it, then 50_role.sql runs."
        return Symptom(
            f"42704 role {role} does not exist",
            f"There is no role {role} on this server.",
            cause,
            "row_visibility",
            "let-the-role-see",
        )
    return Symptom(
        f"42704 role {role} does not exist",
        f"There is no role {role} on this server.",
        "The connection string names a wrong user. Supabase's pooler wants role.PROJECT as user.",
        "",
        "reach-the-database",
    )


def _no_field(match: re.Match[str], near: str) -> Symptom:
    column = named(match["column"])
    sign, guarded = f"42703 no column {column}", re.search(r"\btrg_\w{1,80}", near)
    if guarded:
        what = f"A guard runs on a table that has no column {column}."
        cause = f"{guarded[0]}() hangs on another table than its own, or the table was altered."
        return Symptom(sign, what, cause, "guard_functions", "restore-functions")
    cause = "The writer names a wrong column, or this is another copy of the table."
    return Symptom(sign, f"There is no column {column}.", cause, "", "mend-the-writer")


_ON = rf"{QUOTED.format('name')} for relation {QUOTED.format('relation')}"

OBJECTS: tuple[Message, ...] = (
    Message(
        "42883", compiled(rf"function {_FUNCTION}\([^()]{{0,300}}\) does not exist"), _no_function
    ),
    message(
        "42883",
        r"operator does not exist: (?P<operation>[\w\s=<>.\[\]]{1,80})",
        "PostgreSQL cannot compare these types: {operation}.",
        "A key is a date and an id a uuid: the statement compares them with a text. Cast it.",
        "",
        "mend-the-writer",
    ),
    Message(
        "PGRST202",
        compiled(rf"could not find the (?:function {_FUNCTION}|(?P<older>[\w.]{{1,200}})\()"),
        _no_rpc,
    ),
    Message(
        "PGRST203",
        compiled(rf"could not choose the best candidate function between: {_FUNCTION}?"),
        _several_rpcs,
    ),
    Message("42725", compiled(rf"function {_FUNCTION}\([^()]{{0,300}}\) is not unique"), _several),
    Message("42P13", compiled(r"cannot change (?:return type|name of input)"), _return_type),
    Message(
        "42P01", compiled(rf"relation {QUOTED.format('relation')} does not exist"), _no_relation
    ),
    Message(
        "PGRST205",
        compiled(r"could not find the table '(?P<relation>[^']{1,200})' in the schema cache"),
        _no_relation,
    ),
    Message(
        "42P07",
        compiled(rf"(?<!for )relation {QUOTED.format('relation')} already exists"),
        _relation_exists,
    ),
    Message("42710", compiled(rf"(?P<kind>trigger|constraint) {_ON} already exists"), _exists_on),
    Message(
        "42704",
        compiled(
            rf"trigger {QUOTED.format('trigger')} for table {QUOTED.format('relation')}"
            r" does not exist"
        ),
        _no_trigger,
    ),
    Message("42704", compiled(rf"role {QUOTED.format('role')} does not exist"), _no_role),
    Message("42703", compiled(rf"has no field {QUOTED.format('column')}"), _no_field),
    Message(
        "42703",
        compiled(
            r"column \"?(?P<column>[\w.]{1,200})\"?(?: of relation \"[^\"]{1,200}\")?"
            r" does not exist"
        ),
        _no_field,
    ),
    message(
        "PGRST204",
        r"could not find the '(?P<column>[^']{1,200})' column of '(?P<relation>[^']{1,200})'",
        "PostgREST knows no column {column} of {relation}.",
        "The writer names a wrong column, or PostgREST has the old schema in its cache: "
        "notify pgrst, 'reload schema';",
        "freshness",
        "mend-the-writer",
        "column not in the schema cache",
    ),
)
