"""Of what is a value in a trigger's function made? Pure: nothing here runs it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace

from lib.trials.texts import parsed
from lib.trials.texts.parsed import Tree, Unread, constant
from lib.trials.texts.understood import Helper

NOW, PUT_TOGETHER, WHOLE = "what time it is", "a text that is put together", "the whole row"
_EQUAL = ("AEXPR_OP", "AEXPR_NOT_DISTINCT")
_TIME = frozenset({
    "now", "clock_timestamp", "statement_timestamp", "transaction_timestamp", "timeofday",
})  # fmt: skip
_OWN = frozenset({
    "make_date", "make_timestamp", "make_timestamptz", "make_interval", "lpad", "concat", "format",
    "to_date", "to_number", "to_timestamp", "date", "floor", "round", "trunc", "int4", "int8",
    "greatest", "least", "date_bin", "date_trunc", "timezone", "to_char", "extract", "date_part",
})  # fmt: skip
# From the finest to the coarsest; of several, as in year * 100 + month, the finest counts.
_PERIODS = ("week", "day", "month", "quarter", "year")
_FIELDS = {"doy": "day", "isoyear": "year"}
_PATTERNS = {"IW": "week", "DD": "day", "MM": "month", "MON": "month", "Q": "quarter", "YY": "year"}
_OTHER_PATTERNS = ("WW", "HH", "MI", "SS", "MS", "US", "J")
ANOTHER = "?"  # a period that no key is of here


Row = tuple[str, str, tuple[tuple[str, str], ...]]  # as a Lookup has it, but for the column


@dataclass(frozen=True)
class Lookup:
    """A column of a row of another table, found `by` its columns and those of the written row."""

    schema: str
    table: str
    column: str
    by: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True)
class Made:
    """Of what is a value made, in the order found?

    `columns` are the written row's, `cuts` periods ("month"), `days`: it is cut to a date, `zones`
    time zones; `others` is what else it goes by, in words.
    """

    columns: tuple[str, ...] = ()
    lookups: tuple[Lookup, ...] = ()
    cuts: tuple[str, ...] = ()
    days: bool = False
    zones: tuple[str, ...] = ()
    others: tuple[str, ...] = ()

    def __or__(self, other: Made) -> Made:
        return Made(
            tuple(dict.fromkeys(self.columns + other.columns)),
            tuple(dict.fromkeys(self.lookups + other.lookups)),
            tuple(dict.fromkeys(self.cuts + other.cuts)),
            self.days or other.days,
            tuple(dict.fromkeys(self.zones + other.zones)),
            tuple(dict.fromkeys(self.others + other.others)),
        )

    @property
    def periods(self) -> tuple[str, ...]:
        """To which periods is it cut? A date alone is a day."""
        return self.cuts or (("day",) if self.days else ())


NOTHING = Made()


class Values:
    """What the variables of a text may hold, and what its expressions and queries are made of."""

    def __init__(self, helpers: Iterable[Helper], depth: int = 0) -> None:
        self.helpers, self.depth = tuple(helpers), depth
        self.held: dict[str, Made] = {}
        self.rows: dict[str, Row] = {}
        self.given: list[Made] = []
        self.calls: set[str] = set()
        self.answer = NOTHING

    def function(self, body: parsed.Body) -> None:
        """Read a function of PL/pgSQL. Raises: Unread."""
        raise NotImplementedError

    def expression(self, expr: Tree) -> Made:
        return self.first(parsed.expression(expr["PLpgSQL_expr"]["query"]))

    def first(self, tree: Tree) -> Made:
        found, _ = self.select(tree)
        return next(iter(found.values()), NOTHING)

    def select(self, tree: Tree, outer: _Scope | None = None) -> tuple[dict[str, Made], Row | None]:
        """What is each value that is selected, by its name? And of which row are all of them?"""
        told = tree.get("SelectStmt", {})
        if "larg" in told:
            return self.select({"SelectStmt": told["larg"]}, outer)
        scope = _Scope(outer)
        for each in told.get("withClause", {}).get("ctes", []):
            held = each["CommonTableExpr"]
            scope.made[held["ctename"]] = self.select(held["ctequery"], scope)[0]
        for each in told.get("fromClause", []):
            self.source(each, scope)
        for each in [*scope.quals, *filter(None, [told.get("whereClause")])]:
            self.equal(each, scope)
        found: dict[str, Made] = {}
        whole = None
        for place, each in enumerate(told.get("targetList", [])):
            target = each["ResTarget"]
            names = parsed.fields(target["val"])
            if names[-1:] == ["*"]:
                whole = scope.row(names[0] if len(names) > 1 else "")
                found["*"] = NOTHING
                continue
            label = target.get("name") or (names or [f"?{place}"])[-1]
            found[label] = self.value(target["val"], scope)
        return found, whole

    def source(self, tree: Tree, scope: _Scope) -> None:
        """A table, a query or a join that stands in FROM."""
        kind, told = parsed.only(tree)
        alias = told.get("alias", {}).get("aliasname", "")
        if kind == "RangeVar":
            name = told["relname"]
            if "schemaname" not in told and name in scope.made:
                scope.made[alias or name] = scope.made[name]
            else:
                scope.tables[alias or name] = (told.get("schemaname", ""), name)
        elif kind == "JoinExpr":
            self.source(told["larg"], scope)
            self.source(told["rarg"], scope)
            scope.quals += [told["quals"]] if "quals" in told else []
        elif kind == "RangeSubselect":
            scope.made[alias] = self.select(told["subquery"], scope)[0]

    def equal(self, tree: Tree, scope: _Scope) -> None:
        """Which columns of a table must equal the written row's?"""
        kind, told = parsed.only(tree)
        if kind == "BoolExpr" and told["boolop"] == "AND_EXPR":
            for each in told["args"]:
                self.equal(each, scope)
        if kind != "A_Expr" or told["kind"] not in _EQUAL or parsed.names(told["name"]) != ["="]:
            return
        sides = told.get("lexpr", {}), told.get("rexpr", {})
        rows = [each.get("RowExpr", {}).get("args", [each]) for each in sides]
        for left, right in zip(*rows, strict=False):
            for one, other in ((left, right), (right, left)):
                place = scope.column(parsed.fields(one), self.held) if one else None
                for column in self.value(other, scope).columns if place else ():
                    assert place is not None
                    scope.by.setdefault(place[0], []).append((place[1], column))

    def value(self, tree: Tree, scope: _Scope) -> Made:
        """Of what is this value made?"""
        kind, told = parsed.only(tree)
        match kind:
            case "ColumnRef":
                return self.column(parsed.fields(tree), scope)
            case "ParamRef":
                return next(iter(self.given[told.get("number", 0) - 1 :]), NOTHING)
            case "SQLValueFunction":
                timed = "TIME" in told.get("op", "") or "DATE" in told.get("op", "")
                return Made(others=(NOW if timed else "who writes",))
            case "SubLink":
                return next(iter(self.select(told["subselect"], scope)[0].values()), NOTHING)
            case "FuncCall":
                return self.call(told, scope)
            case "TypeCast":
                made = self.value(told["arg"], scope)
                to_date = parsed.names(told["typeName"]["names"])[-1] == "date"
                return replace(made, days=True) if to_date else made
        made = NOTHING
        for each in parsed.below(told):
            made |= self.value(each, scope)
        return made

    def column(self, names: list[str], scope: _Scope) -> Made:
        if names[:1] == ["new"]:
            return Made(columns=(names[1],)) if len(names) > 1 else Made(others=(WHOLE,))
        if names[:1] == ["old"]:
            return NOTHING
        dotted = ".".join(names)
        if dotted in self.held:
            return self.held[dotted]
        if len(names) == 2 and names[0] in self.rows:
            schema, table, by = self.rows[names[0]]
            return Made(lookups=(Lookup(schema, table, names[1], by),))
        place = scope.column(names, self.held)
        if place is not None:
            schema, table = scope.known(place[0])
            return Made(lookups=(Lookup(schema, table, place[1], scope.found_by(place[0])),))
        return scope.made_column(names)

    def call(self, told: Tree, scope: _Scope) -> Made:
        *above, name = parsed.names(told["funcname"])
        args = told.get("args", [])
        given = [self.value(each, scope) for each in args]
        made = NOTHING
        for each in given:
            made |= each
        words = [constant(each["A_Const"]) if "A_Const" in each else "" for each in args]
        if above in ([], ["pg_catalog"]):
            if name in _TIME:
                return made | Made(others=(NOW,))
            if name in _OWN:
                cut = self.cut(name, words)
                return (replace(made, cuts=()) if cut.cuts else made) | cut
            if above:
                return made
        own = [each for each in self.helpers if each.name == name and above in ([], [each.schema])]
        self.calls.add(name)
        if len(own) != 1 or self.depth > 2:
            return made | Made(others=(f"what {name}() answers",)) if own or above else made
        return self.helped(own[0], given) | replace(made, lookups=())

    def cut(self, name: str, words: list[str]) -> Made:
        """To which period, and in which time zone, does one of PostgreSQL's own cut a moment?"""
        zone = words[0] if name == "timezone" and len(words) == 2 else ""
        zone = words[2] if name == "date_trunc" and len(words) == 3 else zone
        match name:
            case "date_trunc":
                cuts: tuple[str, ...] = (words[0].lower() or ANOTHER,)
            case "to_char":
                cuts = (_of_pattern("".join(words[1:])),)
            case "extract" | "date_part":
                cuts = (_of_field(words[0].lower()),)
            case _:
                cuts = (ANOTHER,) if name == "date_bin" else ()
        return Made(cuts=cuts, zones=(zone,) if zone else ())

    def helped(self, helper: Helper, given: list[Made]) -> Made:
        """What does this function answer, for such arguments?"""
        inner = type(self)(self.helpers, self.depth + 1)
        inner.given = given
        inner.held = dict(zip(helper.names, given, strict=False))
        try:
            if helper.language == "sql":
                inner.answer = inner.first(parsed.statements(helper.body)[-1])
            else:
                inner.function(
                    parsed.body(helper.body, helper.arguments, helper.result, plain=False)
                )
        except (Unread, LookupError, ValueError, RecursionError):
            return Made(others=(f"what {helper.name}() answers",))
        self.calls |= inner.calls
        return inner.answer


