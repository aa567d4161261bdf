"""What keeps a guard from being tried, or makes a try prove nothing?"""

from __future__ import annotations

from lib.core.errors import QueryFailed
from lib.core.findings import unknown, warning
from lib.core.guards import Guard
from lib.core.remedies import Remedies, by_hand, statements
from lib.core.results import Finding, Row
from lib.db.sql import quoted
from lib.remedies import locks, remedies
from lib.remedies.unobserved import code as code_of
from lib.remedies.unobserved import reason, remedy_for
from lib.trials import strangers
from lib.trials.texts.bodies import asks_its_table, compares


def name_of(guard: Guard) -> str:
    """The guard's function, as findings name it."""
    return f"{guard.schema}.{guard.function}()"


def prevented(guard: Guard, place: Row, theirs: list[Row]) -> Finding | None:
    """Why can it not be tried here? `theirs` is what of strangers' a try would run."""
    name, schema, me = name_of(guard), quoted(guard.schema), f"the role {place['role']}"
    function, right, file = f"{schema}.{quoted(guard.function)}()", "", ""
    fix: Remedies = ()
    if not place["table_exists"]:
        code, words = "guarded_table_missing", f"{guard.relation} does not exist"
    elif not place["function_exists"]:
        code, words = "function_missing", f"{name} does not exist"
    elif place["standby"]:
        code, words = "standby", "a hot standby lets nobody make even a temporary table"
        fix = remedies.ON_THE_PRIMARY
    elif not place["schema_usage"]:
        code, words = "schema_closed", f"{me} may not use the schema {guard.schema}"
        right, file = f"usage on schema {schema}", remedies.ROLE_FILE
    elif not place["may_execute"]:
        code, words = "not_executable", f"{me} may not execute it"
        right = f"execute on function {function}"
    elif not place["may_make_tables"]:
        code, words = "no_temporary_tables", f"{me} may not make temporary tables"
        right = f"temporary on database {quoted(place['database'])}"
    elif theirs:
        code, words = "code_of_strangers", strangers.not_run(theirs, place["role"])
        fix = strangers.REMEDY
    elif guard.reference is None or place["security_definer"]:
        return None
    else:
        # It reads another table with the writer's rights, which nobody else has.
        return warning(
            name,
            "security_invoker",
            f"the {guard.noun} guard's function runs with the writer's rights",
            f"{name} is SECURITY INVOKER: it sees {guard.schema}.{guard.reference.table} with the "
            "rights of whoever writes, which cannot be tried; its text decides",
            statements(f"alter function {function} security definer;", lock=locks.NONE),
            "Row level security may hide the row it looks for from the writer.",
        )
    fix = remedies.grants([(right, quoted(place["role"]))], file) if right else fix
    short = code.removeprefix("guarded_").replace("_", " ")
    headline = f"the {guard.noun} guard is untried: {short}"
    return unknown(name, code, headline, f"{name} was not tried: {words}", fix)


def failed(guard: Guard, place: Row, error: QueryFailed) -> Finding:
    """It was tried, and PostgreSQL refused the sandbox itself: why, and what lets it stand?

    What an event trigger does at each CREATE TABLE it does with the rights of whoever makes even a
    temporary one, unless its function is SECURITY DEFINER.
    """
    name, functions = name_of(guard), place["event_functions"]
    words = f"{name} was not tried: {reason(error)}"
    if error.sqlstate != "42501" or not functions:
        headline = f"the {guard.noun} guard could not be tried"
        return unknown(name, code_of(error), headline, words, remedy_for(error))
    look = "let it run as its owner, if its text names every object with its schema"
    sql = "\n".join(f"alter function {function} security definer;" for function in functions)
    return unknown(
        name,
        "event_trigger_refuses",
        "an event trigger keeps guards from being tried",
        f"{words}; an event trigger runs {', '.join(functions)} with the rights of whoever makes "
        "even a temporary table",
        by_hand(look, sql, lock=locks.NONE),
        "Until then a role without those rights can make no table, not even a temporary one.",
    )


def excused(guard: Guard, place: Row) -> tuple[str, Remedies] | None:
    """Could the sandbox itself be why? Then the answer proves nothing."""
    body = place["body"]
    if asks_its_table(body):
        return "its text asks on which table it runs", ()
    for column in place["uncopied"]:
        if guard.reference and compares(body, column):
            parent = f"{quoted(guard.schema)}.{quoted(guard.reference.table)}"
            words = f"its text compares {column}, which this role may not read"
            role = quoted(place["role"])
            return words, remedies.grants([(f"select ({quoted(column)}) on {parent}", role)])
    return None
