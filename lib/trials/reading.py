"""What decides the key, in the text of a trigger's function? Pure: nothing here runs it.

By slice: on every path that returns the row, the key and what it hangs on may come from the clock,
the reference and the row that is looked up. Conditions around an error or around other columns are
free. Whatever is not understood puts the text outside, with its line.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from itertools import chain

from lib.core.guards import Guard
from lib.trials import parsed
from lib.trials.kept import SENT, Kept
from lib.trials.parsed import Tree, Unread
from lib.trials.understood import (
    CLEAN,
    CLOCK,
    KEY,
    NOW,
    ROW,
    Held,
    Helper,
    Outside,
    Reading,
    either,
    first,
    made,
)
from lib.trials.values import fields

States = dict[str, Held]
_LOOP, _CAUGHT = "how often a loop turns", "which error it catches"
_OTHERS = "what other columns hold"
_ERROR = 21  # of elog.h: from this level on RAISE ends the statement
# Extensions whose functions write no table, or none but their own, and set nothing.
_HARMLESS = frozenset({
    "btree_gin", "btree_gist", "citext", "fuzzystrmatch", "hstore", "http", "intarray", "ltree",
    "moddatetime", "pg_net", "pg_trgm", "pgcrypto", "pgjwt", "pgmq", "postgis", "unaccent",
    "uuid-ossp", "vector",
})  # fmt: skip
_KEPT = frozenset({"(unnamed row)", "found", "sqlstate", "sqlerrm"})  # PostgreSQL declares these


def read(
    text: str,
    guard: Guard,
    helpers: Iterable[Helper] = (),
    when: str = "",
    relations: frozenset[str] = frozenset(),
) -> Reading:
    """What does this trigger's function make of the key of this guard, where it fires `when`?

    `relations` are the guarded tables, their partitions and views on them, by their names alone;
    where they are not told, every name that begins as a guarded table's is meant.
    """
    reader = _Reader(guard, tuple(helpers))
    reader.relations = relations
    reader.state |= {f"new.{column}": Held() for column in reader.watched}
    reader.state[f"new.{guard.clock}"] = Held(form=CLOCK)
    reader.state[f"new.{guard.key}"] = Held(sent=True, form=KEY)
    if guard.reference is not None:
        reference = Held(looked=True, refers=True, form=KEY)
        reader.state[f"new.{guard.reference.column}"] = reference
    with reader.reading():
        reader.unnamed()
        if when:
            reader.branch = reader.select(parsed.expression(when)).why
        reader.function(parsed.body(text))
    return reader.found


def fires_whenever(condition: str, guard: Guard) -> bool:
    """Does a trigger's WHEN clause hold on each update of the key, or of what that hangs on?"""
    source = guard.reference.column if guard.reference else guard.clock
    try:
        tree = parsed.expression(condition)["SelectStmt"]["targetList"][0]["ResTarget"]["val"]
        same = _Reader(guard, ()).facts(tree, truth=False)
    except (Unread, LookupError):
        return False
    return {f"new.{guard.key}", f"new.{source}"} <= same


