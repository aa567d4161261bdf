"""Which row does a query of a trigger's function find? Pure."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

from lib.core.guards import Guard
from lib.trials.texts import parsed
from lib.trials.texts.effects import Effects
from lib.trials.texts.parsed import Tree, constant, fields
from lib.trials.texts.understood import CLEAN, ROW, Held, Helper, first, made

# Clauses by which a SELECT is more than one row's values.
_MORE = frozenset({
    "withClause", "valuesLists", "groupClause", "havingClause", "windowClause",
    "distinctClause", "limitOffset", "intoClause",
})  # fmt: skip


@dataclass(frozen=True)
class _Row:
    """The row of the parent that a query looks up; `alone` where no other table is joined to it."""

    aliases: frozenset[str]
    alone: bool


class Lookups(Effects):
    """What queries select, and whether they find the row that is referred to, by its id alone."""

    def __init__(self, guard: Guard, helpers: tuple[Helper, ...]) -> None:
        super().__init__(guard, helpers)
        reference = guard.reference
        self.watched = (guard.key, guard.clock, *([reference.column] if reference else []))
        self.state: dict[str, Held] = {"found": Held()}
        self.arguments: list[Held] = []
        self.assigned: set[str] = set()
        self.row: _Row | None = None  # that of the innermost query
        self.by_id = False  # was the last query's found by the reference, and by nothing else?

    def expression(self, expr: Tree) -> Held:
        """What is an expression of PL/pgSQL?"""
        return self.select(parsed.expression(expr["PLpgSQL_expr"]["query"]))

    def select(self, tree: Tree) -> Held:
        """What is the value of this statement, or are all of them?"""
        self.effects(tree)
        kind, told = parsed.only(tree)
        if kind != "SelectStmt":
            return Held("what a statement returns")
        values = self.selected(told)
        return values[0] if len(values) == 1 else made(values)

    def selected(self, told: Tree) -> list[Held]:
        """What is each value that is selected?"""
        targets = [each["ResTarget"]["val"] for each in told.get("targetList", [])]
        where, sources = told.get("whereClause"), told.get("fromClause", [])
        plain = told.get("op") == "SETOP_NONE" and not _MORE & told.keys()
        limit = told.get("limitCount", {"A_Const": {"ival": {"ival": 1}}}).get("A_Const", {})
        plain = plain and "ival" in limit and constant(limit) != "0"
        sources, joined = _without_joined(sources) if plain else (sources, False)
        if plain and not sources and "sortClause" not in told:
            asked = self.expr(where).why if where else CLEAN
            values = [self.expr(each) for each in targets] or [Held()]
            self.by_id = False
            return [replace(each, why=asked or each.why) for each in values]
        outer, self.row = self.row, _Row(_aliases(sources), alone=not joined)
        try:
            if why := self.looked_up(sources, told) if plain else "what a query finds":
                self.by_id = False
                return [Held(why)] * max(1, len(targets))
            conditions = list(_conditions(where))
            by_id = all(e for c in conditions for e in [self.is_certain(c)])
            values = [self.of_row(each, looked=by_id) for each in targets] or [Held()]
        finally:
            self.row = outer
        self.by_id = by_id
        return values

    def of_row(self, target: Tree, *, looked: bool) -> Held:
        """One value of the row that is looked up."""
        kind, told = parsed.only(target)
        names = parsed.names(told["fields"]) if kind == "ColumnRef" else []
        assert self.row is not None
        if names[-1:] == ["*"]:
            own = self.row.alone if len(names) == 1 else names[0] in self.row.aliases
            return Held(looked=looked, form=ROW) if own else self.expr(target)
        value = self.expr(target)
        return replace(value, looked=looked and (value.looked or value.word is not None))

    def looked_up(self, sources: list[Tree], told: Tree) -> str:
        """Is it the row that is referred to, and by its id alone? By what does it go, if not."""
        parent, named = self.guard.reference, [_relation(each) for each in sources]
        for each in told.get("lockingClause", []):
            if each["LockingClause"].get("waitPolicy") != "LockWaitBlock":
                return "which locks are held"
        if parent is None or named not in (
            [("", parent.table)],
            [(self.guard.schema, parent.table)],
        ):
            return "what a query finds"
        for each in told.get("sortClause", []):
            key = each["SortBy"]["node"]
            if parsed.only(key)[0] != "ColumnRef" and self.expr(key).why:
                return "in which order a query finds it"
        conditions = list(_conditions(told.get("whereClause")))
        rest = [each for each in conditions if not self.is_its_id(each)]
        if len(rest) == len(conditions):
            return f"a row of {parent.table} that is not found by its {parent.id}"
        return first(self.expr(each).why for each in rest if not self.is_alike(each))

    def is_certain(self, condition: Tree) -> bool:
        """Is it so of each row that has the id, or compared beside it, which is tried?"""
        kind, told = parsed.only(condition)
        if kind == "NullTest" and told["nulltesttype"] == "IS_NOT_NULL":
            return bool(self.of_parent(told["arg"])) and self.expr(told["arg"]).looked
        return self.is_its_id(condition) or self.is_alike(condition)

    def of_parent(self, value: Tree) -> str:
        """Which column of the row that is looked up is this? Empty where it is none."""
        names = fields(value)
        if self.row is None or not names:
            return ""
        if len(names) == 1:
            return names[0] if self.row.alone and names[0] not in self.state else ""
        return names[1] if names[0] in self.row.aliases else ""

    def is_its_id(self, condition: Tree) -> bool:
        """Is it `id = what the row refers to`, in either order?"""
        kind, told = parsed.only(condition)
        if kind != "A_Expr" or parsed.names(told["name"]) != ["="] or told["kind"] != "AEXPR_OP":
            return False
        assert self.guard.reference is not None
        for one, other in (("lexpr", "rexpr"), ("rexpr", "lexpr")):
            if self.of_parent(told[one]) == self.guard.reference.id:
                held = self.expr(told[other])
                if held.refers and not held.why:
                    return True
        return False

    def is_alike(self, condition: Tree) -> bool:
        """Does it compare a further column that the guard is about with the row's own?"""
        kind, told = parsed.only(condition)
        if kind == "BoolExpr" and told["boolop"] == "OR_EXPR":  # or the row has none
            own = [["new", column] for column in self.guard.more_columns]
            return all(
                self.is_alike(each) or fields(each.get("NullTest", {}).get("arg", {})) in own
                for each in told["args"]
            )
        plain = ("AEXPR_OP", "AEXPR_NOT_DISTINCT")
        if kind != "A_Expr" or parsed.names(told["name"]) != ["="] or told["kind"] not in plain:
            return False
        sides = ((told["lexpr"], told["rexpr"]), (told["rexpr"], told["lexpr"]))
        return any(
            fields(one) == ["new", column] and self.of_parent(other) == column
            for column in self.guard.more_columns
            for one, other in sides
        )

    def expr(self, value: Tree) -> Held:
        raise NotImplementedError


