"""What keeps a guard from being tried, or makes a try prove nothing?"""

from __future__ import annotations

from lib.core.errors import QueryFailed
from lib.core.guards import Guard, Reference
from lib.core.remedies import Remedies, by_hand, statements
from lib.core.results import Finding, Row, Status
from lib.db.sql import quoted
from lib.remedies import locks, remedies
from lib.remedies.unobserved import code, reason, remedy_for
from lib.trials import strangers
from lib.trials.bodies import asks_its_table, compares


def name_of(guard: Guard) -> str:
    """The guard's function, as findings name it."""
    return f"{guard.schema}.{guard.function}()"


def prevented(guard: Guard, place: Row, theirs: list[Row]) -> Finding | None:
    """Why can it not be tried here? `theirs` is what of strangers' a try would run."""
    name, role = name_of(guard), quoted(place["role"])
    function = f"{quoted(guard.schema)}.{quoted(guard.function)}()"
    cases: list[tuple[object, str, str, str, Remedies]] = [
        (
            not place["table_exists"],
            "guarded_table_missing",
            f"the {guard.noun} guard cannot be tried: no table",
            f"{guard.relation} does not exist",
            (),
        ),
        (
            not place["function_exists"],
            "function_missing",
            f"the {guard.noun} guard's function does not exist",
            f"{name} does not exist",
            (),
        ),
        (
            place["standby"],
            "standby",
            f"the {guard.noun} guard cannot be tried on a standby",
            "a hot standby lets nobody make even a temporary table",
            remedies.ON_THE_PRIMARY,
        ),
        (
            not place["schema_usage"],
            "schema_closed",
            f"this role may not use the schema {guard.schema}",
            f"the role {place['role']} may not use the schema {guard.schema}",
            remedies.grants(
                [(f"usage on schema {quoted(guard.schema)}", role)], remedies.ROLE_FILE
            ),
        ),
        (
            not place["may_execute"],
            "not_executable",
            f"this role may not try the {guard.noun} guard",
            f"the role {place['role']} may not execute it",
            remedies.grants([(f"execute on function {function}", role)]),
        ),
        (
            not place["may_make_tables"],
            "no_temporary_tables",
            "this role may not make temporary tables",
            f"the role {place['role']} may not make temporary tables",
            remedies.grants([(f"temporary on database {quoted(place['database'])}", role)]),
        ),
        (
            theirs,
            "code_of_strangers",
            f"the {guard.noun} guard runs a stranger's code",
            strangers.not_run(theirs, place["role"]),
            strangers.REMEDY,
        ),
    ]
    for holds, kind, headline, words, remedy in cases:
        if holds:
            detail = f"{name} was not tried: {words}"
            return Finding(name, Status.UNKNOWN, detail, remedy, code=kind, headline=headline)
    if guard.reference is not None and not place["security_definer"]:
        return _invoker(guard, guard.reference, function)
    return None


def _invoker(guard: Guard, reference: Reference, function: str) -> Finding:
    """It reads another table with the writer's rights, which nobody else has."""
    name = name_of(guard)
    words = (
        f"{name} is SECURITY INVOKER: it sees {guard.schema}.{reference.table} with the "
        "rights of whoever writes, which cannot be tried; its text decides"
    )
    means = "Row level security may hide the row it looks for from the writer."
    remedy = statements(f"alter function {function} security definer;", lock=locks.NONE)
    return Finding(
        name,
        Status.WARNING,
        words,
        remedy,
        means,
        code="security_invoker",
        headline=f"the {guard.noun} guard's function runs with the writer's rights",
    )


def failed(guard: Guard, place: Row, error: QueryFailed) -> Finding:
    """It was tried, and PostgreSQL refused the sandbox itself: why, and what lets it stand?

    What an event trigger does at each CREATE TABLE it does with the rights of whoever makes even a
    temporary one, unless its function is SECURITY DEFINER.
    """
    name = name_of(guard)
    words = f"{name} was not tried: {reason(error)}"
    if error.sqlstate != "42501" or not place["event_functions"]:
        return Finding(
            name,
            Status.UNKNOWN,
            words,
            remedy_for(error),
            code=code(error),
            headline=f"the {guard.noun} guard could not be tried",
        )
    functions = place["event_functions"]
    detail = (
        f"{words}; an event trigger runs {', '.join(functions)} with the rights of whoever makes "
        "even a temporary table"
    )
    remedy = "\n".join(f"alter function {function} security definer;" for function in functions)
    means = "Until then a role without those rights can make no table, not even a temporary one."
    return Finding(
        name,
        Status.UNKNOWN,
        detail,
        by_hand(
            "as its owner, if its text names every object with its schema", remedy, lock=locks.NONE
        ),
        means,
        code="event_trigger_refuses",
        headline="an event trigger keeps guards from being tried",
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