class _Scope:
    """What stands in FROM, by its alias: tables, and queries with what each of their columns is."""

    def __init__(self, outer: _Scope | None) -> None:
        self.outer = outer
        self.tables: dict[str, tuple[str, str]] = {}
        self.made: dict[str, dict[str, Made]] = dict(outer.made) if outer else {}
        self.by: dict[str, list[tuple[str, str]]] = {}
        self.quals: list[Tree] = []

    def column(self, names: list[str], held: dict[str, Made]) -> tuple[str, str] | None:
        """Of the table with which alias is it a column?"""
        if len(names) == 2 and names[0] in self.tables:
            return names[0], names[1]
        if len(names) == 1 and names[0] not in held and len(self.tables) == 1 and names != ["*"]:
            return next(iter(self.tables)), names[0]
        return self.outer.column(names, held) if self.outer else None

    def known(self, alias: str) -> tuple[str, str]:
        found = self.tables.get(alias)
        return found if found or self.outer is None else self.outer.known(alias)  # type: ignore[return-value]

    def found_by(self, alias: str) -> tuple[tuple[str, str], ...]:
        if alias in self.tables or self.outer is None:
            return tuple(dict.fromkeys(self.by.get(alias, [])))
        return self.outer.found_by(alias)

    def row(self, alias: str) -> Row | None:
        """Which table's row is it, where all of its columns are selected?"""
        own = alias or next(iter(self.tables), "")
        return (*self.tables[own], self.found_by(own)) if own in self.tables else None

    def made_column(self, names: list[str]) -> Made:
        if len(names) == 2:
            return self.made.get(names[0], {}).get(names[1], NOTHING)
        found = [each[names[0]] for each in self.made.values() if names and names[0] in each]
        return found[0] if len(found) == 1 else NOTHING


def finest(cuts: tuple[str, ...]) -> tuple[str, ...]:
    """The one period that several fields of a date make together; all where that is not clear."""
    if not cuts or not set(cuts) <= set(_PERIODS):
        return cuts
    return (min(cuts, key=_PERIODS.index),)


def _of_pattern(pattern: str) -> str:
    """Which period does this pattern of to_char() tell?"""
    word = pattern.upper()
    if any(sign in word for sign in _OTHER_PATTERNS):
        return ANOTHER
    return next((period for sign, period in _PATTERNS.items() if sign in word), ANOTHER)


def _of_field(field: str) -> str:
    """Which period does this field of EXTRACT tell?"""
    period = _FIELDS.get(field, field)
    return period if period in _PERIODS else ANOTHER