class _Reader(Kept):
    def __init__(
        self, guard: Guard, helpers: tuple[Helper, ...], calling: tuple[str, ...] = ()
    ) -> None:
        super().__init__(guard, helpers)
        self.calling = calling
        self.result: Held | None = None  # what does a helper answer?
        self.branch = CLEAN  # by what that is not clean does it come to this branch?
        self.jump = CLEAN  # and may it have left the function, or a loop, before?
        self.declared: dict[str, str] = {}
        self.records: set[str] = set()

    @property
    def control(self) -> str:
        """By what does it go whether this is reached? Empty where that is clean."""
        return self.branch or self.jump

    @contextmanager
    def reading(self) -> Iterator[None]:
        try:
            yield
        except Unread as error:
            self.leave(str(error))
        except (LookupError, ValueError, RecursionError):  # a tree's shape that nobody has seen
            self.leave("what is not read here")

    def function(self, body: parsed.Body) -> None:
        """Read a function of PL/pgSQL. Raises: Unread."""
        self.variables, self.types = body.variables, body.types
        loops = [told for kind, told in parsed.nodes(body.block) if kind == "PLpgSQL_stmt_fori"]
        self.turning = {each["var"]["PLpgSQL_var"]["refname"] for each in loops}
        for variable in body.variables:
            self.declare(*parsed.only(variable))
        self.state |= dict.fromkeys(self.turning, Held(_LOOP))
        self.block(body.block)

    def unnamed(self) -> None:
        """Read what may run anywhere: casts, what types check, what a call fills in."""
        for each in self.helpers:
            if "cast" in each.reached:
                self.leave(f"{each.name}() makes one of PostgreSQL's types of another")
        ways = {way for each in self.helpers for way in each.reached}
        anywhere = {way for way in ways if way.startswith(("type ", "operator "))}
        self.reached("function", *anywhere)

    def declare(self, kind: str, told: Tree) -> None:
        name = told.get("refname", "")
        given = name in self.arguments_of and not {"lineno", "default_val"} & told.keys()
        if kind not in ("PLpgSQL_var", "PLpgSQL_rec") or given:
            return
        if name in _KEPT and "lineno" not in told:
            return
        if kind == "PLpgSQL_rec" and name in ("new", "old") and "lineno" not in told:
            return
        self.line = told.get("lineno", 0)
        if name in ("sqlstate", "sqlerrm"):
            self.state[name] = Held(_CAUGHT)
            return
        again = name in self.declared and name not in self.turning
        if name in ("new", "old") or name.startswith("tg_") or again:
            self.leave(f"it declares another {name}")
        if "." in name:
            self.leave("it declares a name with a point")
        typed = told.get("datatype", {}).get("PLpgSQL_type", {}).get("typname", "")
        self.declared[name] = typed or self.types.get(name, "")
        if kind == "PLpgSQL_rec":
            self.records.add(name)
        # The tree leaves out what a record begins with.
        self.state[name] = Held() if kind == "PLpgSQL_var" else Held(f"what {name} holds")
        if "default_val" in told:
            self.state[name] = self.expression(told["default_val"])

    arguments_of: tuple[str, ...] = ()
    turning: set[str]  # what loops count by
    types: dict[str, str]

    def aside(self, statements: list[Tree], why: str) -> None:
        """Read what may end anywhere, or not be reached: whatever it sets goes by this."""
        outer, before = self.branch, dict(self.state)
        self.branch = outer or why
        self.asides += 1
        self.body(statements)
        self.asides -= 1
        self.branch = outer
        self.state = _joined([before, self.state])

    asides = 0

    # Statements: each answers whether the next one may be reached.

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
            self.aside(told.get("body", []), _CAUGHT)
            goes_on = True
        for each in caught:
            before = self.state
            self.state = dict(before)
            self.aside(each, _CAUGHT)
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
        self.branch = outer or asked
        last = [] if otherwise is None else [(None, otherwise)]
        for condition, statements in chain(ways, last):
            if condition is not None:
                self.state = start
                self.branch = self.expression(condition).why or self.branch
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
        self.branch, self.state = outer, _joined(ends or [start])
        return bool(ends)

    def loop(self, told: Tree, *setting: list[str]) -> None:
        for target in setting:
            self.assign(target, Held(_LOOP))
        for each in ("cond", "lower", "upper", "step", "expr"):
            if each in told:
                self.expression(told[each])
        if "query" in told:
            self.statements(told["query"])
        self.aside(told.get("body", []), _LOOP)
        self.assign(["found"], Held(_LOOP))

    def on_loop(self, told: Tree) -> None:
        self.loop(told)

    def on_while(self, told: Tree) -> None:
        self.loop(told)

    def on_fori(self, told: Tree) -> None:
        self.loop(told, [told["var"]["PLpgSQL_var"]["refname"]])

    def on_fors(self, told: Tree) -> None:
        self.loop(told, *_targets(told["var"]))

    def on_foreach_a(self, told: Tree) -> None:
        for name in self.declared:  # the tree has its number alone
            self.state[name] = made([self.state[name]], self.state[name].why or _LOOP)
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
                        self.found.free.setdefault(column, Outside(why, self.line))
                if self.state[f"new.{self.guard.key}"].sent:
                    self.found.kept = self.found.kept or Outside(SENT, self.line)
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
        self.answer(Held(_LOOP))

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

    def on_assign(self, told: Tree) -> None:
        target, value = parsed.assigned(told["expr"]["PLpgSQL_expr"]["query"])
        held = self.select(value)
        if target[-1] == "[]":
            if target[0] != "new" or target[1] in self.watched:
                self.leave("it sets an element")
            return
        if target[0] in self.records and len(target) == 1:  # cast to a type of somebody's own
            held = replace(held, why=held.why or f"what {target[0]} holds")
        key, clock = ["new", self.guard.key], ["new", self.guard.clock]
        # Where there is none the time is that of the write; the month is the own of whatever it is.
        filled = self.untimed and target == clock and held.form == NOW
        own = target == key and held.form == CLOCK and held.why == self.state[".".join(clock)].why
        self.assign(
            target, replace(held, why=CLEAN) if held.why == NOW and (filled or own) else held
        )

    untimed = False  # in a branch for rows without a time?

    def asks_for_time(self, condition: Tree) -> bool:
        """Is it `new.clock is null`?"""
        kind, told = parsed.only(parsed.value(condition))
        asked = kind == "NullTest" and told["nulltesttype"] == "IS_NULL"
        return asked and fields(told["arg"]) == ["new", self.guard.clock]

    def on_execsql(self, told: Tree) -> None:
        targets = list(_targets(told["target"])) if told.get("into") else []
        (tree,) = parsed.statements(told["sqlstmt"]["PLpgSQL_expr"]["query"])
        kind, statement = parsed.only(tree)
        self.effects(tree)
        if kind == "SelectStmt":
            values, looked = self.selected(statement), self.by_id
        else:
            values = [Held("what a statement returns")] * max(1, len(targets))
            looked = False
        whole, why = values[0].form == ROW, first(each.why for each in values)
        record = len(targets) == 1 and targets[0][0] in self.declared and len(targets[0]) == 1
        if record and (whole or len(values) > 1):
            labels = [_label(each["ResTarget"]) for each in statement.get("targetList", [])]
            self.take_row(targets[0][0], values, labels)
        else:
            apart = len(values) == len(targets) and kind == "SelectStmt" and not whole
            together = made(values, _OTHERS if whole else CLEAN)
            for place, target in enumerate(targets):
                self.assign(target, values[place] if apart else together)
        self.assign(["found"], Held(CLEAN if looked else why, looked=looked))

    def take_row(self, name: str, values: list[Held], labels: list[str]) -> None:
        """A record takes a row: its fields by their names, where they are known."""
        looked, parent = any(each.looked for each in values), self.guard.reference
        self.assign([name], replace(made(values, _OTHERS), looked=looked))
        own = self.declared[name].replace('"', "").removesuffix("%rowtype")
        known: dict[str, Held] = {}
        if values[0].form != ROW:
            known = dict(zip(labels, values, strict=False)) if own == "record" else {}
        elif parent is not None and own.removeprefix(f"{self.guard.schema}.") in (
            "record",
            parent.table,
        ):
            known = dict.fromkeys((parent.key, parent.id), Held(looked=looked, form=KEY))
        for column, held in known.items():
            self.state[f"{name}.{column}"] = replace(held, why=self.control or held.why)

    def statements(self, expr: Tree) -> str:
        trees = parsed.statements(expr["PLpgSQL_expr"]["query"])
        return first([self.select(each).why for each in trees])

    def assign(self, target: list[str], held: Held) -> None:
        """The target of an assignment becomes this."""
        held, name = replace(held, why=self.control or held.why), ".".join(target[:2])
        self.assigned.add(name)
        own = target[0] if target[0] != "new" else name
        for known in [e for e in self.state if e == f"~{own}" or e.startswith(f"~{own}.")]:
            del self.state[known]
        if target[0] == "new":
            columns = target[1:2] or self.watched
            for column in (each for each in columns if each in self.watched):
                self.found.sets.add(column)
                if "~UPDATE" not in self.state and held != self.state[f"new.{column}"]:
                    self.found.updates.add(column)
                self.assigned.add(f"new.{column}")
                whole = "" if target[1:] else "another row"
                self.state[f"new.{column}"] = replace(held, why=held.why or whole)
                self.moved(column)
        elif target[0] not in self.state:
            self.leave(f"what {name} is")
        elif target[1:]:
            row = made([self.state[target[0]], held])
            self.state[target[0]] = replace(row, form=self.state[target[0]].form)
            self.state.pop(name, None)
        else:
            self.state = {n: w for n, w in self.state.items() if not n.startswith(f"{name}.")}
            self.state[name] = held

    def moved(self, column: str) -> None:
        """What was worked out from this column is not the new one's."""
        reference, key = self.guard.reference, f"new.{self.guard.key}"
        later = f"a {column} that it sets later"
        if reference is not None and column == reference.column:
            for name in [each for each, held in self.state.items() if held.refers]:
                self.state[name] = replace(self.state[name], refers=False, looked=False)
            own = self.state[f"new.{column}"]
            self.state[f"new.{column}"] = replace(own, refers=True, looked=True, form=KEY)
        own = self.state[f"new.{column}"]
        if column == self.guard.clock and (own.form != CLOCK or own.why):
            for name, held in self.state.items():
                if held.form == CLOCK and name != f"new.{column}":
                    self.state[name] = replace(held, why=held.why or later)
        unrelated = column == self.guard.clock and reference is not None
        if column != self.guard.key and key in self.assigned and not unrelated:
            self.state[key] = Held(later)

    def helped(self, helper: Helper, given: list[Held]) -> Held:
        """What does that function answer, for such arguments?"""
        asked = Held(f"what {helper.name}() answers")
        unclear = {"new", "old", *self.watched, *self.guard.more_columns, "id"}
        if helper.name in self.calling or helper.extension in _HARMLESS:
            return asked
        if helper.extension and helper.language == "c" and helper.volatility != "v":
            return asked
        if helper.language not in ("sql", "plpgsql") or helper.atomic or not helper.body.strip():
            self.leave(f"{helper.name}() is not read here")
            return asked
        plain = all(name.startswith(("p_", "_")) for name in helper.names if name)
        # A column of an argument's name, or PostgreSQL's own, would be meant instead.
        hidden = helper.language == "sql" and not plain and "from" in helper.body.lower().split()
        hidden = hidden or bool(unclear & set(helper.names))
        hidden = hidden or any(name.startswith("tg_") for name in helper.names)
        left_out = parsed.defaults(helper.arguments)[len(given) :]
        inner = _Reader(self.guard, self.helpers, (*self.calling, helper.name))
        inner.relations, inner.arguments_of = self.relations, helper.names
        inner.arguments = [*given, *(self.expr(each) if each else asked for each in left_out)]
        inner.state |= dict(zip(helper.names, inner.arguments, strict=False))
        with inner.reading():
            if helper.language == "sql":
                inner.result = [inner.select(e) for e in parsed.statements(helper.body)][-1]
            else:
                inner.function(parsed.body(helper.body, helper.arguments, helper.result))
        self.found.compared += inner.found.compared
        self.found.even &= inner.found.even
        if inner.found.outside is not None:
            self.leave(f"{helper.name}(), {inner.found.outside}")
        return asked if inner.result is None or hidden else inner.result


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


def _label(target: Tree) -> str:
    """As what is it selected?"""
    return target.get("name") or (fields(target["val"]) or [""])[-1]


def _targets(tree: Tree) -> Iterator[list[str]]:
    kind, told = parsed.only(tree)
    if kind == "PLpgSQL_row":
        yield from (each["name"].replace('"', "").split(".") for each in told.get("fields", []))
    else:
        yield [told["refname"]]
