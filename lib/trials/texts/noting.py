"""What does a trigger's function change of a row, and is that only a note of the change? Pure.

A note is the time of the change, who made it, or a count of changes: a column that a function sets
to nothing else may differ after a repair. What is read stands in the text itself; what the text
calls is not followed.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from lib.trials.texts import parsed
from lib.trials.texts.assigning import targets_of
from lib.trials.texts.effects import WRITES
from lib.trials.texts.parsed import Tree

_TIMES = frozenset({"now", "clock_timestamp", "statement_timestamp", "transaction_timestamp"})
_AROUND = frozenset({"timezone", "date_trunc"})
_PLAIN = frozenset({
    "A_Const", "TypeCast", "TypeName", "String", "Integer", "CoalesceExpr",
    "SQLValueFunction", "ColumnRef",
})  # fmt: skip
_WHO_IS_IT = ["auth", "uid"]  # of Supabase


@dataclass(frozen=True)
class Changes:
    """Which columns it sets, those among them that are notes, and what else it writes, in words."""

    sets: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()
    writes: tuple[str, ...] = ()
    unread: bool = False


def changes(language: str, function: str, source: str, arguments: str) -> Changes:
    """What does a trigger with this function change? `arguments` as PostgreSQL keeps them."""
    if language == "c" and function.rpartition(".")[2] == "moddatetime":
        column = arguments.partition("\\000")[0]
        return Changes((column,), (column,))
    if language != "plpgsql":
        return Changes(unread=True)
    try:
        return _read(parsed.body(source, plain=False).block)
    except (parsed.Unread, LookupError, TypeError):
        return Changes(unread=True)


def _read(block: Tree) -> Changes:
    noted: dict[str, bool] = {}
    writes: dict[str, None] = {}
    unread = False
    for kind, told in parsed.nodes(block):
        if kind == "PLpgSQL_stmt_assign":
            target, value = parsed.assigned(told["expr"]["PLpgSQL_expr"]["query"])
            if target[0] == "new":
                unread = unread or len(target) == 1
                for column in target[1:2]:
                    noted[column] = noted.get(column, True) and _is_note(value, column)
        elif kind == "PLpgSQL_stmt_execsql":
            for target in targets_of(told["target"]) if told.get("into") else ():
                unread = unread or target == ["new"]
                noted |= {column: False for column in target[1:2] if target[0] == "new"}
            writes |= dict.fromkeys(_written(told["sqlstmt"]["PLpgSQL_expr"]["query"]))
        elif kind in ("PLpgSQL_stmt_dynexecute", "PLpgSQL_stmt_perform", "PLpgSQL_stmt_call"):
            unread = True
    notes = tuple(column for column, note in noted.items() if note)
    return Changes(tuple(noted), notes, tuple(writes), unread)


def _is_note(value: Tree, column: str) -> bool:
    """Is it the time, who it was, or one more than it held?"""
    told = False
    for kind, node in parsed.nodes(value["SelectStmt"]["targetList"][0]["ResTarget"]["val"]):
        if kind == "FuncCall":
            name = parsed.names(node["funcname"])
            known = name[-1] in _TIMES | _AROUND and name[:-1] in ([], ["pg_catalog"])
            plain = known or name == _WHO_IS_IT
            told = told or name[-1] not in _AROUND
        elif kind == "A_Expr":
            plain = told = _counts_on(node)
        else:
            own = (["new", column], ["old", column])
            plain = kind in _PLAIN and (kind != "ColumnRef" or parsed.fields({kind: node}) in own)
            told = told or kind == "SQLValueFunction"
        if not plain:
            return False
    return told


def _counts_on(node: Tree) -> bool:
    """Is it one more than a column?"""
    kind, counted = parsed.only(node["rexpr"])
    by_one = kind == "A_Const" and parsed.constant(counted) == "1"
    adds = node.get("name") is not None and parsed.names(node["name"])[-1:] == ["+"]
    return adds and by_one and any(each == "ColumnRef" for each, _ in parsed.nodes(node["lexpr"]))


def _written(query: str) -> Iterator[str]:
    """What does a statement write, in words?"""
    for statement in parsed.statements(query):
        for kind, told in parsed.nodes(statement):
            if kind in WRITES:
                relation = told["relation"]
                name = ".".join(filter(None, (relation.get("schemaname"), relation["relname"])))
                yield f"{WRITES[kind]} {name}"
