"""Which statements of a trigger's function are reached, and by what does that go? Pure.

Each statement answers whether the next one may be reached.
"""

from __future__ import annotations

from dataclasses import replace
from itertools import chain

from lib.core.guards import Guard
from lib.trials.texts import parsed
from lib.trials.texts.assigning import CAUGHT, LOOP, Assigning, targets_of
from lib.trials.texts.kept import SENT
from lib.trials.texts.parsed import Tree, fields
from lib.trials.texts.understood import CLEAN, NOW, Held, Helper, Outside, either, made

States = dict[str, Held]
_ERROR = 21  # of elog.h: from this level on RAISE ends the statement


class Flow(Assigning):
    """The ways through a text; `calling` are the functions by which it comes to this one."""

    asides = 0
    variables: tuple[Tree, ...]

    def __init__(
        self, guard: Guard, helpers: tuple[Helper, ...], calling: tuple[str, ...] = ()
    ) -> None:
        super().__init__(guard, helpers)
        self.calling = calling
        self.result: Held | None = None  # what does a helper answer?

    def aside(self, statements: list[Tree], why: str) -> None:
        """Read what may end anywhere, or not be reached: whatever it sets goes by this."""
        outer, before = self.branch, dict(self.state)
        self.branch = outer or why
        self.asides += 1
        self.body(statements)
        self.asides -= 1
        self.branch = outer
        self.state = _joined([before, self.state])

    def body(self, statements: list[Tree]) -> bool:
        return all(self.statement(*parsed.only(each)) for each in statements)

    def statement(self, kind: str, told: Tree) -> bool:
        self.line = told.get("lineno", self.line)
        name = kind.removeprefix("PLpgSQL_stmt_")
        does = getattr(self, f"on_{name}", None)
        if does is None:
            self.leave(f"{name}, which is not read here")
            return True
        return does(told) is not False

    def block(self, told: Tree) -> bool:
        handlers = told.get("exceptions", {}).get("PLpgSQL_exception_block", {}).get("exc_list")
        if not handlers:
            return self.body(told.get("body", []))
        caught = [each["PLpgSQL_exception"].get("action", []) for each in handlers]
        if _looks_up(told["body"]) and all(map(_of_no_row, handlers)):
            before, goes_on = dict(self.state), self.body(told["body"])
            key = f"new.{self.guard.key}"
            if self.state.get(key, Held()).looked and self.state["found"].looked:
                before[key] = replace(before[key], sent=False)
                return self.any_of([before] * len(caught), caught, goes_on)
            self.state = before
        if all(_raises(each) for each in caught):
            goes_on = self.body(told.get("body", []))
        else:
            self.aside(told.get("body", []), CAUGHT)
            goes_on = True
        for each in caught:
            before = self.state
            self.state = dict(before)
            self.aside(each, CAUGHT)
            self.state = _joined([before, self.state])
        return goes_on

    def any_of(self, at: list[States], ways: list[list[Tree]], goes_on: bool) -> bool:
        """One of these, each from its own state, or what has been read."""
        ends = [self.state] if goes_on else []
        for start, statements in zip(at, ways, strict=True):
            self.state = dict(start)
            if self.body(statements):
                ends.append(self.state)
        self.state = _joined(ends or at)
        return bool(ends)

    on_block = block

    def on_if(self, told: Tree) -> bool:
        others = [each["PLpgSQL_if_elsif"] for each in told.get("elsif_list", [])]
        ways = [(told["cond"], told.get("then_body", []))]
        ways += [(each["cond"], each.get("stmts", [])) for each in others]
        return self.ways(CLEAN, ways, told.get("else_body", []))

    def on_case(self, told: Tree) -> bool:
        self.found.even = False
        asked = self.expression(told["t_expr"]) if "t_expr" in told else Held()
        if "t_varno" in told:
            self.state[f"__Case__Variable_{told['t_varno']}__"] = asked
        ways = [each["PLpgSQL_case_when"] for each in told["case_when_list"]]
        read = [(each["expr"], each.get("stmts", [])) for each in ways]
        # Without ELSE it is an error that none of them holds.
        otherwise = told.get("else_stmts", []) if told.get("have_else") else None
        outer, word = self.cased, told.get("t_expr", {}).get("PLpgSQL_expr", {}).get("query", "")
        if word.strip(" ()").lower() == "tg_op":
            self.cased = f"__Case__Variable_{told['t_varno']}__"
        goes_on = self.ways(asked.why, read, otherwise)
        self.cased = outer
        return goes_on

    def ways(
        self, asked: str, ways: list[tuple[Tree, list[Tree]]], otherwise: list[Tree] | None
    ) -> bool:
        """One of these, each under the conditions of all before it."""
        outer, start, ends = self.branch, self.state, []
        at = self.asked_at
        self.branch = outer or asked
        last = [] if otherwise is None else [(None, otherwise)]
        for condition, statements in chain(ways, last):
            if condition is not None:
                self.state = start
                if why := self.expression(condition).why:
                    self.branch, self.asked_at = why, self.line
            self.state, dropped = dict(start), self.found.drops
            if condition is not None:
                self.settle(condition, truth=True)
            self.untimed = condition is not None and self.asks_for_time(condition)
            if self.body(statements):
                ends.append(self.state)
            self.untimed = False
            if condition is not None:
                self.state = start = dict(start)
                self.settle(condition, truth=False)
                if _of_a_delete(condition):
                    self.found.drops = dropped
        self.branch, self.asked_at, self.state = outer, at, _joined(ends or [start])
        return bool(ends)

    def loop(self, told: Tree, *setting: list[str]) -> None:
        for target in setting:
            self.assign(target, Held(LOOP))
        for each in ("cond", "lower", "upper", "step", "expr"):
            if each in told:
                self.expression(told[each])
        if "query" in told:
            self.statements(told["query"])
        self.aside(told.get("body", []), LOOP)
        self.assign(["found"], Held(LOOP))

    def on_loop(self, told: Tree) -> None:
        self.loop(told)

    def on_while(self, told: Tree) -> None:
        self.loop(told)

    def on_fori(self, told: Tree) -> None:
        self.loop(told, [told["var"]["PLpgSQL_var"]["refname"]])

    def on_fors(self, told: Tree) -> None:
        self.loop(told, *targets_of(told["var"]))

    def on_foreach_a(self, told: Tree) -> None:
        for name in self.declared:  # the tree has its number alone
            self.state[name] = made([self.state[name]], self.state[name].why or LOOP)
        self.loop(told)

    def on_exit(self, told: Tree) -> None:
        if "cond" in told:
            self.expression(told["cond"])
        if not self.asides:
            self.leave("it leaves a block")

    def on_null(self, _: Tree) -> None: ...

    def on_assert(self, told: Tree) -> None:
        self.expression(told["cond"])

    def on_raise(self, told: Tree) -> bool:
        options = [each["PLpgSQL_raise_option"]["expr"] for each in told.get("options", [])]
        for each in [*told.get("params", []), *options]:
            self.expression(each)
        return told.get("elog_level", _ERROR) < _ERROR or self.asides > 0

    def on_return(self, told: Tree) -> bool:
        if self.calling:
            held = self.expression(told["expr"]) if "expr" in told else Held("what it has set")
            self.answer(replace(held, why=held.why or self.control))
            self.jump = self.control
            return False
        tree = parsed.expression(told["expr"]["PLpgSQL_expr"]["query"])
        self.effects(tree)
        match _row(tree):
            case "new":
                for column in self.watched:
                    why = self.state[f"new.{column}"].why
                    if why and (column, why) != (self.guard.clock, NOW):
                        line = self.came_from.get(why, self.line)
                        self.found.free.setdefault(column, Outside(why, line))
                if self.state[f"new.{self.guard.key}"].sent:
                    self.found.kept = self.found.kept or Outside(SENT, self.line)
                self.comes_from(CLEAN)
                self.jump = self.control
            case "old" | "null":
                self.found.drops = self.found.drops or Outside(self.control, self.line)
            case _:
                self.leave("it returns another row")
        return self.asides > 0

    def on_return_query(self, told: Tree) -> None:
        if not self.calling or "query" not in told:
            self.leave("it returns what a query finds")
        else:
            self.statements(told["query"])
        self.answer(Held("what a query finds"))

    def on_return_next(self, told: Tree) -> None:
        if "expr" in told:
            self.expression(told["expr"])
        self.answer(Held(LOOP))

    def answer(self, held: Held) -> None:
        self.result = either([self.result, held]) if self.result else held

    def on_perform(self, told: Tree) -> None:
        self.assign(["found"], Held(self.statements(told["expr"]) or "what a query finds"))

    def on_getdiag(self, told: Tree) -> None:
        for each in told.get("diag_items", []):
            number = each["PLpgSQL_diag_item"].get("target", 0)
            kind, variable = parsed.only(self.variables[number])
            if kind != "PLpgSQL_var":
                self.leave("what was counted becomes a column")
            self.assign([variable.get("refname", "found")], Held("what was counted"))


