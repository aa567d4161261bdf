"""Which columns of two tables does a view or a function compare? Pure: nothing here runs it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import suppress
from itertools import pairwise

from lib.trials.texts import parsed
from lib.trials.texts.parsed import Tree, Unread

Place = tuple[str, str, str]  # schema (empty where none is told), table and column


def joins(
    text: str, language: str | None, arguments: str = "", result: str = "trigger"
) -> set[frozenset[Place]]:
    """The pairs of columns that must be equal in this view (no language) or function.

    Raises: Unread.
    """
    trees: list[Tree] = []
    if language != "plpgsql":
        trees += parsed.statements(text)
    else:
        for kind, told in parsed.nodes(parsed.body(text, arguments, result, plain=False).block):
            if kind == "PLpgSQL_expr":
                with suppress(Unread):  # an assignment, or a part of one
                    trees += parsed.statements(told["query"])
    return {pair for tree in trees for pair in _pairs(tree)}


def _pairs(tree: Tree) -> Iterator[frozenset[Place]]:
    nodes = list(parsed.nodes(tree))
    tables: dict[str, set[tuple[str, str]]] = {}
    for kind, told in nodes:
        own = [told["relation"]] if kind in ("UpdateStmt", "DeleteStmt") else []
        for each in [told] if kind == "RangeVar" else own:
            alias = each.get("alias", {}).get("aliasname") or each["relname"]
            tables.setdefault(alias, set()).add((each.get("schemaname", ""), each["relname"]))
    known = {alias: next(iter(found)) for alias, found in tables.items() if len(found) == 1}
    for kind, told in nodes:
        if kind == "A_Expr" and parsed.names(told["name"]) == ["="]:
            yield from _compared(told.get("lexpr", {}), told.get("rexpr", {}), known)
        elif kind == "JoinExpr":
            sides = [_sides(told[side]) for side in ("larg", "rarg")]
            for column in parsed.names(told.get("usingClause", [])):
                for one, other in pairwise(filter(None, sides)):
                    if one != other:
                        yield frozenset({(*one, column), (*other, column)})


def _compared(
    one: Tree, other: Tree, known: dict[str, tuple[str, str]]
) -> Iterator[frozenset[Place]]:
    rows = [each.get("RowExpr", {}).get("args") for each in (one, other)]
    if rows[0] and rows[1]:
        for left, right in zip(*rows, strict=False):
            yield from _compared(left, right, known)
    names = [parsed.fields(each) for each in (one, other)]
    if all(len(each) == 2 and each[0] in known for each in names):
        found = frozenset((*known[alias], column) for alias, column in names)
        if len(found) == 2:
            yield found


def _sides(tree: Tree) -> tuple[str, str] | None:
    kind, told = parsed.only(tree)
    return (told.get("schemaname", ""), told["relname"]) if kind == "RangeVar" else None
