"""What does a trigger's function make the columns of a row from? Pure: nothing here runs it.

It is read for hints, not for a verdict: whatever a variable may hold at any place counts at each.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass

from lib.setup.discover.values import NOTHING, PUT_TOGETHER, WHOLE, Made, Values
from lib.trials.texts import parsed
from lib.trials.texts.assigning import targets_of
from lib.trials.texts.parsed import Tree, Unread, constant
from lib.trials.texts.understood import Helper

_ERROR = 21  # of elog.h: from this level on RAISE ends the statement


@dataclass(frozen=True)
class Assignment:
    """A column that a text sets, from what, and in which line; `unset`: where these are null."""

    column: str
    made: Made
    line: int
    unset: frozenset[str] = frozenset()


@dataclass(frozen=True)
class Read:
    """What a text sets, and in which line it `raises` an error first, 0 for none.

    `calls` are the functions that it names. `unread`: why it cannot be read; `doubt`: why names in
    it may mean another thing than they say.
    """

    sets: tuple[Assignment, ...] = ()
    raises: int = 0
    calls: frozenset[str] = frozenset()
    unread: str = ""
    doubt: str = ""


def read(text: str, helpers: Iterable[Helper] = ()) -> Read:
    """What does this trigger's function set, and by which functions' help?"""
    try:
        body, doubt = parsed.body(text), ""
    except Unread as error:
        doubt = str(error)
        try:
            body = parsed.body(text, plain=False)
            doubt = "" if _prefers_variables(text) else doubt
        except Unread:
            return Read(unread=doubt)
    reader = _Reader(helpers)
    try:
        for _ in range(1 + ("loop" in text.lower())):  # which may use what it sets later
            reader.sets.clear()
            reader.function(body)
    except (Unread, LookupError, ValueError, RecursionError) as error:
        return Read(unread=str(error) if isinstance(error, Unread) else "what is not read here")
    return Read(tuple(reader.sets), reader.raises, frozenset(reader.calls), "", doubt)


def _prefers_variables(text: str) -> bool:
    """Has it the one option, that a name means its variable? Here it does anyway."""
    words = [word.lower() for word in parsed.words(text)]
    return words[:3] == ["#", "variable_conflict", "use_variable"] and words.count("#") == 1


class _Reader(Values):
    def __init__(self, helpers: Iterable[Helper], depth: int = 0) -> None:
        super().__init__(helpers, depth)
        self.sets: list[Assignment] = []
        self.raises = 0
        self.line = 0

    def function(self, body: parsed.Body) -> None:
        for variable in body.variables:
            kind, told = parsed.only(variable)
            if kind in ("PLpgSQL_var", "PLpgSQL_rec") and told.get("refname") not in ("new", "old"):
                self.held.setdefault(told.get("refname", ""), NOTHING)
                self.line = told.get("lineno", self.line)
                if "default_val" in told:
                    self.hold([told["refname"]], self.expression(told["default_val"]))
        self.body(body.block.get("body", []), frozenset())
        self.inner({key: each for key, each in body.block.items() if key != "body"}, frozenset())

    def body(self, statements: list[Tree], unset: frozenset[str]) -> None:
        for each in statements:
            kind, told = parsed.only(each)
            self.line = told.get("lineno", self.line)
            name = kind.removeprefix("PLpgSQL_stmt_")
            does: Callable[[Tree, frozenset[str]], None] = getattr(self, f"on_{name}", self.inner)
            does(told, unset)
            if name == "if" and _ends(told.get("then_body", [])):
                unset |= _tested(told["cond"], "IS_NOT_NULL")

    def inner(self, told: Tree, unset: frozenset[str]) -> None:
        """Whatever stands within a statement of another kind."""
        for value in told.values():
            for each in value if isinstance(value, list) else [value]:
                if not isinstance(each, dict):
                    continue
                for kind, held in each.items():
                    if kind.startswith("PLpgSQL_stmt_"):
                        self.body([{kind: held}], unset)
                    elif kind.startswith("PLpgSQL_") and isinstance(held, dict):
                        self.inner(held, unset)

    def on_if(self, told: Tree, unset: frozenset[str]) -> None:
        self.expression(told["cond"])
        self.body(told.get("then_body", []), unset | _tested(told["cond"], "IS_NULL"))
        for each in told.get("elsif_list", []):
            held = each["PLpgSQL_if_elsif"]
            self.body(held.get("stmts", []), unset | _tested(held["cond"], "IS_NULL"))
        self.body(told.get("else_body", []), unset | _tested(told["cond"], "IS_NOT_NULL"))

    def on_assign(self, told: Tree, unset: frozenset[str]) -> None:
        target, value = parsed.assigned(told["expr"]["PLpgSQL_expr"]["query"])
        self.hold(target, self.first(value), unset)

    def on_execsql(self, told: Tree, unset: frozenset[str]) -> None:
        (tree,) = parsed.statements(told["sqlstmt"]["PLpgSQL_expr"]["query"])
        if "SelectStmt" in tree:
            self.take(list(targets_of(told["target"])) if told.get("into") else [], tree, unset)

    def on_fors(self, told: Tree, unset: frozenset[str]) -> None:
        (tree,) = parsed.statements(told["query"]["PLpgSQL_expr"]["query"])
        if "SelectStmt" in tree:
            self.take(list(targets_of(told["var"])), tree, unset)
        self.body(told.get("body", []), unset)

    def on_dynexecute(self, told: Tree, unset: frozenset[str]) -> None:
        if not told.get("into"):
            return
        targets = list(targets_of(told["target"]))
        kind, held = parsed.only(parsed.value(told["query"]))
        if kind == "A_Const":
            self.given = [self.expression(each) for each in told.get("params", [])]
            (tree,) = parsed.statements(constant(held))
            self.take(targets, tree, unset)
            return
        for target in targets:
            self.hold(target, Made(others=(PUT_TOGETHER,)), unset)

    def on_raise(self, told: Tree, _: frozenset[str]) -> None:
        if told.get("elog_level", _ERROR) >= _ERROR:
            self.raises = self.raises or self.line

    def on_return(self, told: Tree, unset: frozenset[str]) -> None:
        if "expr" not in told:
            return
        tree = parsed.expression(told["expr"]["PLpgSQL_expr"]["query"])
        row = [parsed.fields(each["ResTarget"]["val"]) for each in tree["SelectStmt"]["targetList"]]
        if self.depth == 0 and row not in ([["new"]], [["old"]]) and _reads_new(tree):
            self.hold(["new"], self.first(tree), unset)
        if self.depth:
            self.answer |= self.first(tree)

    def take(self, targets: list[list[str]], tree: Tree, unset: frozenset[str]) -> None:
        """What a query finds goes into these."""
        found, source = self.select(tree)
        if len(targets) == 1 and (len(found) > 1 or "*" in found or not found):
            name = ".".join(targets[0])
            if source:
                self.rows[name] = source
            for label, made in found.items():
                self.hold([*targets[0], label], made, unset)
            if name == "new":
                self.hold(["new"], Made(others=(WHOLE,)), unset)
            return
        for target, (label, made) in zip(targets, found.items(), strict=False):
            self.hold(target, made, unset)
            if len(target) == 1:  # perhaps a record
                self.held[f"{target[0]}.{label}"] = made

    def hold(self, target: list[str], made: Made, unset: frozenset[str] = frozenset()) -> None:
        """The target of an assignment may hold this."""
        if target[0] == "new":
            column = target[1] if len(target) > 1 else "*"
            self.sets.append(Assignment(column, made, self.line, unset))
            return
        for name in {target[0], ".".join(target[:2])}:
            self.held[name] = self.held.get(name, NOTHING) | made


def _tested(expr: Tree, kind: str) -> frozenset[str]:
    """Which columns of the row are null (or are not) where this condition holds?"""
    try:
        tree = parsed.value(expr)
    except (Unread, LookupError, ValueError):
        return frozenset()
    return frozenset(_tests(tree, kind))


def _tests(tree: Tree, kind: str) -> Iterator[str]:
    name, told = parsed.only(tree)
    if name == "BoolExpr" and told["boolop"] == "AND_EXPR":
        for each in told["args"]:
            yield from _tests(each, kind)
    elif name == "NullTest" and told["nulltesttype"] == kind:
        names = parsed.fields(told["arg"])
        yield from names[1:2] if names[:1] == ["new"] else ()


def null_where(condition: str) -> frozenset[str]:
    """Which columns of the row are null where this WHEN clause holds?"""
    return _tested({"PLpgSQL_expr": {"query": condition}}, "IS_NULL") if condition else frozenset()


def _ends(statements: list[Tree]) -> bool:
    return bool(statements) and parsed.only(statements[-1])[0] == "PLpgSQL_stmt_return"


def _reads_new(tree: Tree) -> bool:
    return any(
        kind == "ColumnRef" and parsed.names(told["fields"])[:1] == ["new"]
        for kind, told in parsed.nodes(tree)
    )