def _row(tree: Tree) -> str:
    """Which row is returned: new, old or null? Empty where it is another."""
    (target,) = tree["SelectStmt"]["targetList"]
    if tree["SelectStmt"].keys() - {"targetList", "limitOption", "op"}:
        return ""
    kind, told = parsed.only(target["ResTarget"]["val"])
    if kind == "A_Const" and "isnull" in told:
        return "null"
    if kind == "ColumnRef":
        named = parsed.names(told["fields"])
        return named[0] if named in (["new"], ["old"]) else ""
    if kind == "CoalesceExpr":
        return "new" if [fields(each) for each in told["args"]] == [["new"], ["old"]] else ""
    return ""


def _of_no_row(handler: Tree) -> bool:
    """Does it catch nothing but that no row was found?"""
    told = handler["PLpgSQL_exception"].get("conditions", [])
    names = {each["PLpgSQL_condition"].get("condname", "") for each in told}
    return names == {"no_data_found"}


def _looks_up(statements: list[Tree]) -> bool:
    """Is it a query that must find a row, and no more than to return then?"""
    kinds = [parsed.only(each)[0].removeprefix("PLpgSQL_stmt_") for each in statements]
    strict = parsed.only(statements[0])[1].get("strict", False) if statements else False
    return bool(strict) and kinds in (["execsql"], ["execsql", "return"])


def _of_a_delete(condition: Tree) -> bool:
    words = condition["PLpgSQL_expr"]["query"].lower().split()
    return "".join(words).strip("()") == "tg_op='delete'"


def _raises(statements: list[Tree]) -> bool:
    """Does it end with an error, whatever happens?"""
    kind, told = parsed.only(statements[-1]) if statements else ("", {})
    return kind == "PLpgSQL_stmt_raise" and told.get("elog_level", _ERROR) >= _ERROR


def _joined(states: list[States]) -> States:
    """What holds after any of these; a name is known where each of them knows it."""
    shared = set(states[0]).intersection(*states[1:])
    return {name: either([state[name] for state in states]) for name in shared}
