"""Does a name without a schema mean another table than the guarded one, to a writer or a guard?"""

from __future__ import annotations

from lib.checks import foreign_key
from lib.checks.live_functions import definitions
from lib.checks.parameters import lists
from lib.core.context import Context
from lib.core.findings import critical, note, warning
from lib.core.guards import Guard
from lib.core.remedies import BY_HAND, Remedies, advice, by_hand, statements
from lib.core.results import Finding, Row
from lib.core.words import listed, plural, unqualified
from lib.db.database import Session
from lib.db.sql import literal, quoted, remark
from lib.remedies import locks
from lib.trials.obstacles import name_of
from lib.trials.texts.unqualified import may_write, reads, schemas, types

_MEANS = "Rows are written, and no count of the guarded table has them."
_MEANS_TEMPORARY = "Whoever makes such a temporary table decides which month an event gets."
_LAST = "pg_temp"


def read(session: Session, context: Context) -> tuple[Row, ...]:
    """The rows of sql/checks/guard_settings_paths.sql, of functions those alone that may write."""
    rows = session.rows("checks/guard_settings_paths", **lists(context))
    return tuple(row for row in rows if row["body"] is None or may_write(row))


def judge_path(row: Row) -> Finding:
    """What does it mean that this search_path comes to another table of the same name?"""
    other = f"the view {row['value']}" if row["viewed"] else row["value"]
    detail = (
        f"the search_path of {_whose(row)} comes to {other} before {row['relation']}: what is "
        "written so without naming the schema goes there, unguarded and unseen here"
    )
    headline = f"a search_path hides the table {unqualified(row['relation'])}"
    say, code = (critical, "written_by") if row["filled"] else (warning, "hidden_by")
    detail += "; rows have gone there" * row["filled"]
    return say(row["relation"], f"{code}_search_path", headline, detail, _other_way(row), _MEANS)


def place(row: Row) -> tuple[str, str]:
    """Where is something set, in words, and after ALTER?"""
    name, database = row["name"], row["database"]
    match row["kind"]:
        case "role":
            words, altered = f"the role {name}", f"role {quoted(name)}"
            if database:
                return (
                    f"{words} in the database {database}",
                    f"{altered} in database {quoted(database)}",
                )
            return words, altered
        case "everyone":
            return "every role (ALTER ROLE ALL)", "role all"
        case "function" | "caller":
            return f"the function {name}", f"function {name}"
        case "database":
            return f"the database {database}", f"database {quoted(database)}"
    return "the whole server", "system"


def _whose(row: Row) -> str:
    roles = row["roles"]
    whom = listed(roles) if len(roles) <= 3 else plural(len(roles), "role")
    if row["kind"] in ("function", "text"):
        sets = "sets it and " if row["kind"] == "text" else ""
        return f"{row['name']}, whose text {sets}names {row['table_name']},"
    if row["kind"] == "caller":
        return f"{whom}, by which {row['name']} names {row['table_name']},"
    alone = row["kind"] == "role" and roles == [row["name"]]
    return place(row)[0] + ("" if alone else f", which holds for {whom},")


def _other_way(row: Row) -> Remedies:
    """By hand: the schema of the guarded table comes first."""
    if row["kind"] == "text":
        where = f"in the text of {remark(row['name'])}"
        return advice(f"where {row['relation']} is meant, name its schema {where}")
    own, path = row["schema_name"], schemas(row["path"])
    altered = place({**row, "kind": "database"} if row["kind"] == "server" else row)[1]
    first = _listed([own, *(each for each in path if each != own)])
    unset = row["kind"] in ("server", "caller")
    kept = "reset search_path" if unset else f"set search_path = {_listed(path)}"
    return by_hand(
        f"where {row['relation']} is meant",
        f"alter {altered} set search_path = {first};",
        lock=locks.NONE,
        undo=f"alter {altered} {kept};",
        choices=BY_HAND,
    )


def judge_guards(session: Session, context: Context) -> list[Finding]:
    """Which guards find a writer's temporary table, or type, before the one that they mean?

    Source: PostgreSQL manual, "search_path": the temporary schema comes first if it is not listed.
    """
    rows = zip(context.guards, definitions(session, context), strict=True)
    strict = [(guard, row) for guard, row in rows if guard.sets == "always"]
    found = [(guard, row) for guard, row in strict if _finds_another(guard, row)]
    tied = foreign_key.enforced(session, context) if found else frozenset()
    said = [_judge_guard(guard, _path(row), tied=guard.table in tied) for guard, row in found]
    for guard, row in strict:
        named = types(row["body"], row["language"]) if row["body"] else ()
        if named and _LAST not in schemas(_path(row)):
            said.append(_judge_types(guard, listed([*named])))
    return said


def _finds_another(guard: Guard, row: Row) -> bool:
    path = schemas(_path(row))
    if guard.reference is None or (_LAST in path and guard.schema in path[: path.index(_LAST)]):
        return False
    return reads(row, guard.reference.table)


def _judge_types(guard: Guard, named: str) -> Finding:
    headline = f"the {guard.noun} guard finds temporary types first"
    detail = (
        f"{name_of(guard)} names {named} without pg_catalog, and its search_path does not end with "
        "pg_temp: a writer's temporary type of that name would be found first"
    )
    return note(name_of(guard), "temporary_type_first", headline, detail)


def _judge_guard(guard: Guard, path: str | None, *, tied: bool) -> Finding:
    assert guard.reference is not None
    name, table = name_of(guard), guard.reference.table
    has = "it has no search_path" if path is None else "its search_path does not end with pg_temp"
    key = "the foreign key" if tied else "no foreign key"
    headline = f"the {guard.noun} guard finds temporary tables first"
    detail = (
        f"{name} names {table} without its schema, and {has}: a writer's temporary table {table} "
        f"is found first; {key} refuses the month that comes of that"
    )
    said = (name, "temporary_table_first", headline, detail)
    return note(*said) if tied else warning(*said, _temporary_last(guard, path), _MEANS_TEMPORARY)


def _temporary_last(guard: Guard, path: str | None) -> Remedies:
    whose, kept = f"function {quoted(guard.schema)}.{quoted(guard.function)}()", schemas(path)
    own = [each for each in kept if each != _LAST]
    last = _listed([*(own if guard.schema in own else [guard.schema, *own]), _LAST])
    undo = "reset search_path" if path is None else f"set search_path = {_listed(kept)}"
    sql = f"alter {whose} set search_path = {last};"
    return statements(sql, lock=locks.NONE, undo=f"alter {whose} {undo};")


def _path(row: Row) -> str | None:
    pairs = (each.partition("=") for each in row["settings"])
    return next((value for name, _, value in pairs if name == "search_path"), None)


def _listed(path: list[str]) -> str:
    return ", ".join(map(quoted, path)) or literal("")
