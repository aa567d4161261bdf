"""Which messages say that somebody may not?"""

from __future__ import annotations

import re

from lib.core.results import HISTORY
from lib.runbook.symptoms.message import QUOTED, Message, compiled, message
from lib.runbook.symptoms.symptom import Symptom, home, named


def _denied(match: re.Match[str], _: str) -> Symptom:
    kind, name = match["kind"].lower(), named(match["name"])
    sign = f"42501 permission denied for {kind}"
    what = f"The role that asked may not use the {kind} {name}."
    if kind == "function":
        return _no_call(sign, what, name)
    if name == "watchtower_checks":
        cause = "The role lacks its grants on the history, which 50_role.sql makes."
        return Symptom(sign, what, cause, HISTORY, "keep-the-history")
    cause = (
        "The watchtower's role lacks a grant, which 50_role.sql makes; or a role asked that is not "
        "meant to. A partition has grants of its own: read through the table."
    )
    return Symptom(sign, what, cause, "row_visibility", "let-the-role-see")


def _no_call(sign: str, what: str, name: str) -> Symptom:
    if name.startswith("trg_"):
        cause = "A trigger fires without that right; the watchtower needs it to try the function."
        return Symptom(sign, what, cause, "guard_behaviour", "let-the-role-see")
    _what, check, _step = home(name)
    cause = "Another role or key asked than service_role or watchtower, which alone may call it."
    if not check or check == "guard_functions":
        cause = "No role is meant to call it by itself."
    return Symptom(sign, what, cause, "rpc_privileges", "restore-rpcs")


def _row_security(match: re.Match[str], _: str) -> Symptom:
    relation = named(match["relation"])
    sign = "42501 row-level security"
    what = f"The role that writes may not add this row to {relation}: no policy lets it."
    if relation == "watchtower_checks":
        cause = "The role lacks its policy on the history, which 50_role.sql makes."
        return Symptom(sign, what, cause, HISTORY, "keep-the-history")
    cause = (
        "It writes with a key that is not service_role's, or names a partition instead of the "
        "table: a partition has policies of its own."
    )
    return Symptom(sign, what, cause, "partition_security", "mend-the-writer")


RIGHTS: tuple[Message, ...] = (
    Message(
        "42501",
        compiled(
            rf"new row violates row-level security policy(?: {QUOTED.format('policy')})?"
            rf" for table {QUOTED.format('relation')}"
        ),
        _row_security,
    ),
    Message(
        "42501",
        compiled(
            r"permission denied for (?P<kind>table|relation|function|schema|sequence|view|database)"
            r' "?(?P<name>[^"\s]{1,200})"?'
        ),
        _denied,
    ),
    message(
        "42501",
        r"must be (?:the )?owner of (?:table|relation|function|schema)? ?(?P<name>[\w.\"]{1,200})",
        "Only the owner of {name} may do this.",
        "Mends run as the owner of the tables; on Supabase that is postgres, in the SQL editor.",
        "",
        "keep-what-is-live",
        "must be owner",
    ),
    message(
        "42501",
        r"permission denied to set parameter \"?session_replication_role",
        "This role may not switch triggers off with session_replication_role.",
        "As it should be: only a superuser may. Nothing was switched off.",
        "guard_settings",
        "nothing-bypasses-the-guards",
        "session_replication_role",
    ),
)