def _conditions(where: Tree | None) -> Iterator[Tree]:
    kind, told = parsed.only(where) if where else ("", {})
    if kind == "BoolExpr" and told["boolop"] == "AND_EXPR":
        yield from told["args"]
    elif where:
        yield where


def _without_joined(sources: list[Tree]) -> tuple[list[Tree], bool]:
    """The tables without such as are joined to each of their rows; were there any?"""
    if len(sources) != 1 or "JoinExpr" not in sources[0]:
        return sources, False
    join = sources[0]["JoinExpr"]
    beside = join["jointype"] == "JOIN_LEFT" and "RangeVar" in join["rarg"]
    whole = beside and not {"isNatural", "usingClause", "alias"} & join.keys()
    return (_without_joined([join["larg"]])[0], True) if whole else (sources, False)


def _relation(source: Tree) -> tuple[str, str]:
    kind, told = parsed.only(source)
    whole = kind == "RangeVar" and "inh" in told and "colnames" not in told.get("alias", {})
    return (told.get("schemaname", ""), told["relname"]) if whole else ("", "")


def _aliases(sources: list[Tree]) -> frozenset[str]:
    told = [parsed.only(each)[1] for each in sources]
    named = (each.get("alias", {}).get("aliasname") or each.get("relname", "") for each in told)
    return frozenset(named)
