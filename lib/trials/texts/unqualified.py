"""Which tables does a text name without a schema, and which schemas does a search_path list?"""

from __future__ import annotations

from collections.abc import Iterator
from functools import lru_cache

from lib.core.results import Row
from lib.trials.texts import parsed


def reads(row: Row, table: str) -> bool:
    """Does it look into a table of that name? `row` has body and language; False if not read."""
    return _names(row["body"], row["language"], table)


@lru_cache(maxsize=256)
def types(body: str, language: str) -> tuple[str, ...]:
    """To which types does it cast that it names without a schema? A word of the grammar has one."""
    named = set[str]()
    try:
        for kind, told in _nodes({"body": body, "language": language}):
            if kind == "TypeCast" and len(names := parsed.names(told["typeName"]["names"])) == 1:
                named.add(names[0])
    except parsed.Unread:
        return ()
    return tuple(sorted(named))


@lru_cache(maxsize=256)
def _names(body: str, language: str, table: str) -> bool:
    nodes = _nodes({"body": body, "language": language})
    try:
        return any(kind == "RangeVar" and _bare(told, table) for kind, told in nodes)
    except parsed.Unread:
        return False


def may_write(row: Row) -> bool:
    """May it insert into a table of that name? If not read: does the name stand in it?

    Of one that sets its search_path in its text (`kind`): does it do that, and is it no comment?
    """
    read, sets, writes, table = True, row["kind"] != "text", False, row["table_name"]
    try:
        for kind, told in _nodes(row):
            if kind in ("InsertStmt", "MergeStmt"):
                writes |= _bare(told["relation"], table)
            elif kind == "FuncCall":
                sets |= parsed.names(told["funcname"])[-1] == "set_config"
            sets |= kind == "VariableSetStmt"
            read &= kind != "PLpgSQL_stmt_dynexecute"
    except parsed.Unread:
        read = False
    text = row["body"].lower().replace(f"{row['schema_name']}.{table}", "")
    return (writes and (sets or not read)) or (not read and table in text)


def schemas(path: str | None) -> list[str]:
    """Which schemas does a search_path list? None where it cannot be read."""
    try:
        (tree,) = parsed.statements(f"set search_path = {path or ''}")
        return [each["A_Const"]["sval"]["sval"] for each in tree["VariableSetStmt"]["args"]]
    except (parsed.Unread, ValueError, KeyError):
        return []


def _bare(relation: parsed.Tree, table: str) -> bool:
    return relation["relname"] == table and "schemaname" not in relation


def _nodes(row: Row) -> Iterator[tuple[str, parsed.Tree]]:
    if row["language"] == "sql":
        yield from parsed.nodes([*parsed.statements(row["body"])])
        return
    if row["language"] != "plpgsql":
        raise parsed.Unread("its language is not read here")
    for kind, told in parsed.nodes(parsed.body(row["body"], plain=False).block):
        yield kind, told
        if kind == "PLpgSQL_expr":
            yield from parsed.nodes([*_within(told["query"], told.get("parseMode", 0))])


def _within(query: str, mode: int) -> tuple[parsed.Tree, ...]:
    """What stands in one place of PL/pgSQL: a statement, an expression or an assignment."""
    if mode == 0:
        return parsed.statements(query)
    return (parsed.expression(query) if mode == 2 else parsed.assigned(query)[1],)
