"""By what does an expression of a trigger's function go? Pure: nothing here runs it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from typing import Any

from lib.core.guards import GUARDS, Guard
from lib.trials import parsed
from lib.trials.parsed import Tree
from lib.trials.understood import (
    CLEAN,
    CLOCK,
    CONSTANT,
    KEY,
    MOMENT,
    MOMENTS,
    NOW,
    OLD,
    OTHER,
    ROW,
    WRITTEN,
    Held,
    Helper,
    Outside,
    Reading,
    either,
    first,
    made,
    most,
)

_CUT = frozenset({"date_trunc", "timezone", "date", "timestamp", "timestamptz"})
_MAKE = frozenset({
    "make_date", "make_timestamp", "make_timestamptz", "make_interval", "date_bin", "to_char",
    "to_date", "to_timestamp", "extract", "date_part",
})  # fmt: skip
_TEXT = frozenset({"lpad", "concat", "concat_ws", "format"})
# Answer the same for the same values, by the settings that tries change (TimeZone, DateStyle).
PURE = _CUT | _MAKE | _TEXT | {
    "age", "lower", "upper", "btrim", "ltrim", "rtrim", "like_escape", "min", "max",
}  # fmt: skip
# Of these, and of + and -, a text is made that does the same whenever a row is written.
_EVEN = frozenset({
    "date_trunc", "timezone", "extract", "date_part", "make_date", "to_char", "to_date", "date",
})  # fmt: skip
_TIME = frozenset({
    "now", "clock_timestamp", "statement_timestamp", "transaction_timestamp", "timeofday",
})  # fmt: skip
_UTC = frozenset({
    "utc", "gmt", "uct", "zulu", "z", "universal", "greenwich", "utc0", "gmt0", "gmt+0", "gmt-0",
    "0", "00", "+0", "+00", "+00:00", "00:00", "-0", "-00", "-00:00",
})  # fmt: skip
_TEXTS = frozenset({"text", "varchar", "bpchar", "name"})
_TIMES = frozenset({"date", "timestamp", "timestamptz", "time", "timetz"})
_TYPES = (_TIMES - {"timetz"}) | _TEXTS | {
    "interval", "uuid", "bool", "int2", "int4", "int8", "numeric",
}  # fmt: skip
_REMAINDERS = frozenset({"*", "/", "^", "|", "&", "#", "<<", ">>"})
_COMBINES = frozenset({"+", "-", "||"})
_OPERATORS = _REMAINDERS | _COMBINES | {
    "=", "<>", "<", ">", "<=", ">=", "~~", "!~~", "~~*", "!~~*", "~", "!~", "~*", "!~*", "IN",
    "BETWEEN", "NOT BETWEEN", "BETWEEN SYMMETRIC", "NOT BETWEEN SYMMETRIC",
    "->", "->>", "#>", "#>>", "@>", "<@", "&&",
}  # fmt: skip
# Expressions that are as clean as what they are made of.
_MADE_OF = frozenset({
    "List", "BoolExpr", "NullTest", "BooleanTest", "CaseExpr", "CaseWhen", "CoalesceExpr",
    "MinMaxExpr", "A_ArrayExpr", "RowExpr", "CollateClause",
})  # fmt: skip
_ANSWERS = ("BoolExpr", "NullTest", "BooleanTest")
# Clauses by which a SELECT is more than one row's values.
_MORE = frozenset({
    "withClause", "valuesLists", "groupClause", "havingClause", "windowClause",
    "distinctClause", "limitOffset", "intoClause",
})  # fmt: skip
_GATHERS = frozenset({"agg_filter", "agg_order", "over", "agg_within_group"})
# PostgreSQL's own that run a text, write, or end others.
_DOES_MORE = frozenset({
    "query_to_xml", "query_to_xmlschema", "query_to_xml_and_xmlschema", "table_to_xml",
    "cursor_to_xml", "schema_to_xml", "database_to_xml", "ts_stat", "ts_rewrite", "lo_import",
    "lo_export", "lo_unlink", "connectby", "xpath_table", "pg_terminate_backend",
    "pg_cancel_backend", "pg_reload_conf",
})  # fmt: skip
_WRITES = {"InsertStmt": "inserts into", "UpdateStmt": "updates", "DeleteStmt": "deletes from",
           "MergeStmt": "merges into"}  # fmt: skip
_HARMLESS = frozenset({"SelectStmt", "NotifyStmt", "LockStmt", *_WRITES})
_MOMENTS = frozenset({CLOCK, MOMENT, NOW})
_AS_TEXT = "how a value is written as text"
_GIVEN = Held("what a statement gives it")


@dataclass(frozen=True)
class _Row:
    """The row of the parent that a query looks up; `alone` where no other table is joined to it."""

    aliases: frozenset[str]
    alone: bool


class Values:
    """What the names of a text stand for at one place of it, and by what its expressions go."""

    def __init__(self, guard: Guard, helpers: tuple[Helper, ...]) -> None:
        reference = guard.reference
        self.guard, self.helpers, self.found = guard, helpers, Reading()
        self.watched = (guard.key, guard.clock, *([reference.column] if reference else []))
        self.state: dict[str, Held] = {"found": Held()}
        self.arguments: list[Held] = []
        self.line = 0
        self.assigned: set[str] = set()
        self.row: _Row | None = None  # that of the innermost query
        self.by_id = False  # was the last query's found by the reference, and by nothing else?

    def leave(self, why: str) -> None:
        """This is not understood; the first reason stays."""
        self.found.outside = self.found.outside or Outside(why, self.line)

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
        """What is this value?"""
        kind, told = parsed.only(value)
        match kind:
            case "A_Const":
                word = constant(told)
                self.found.compared.append(word)
                spelled = any(each in word.lower() for each in MOMENTS)
                null = "isnull" in told
                return Held(
                    NOW if spelled else CLEAN,
                    form=OTHER if null else CONSTANT,
                    spells=spelled or word.isalpha(),
                    word=None if null else word,
                )
            case "ParamRef":
                known = self.arguments[told.get("number", 0) - 1 :]
                return known[0] if known else Held("what an argument holds")
            case "ColumnRef":
                return self.column(value)
            case "TypeCast":
                return self.cast(told)
            case "A_Expr":
                return self.operator(told)
            case "SQLValueFunction":
                of_time = "TIME" in told.get("op", "") or "DATE" in told.get("op", "")
                return Held(NOW, form=NOW) if of_time else Held("who writes")
            case "SubLink":
                tested = self.expr(told["testexpr"]).why if "testexpr" in told else CLEAN
                held = self.select(told["subselect"])
                looked = held.looked if told["subLinkType"] == "EXPR_SUBLINK" else False
                looked = looked or (told["subLinkType"] == "EXISTS_SUBLINK" and self.by_id)
                return replace(held, why=tested or held.why, looked=looked)
            case "FuncCall":
                return self.call(parsed.names(told["funcname"]), told.get("args", []), told)
            case "NamedArgExpr":
                return self.expr(told["arg"])
            case "CaseExpr":
                return self.case(told)
            case "CoalesceExpr":
                return self.coalesced(told["args"])
            case _ if kind in _MADE_OF:
                self.found.even &= kind not in ("MinMaxExpr", "BooleanTest")
                parts = [self.expr(each) for each in parsed.below(told)]
                if kind == "MinMaxExpr":
                    return either(parts, made(parts).why or _compared(parts))
                of_constants = kind == "List" and any(each.form == CONSTANT for each in parts)
                form = CONSTANT if of_constants else OTHER if kind in _ANSWERS else None
                return made(parts, form=form)
        return Held(f"{kind}, which is not read here")

    def coalesced(self, args: list[Tree]) -> Held:
        given = [self.expr(each) for each in args]
        clock = ["new", self.guard.clock]
        unset = fields(args[0]) == clock and ".".join(clock) not in self.assigned
        if unset and [each.form for each in given[1:]] == [NOW]:
            return given[0]  # where there is no time it is that of the write
        found = either(given)
        sent = found.sent and not given[0].looked
        return replace(found, sent=sent, form=made(given).form)

    def case(self, told: Tree) -> Held:
        """A value that goes by conditions; what they ask is no part of it."""
        self.found.even = False
        ways = [each["CaseWhen"] for each in told["args"]]
        asked = [self.expr(each["expr"]) for each in ways]
        if "arg" in told:
            own = self.expr(told["arg"])
            asked = [Held(made([own, each]).why or _compared([own, each])) for each in asked]
        last = [told["defresult"]] if "defresult" in told else []
        given = [self.expr(each) for each in [*(each["result"] for each in ways), *last]]
        return replace(either(given, first(each.why for each in asked)), looked=False)

    def cast(self, told: Tree) -> Held:
        names, given = parsed.names(told["typeName"]["names"]), self.expr(told["arg"])
        known = names[-1] in _TYPES and names[:-1] in ([], ["pg_catalog"])
        why = given.why
        plain = given.form == WRITTEN or given.word is not None
        if names[-1] in _TEXTS and not plain:
            why = why or _AS_TEXT
        elif not known or (names[-1] in _TIMES and given.spells):
            why = why or f"a cast to {names[-1]}"
        word = given.word if names[-1] in _TEXTS else None
        spells = given.spells and names[-1] in _TIMES | _TEXTS
        form = MOMENT if given.form == OLD else given.form
        return replace(given, why=why, spells=spells, word=word, form=form)

    def operator(self, told: Tree) -> Held:
        name = parsed.names(told["name"])
        self.found.even &= name[-1] in _COMBINES
        if name[-1] in ("->", "->>"):
            self.found.compared.append("true")  # a mark in a document
        if are_rows(told):
            return Held()  # whether anything changed: the columns of the slice did, or not
        signs = ["<=", ">="] if "BETWEEN" in name[0] else name[-1:]
        own = self.reached(*(f"operator {sign}" for sign in signs))
        sides = [self.expr(told[side]) for side in ("lexpr", "rexpr") if side in told]
        if own or len(name) > 1 or name[0] not in _OPERATORS:
            return made(sides, f"what the operator {name[-1]} answers")
        found = made(sides)
        if name[0] in _REMAINDERS:
            plain = found.form == CONSTANT
            return found if plain else made(sides, f"what the operator {name[0]} leaves of a value")
        if name[0] not in _COMBINES:
            form = found.form if told["kind"] == "AEXPR_NULLIF" else OTHER
            form = CONSTANT if form == KEY else form  # where it is none the other may be one
            return made(sides, found.why or _compared(sides), form)
        if name[0] == "||" and any(each.form in _MOMENTS for each in sides):
            return made(sides, found.why or _AS_TEXT)
        return replace(found, form=MOMENT if found.form == NOW else found.form)

    def column(self, value: Tree) -> Held:
        """What is this name?"""
        names = fields(value)
        if column := self.of_parent(value):
            assert self.guard.reference is not None
            parent = self.guard.reference
            clock = next((each.clock for each in GUARDS if each.table == parent.table), None)
            if column in (parent.key, parent.id):
                return Held(looked=True, form=KEY)
            why = CLEAN if column == clock else f"what {column} of {parent.table} holds"
            return Held(why, form=MOMENT)
        if names[0] in ("new", "old"):
            self.found.even &= names[0] == "new"
            if names[1:] in ([], ["*"]):
                self.found.even = False
                return Held("what the whole row holds")
            if names[1] not in self.watched:
                return Held(f"what {names[1]} holds")
            of_clock = names[1] == self.guard.clock
            if names[0] == "old":
                return Held(form=OLD if of_clock else KEY)
            held = self.state.get(f"new.{names[1]}", Held("what new is"))
            self.found.even &= not held.sent
            return replace(held, form=CLOCK) if of_clock else held
        if names[0] in ("tg_op", "tg_when", "tg_level"):
            return Held()
        if names[0].startswith("tg_"):
            return Held("on which table it runs, or how its trigger was made")
        known = self.state.get(".".join(names[:2]), self.state.get(names[0]))
        return Held(f"what {'.'.join(names)} is") if known is None else known

    def call(self, names: list[str], args: list[Tree], told: Tree) -> Held:
        given, name = [self.expr(each) for each in args], names[-1]
        asked = Held(f"what {'.'.join(names)}() answers", sent=any(each.sent for each in given))
        helpers = self.named_so(names)
        self.found.even &= bool(helpers) or name in _EVEN | _TIME
        if helpers:
            # Of a name that PostgreSQL has too, types and search_path say which is meant.
            plain = (bool(names[:-1]) or name not in PURE | _TIME) and len(helpers) == 1
            plain = plain and not any("NamedArgExpr" in each for each in args[1:])
            label = parsed.only(args[0])[1].get("name") if args else None
            plain = plain and (not label or helpers[0].names[:1] == (label,))
            answer = self.helped(helpers[0], given) if plain else asked
            return replace(answer, sent=answer.sent or asked.sent)
        if names[0] == "auth":
            self.found.compared.append("request.jwt.claims")
        if names[:-1] not in ([], ["pg_catalog"]) or _GATHERS & told.keys():
            return asked
        if name in _TIME or (name == "age" and len(args) == 1):
            return Held(NOW, form=NOW)
        if name not in PURE:
            return asked
        form = most(given)
        if form not in (OTHER, CONSTANT, KEY):
            form = WRITTEN if name not in _CUT else MOMENT if form == OLD else form
        found = made(given, _why(name, given), form)
        return replace(found, spells=found.spells and name not in _CUT | _MAKE)

    def named_so(self, names: list[str]) -> list[Helper]:
        """Which functions may be meant?"""
        own = [e for e in self.helpers if e.name == names[-1] and "name" in e.reached]
        if names[-1] in PURE | _TIME:  # an extension's takes its own types
            own = [each for each in own if names[:-1] or not each.extension]
        return [each for each in own if names[:-1] in ([], [each.schema])]

    def reached(self, *ways: str) -> list[Helper]:
        """Which functions run here though nothing names them? They are read."""
        found = [each for each in self.helpers if set(ways) & set(each.reached)]
        for each in found:
            self.helped(each, [_GIVEN] * len(each.names))
        return found

    def helped(self, helper: Helper, given: list[Held]) -> Held:
        raise NotImplementedError

    def called(self, name: str, told: Tree) -> None:
        """Does this call do more than to answer?"""
        if name == "set_config":
            kind, given = parsed.only(next(iter(told.get("args", [])), {}))
            if kind == "TypeCast":
                kind, given = parsed.only(given["arg"])
            self.sets(constant(given) if kind == "A_Const" else "")
        elif name in _DOES_MORE or name.startswith(("dblink", "crosstab")):
            self.leave(f"{name}() may do anything")

    def sets(self, setting: str) -> None:
        if "." not in setting or setting.lower().startswith("plpgsql."):
            self.leave(f"it sets {setting or 'a setting whose name it works out'}")

    relations: frozenset[str] = frozenset()

    def is_guarded(self, name: str) -> bool:
        """Is it a guarded table, or a partition of one?"""
        if self.relations:
            return name in self.relations or any(name == each.table for each in GUARDS)
        return any(f"{name}_".startswith(f"{each.table}_") for each in GUARDS)

    def effects(self, tree: Tree) -> None:
        """Does this do more to guarded tables than to read them?"""
        for kind, told in parsed.nodes(tree):
            if kind in _WRITES:
                name = told["relation"]["relname"]
                self.reached(f"write {name}")
                guarded = self.is_guarded(name) and not _beside(kind, told)
                if guarded or name.startswith("pg_"):
                    self.leave(f"it {_WRITES[kind]} {name}")
            elif kind == "RangeVar":
                self.reached(f"view {told['relname']}")
            elif kind in ("ColumnRef", "A_Indirection"):
                parts = told["fields" if kind == "ColumnRef" else "indirection"]
                self.reached(*(f"field {p['String']['sval']}" for p in parts if "String" in p))
            elif kind == "VariableSetStmt":
                self.sets(told.get("name", "every setting"))
            elif kind == "FuncCall":
                names = parsed.names(told["funcname"])
                self.called(names[-1], told)
                helpers = self.named_so(names)
                for helper in helpers:
                    self.helped(helper, [_GIVEN] * len(helper.names))
                if not helpers and names[:-1] not in ([], ["pg_catalog"]):
                    self.leave(f"{'.'.join(names)}() is not read here")
            elif kind.endswith("Stmt") and kind not in _HARMLESS:
                self.leave(f"{kind.removesuffix('Stmt')}, which is not read here")


def fields(value: Tree) -> list[str]:
    """The names of a column; none where it is no column."""
    kind, told = parsed.only(value)
    return parsed.names(told["fields"]) if kind == "ColumnRef" else []


def constant(told: Any) -> str:
    """The constant as text; empty for null."""
    held: dict[str, Any] = next((each for name, each in told.items() if name.endswith("val")), {})
    return str(next(iter(held.values()), "0" if "ival" in told else ""))


def _compared(sides: Iterable[Held]) -> str:
    """By what does it go how these compare? Tries are not sure to meet one moment, or one key."""
    forms = {each.form for each in sides}
    if forms <= {OTHER, CONSTANT} or forms == {OLD, CLOCK}:
        return CLEAN
    if KEY in forms:
        return "how a key compares with a constant" if CONSTANT in forms else CLEAN
    return NOW


def _why(name: str, given: list[Held]) -> str:
    """By what else than what it is given does the answer of one of PostgreSQL's own go?"""
    if own := made(given).why:
        return own
    if name in _TEXT:
        plain = all(e.form in (WRITTEN, CONSTANT) and not e.spells for e in given)
        return CLEAN if plain else f"what {name}() answers"
    if name in ("to_char", "to_date", "to_timestamp") and _is_local(given[1:]):
        return "in which language months and numbers are written"
    zone = given[0].word if name == "timezone" and len(given) == 2 else None
    if zone is not None and zone.lower().removeprefix("etc/").strip() not in _UTC:
        return f"the zone {zone}"
    return CLEAN


def _beside(kind: str, told: Tree) -> bool:
    """Does it update columns alone by which no guard goes?"""
    columns = {each["ResTarget"].get("name", "") for each in told.get("targetList", [])}
    guarded = {name for each in GUARDS for name in (each.id, each.clock, each.key, *each.columns)}
    return kind == "UpdateStmt" and not columns & guarded


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


def are_rows(told: Tree) -> bool:
    """Is it whether the whole row changed?"""
    if told["kind"] not in ("AEXPR_DISTINCT", "AEXPR_NOT_DISTINCT"):
        return False
    sides = [fields(told[side]) for side in ("lexpr", "rexpr")]
    return sorted(each[:1] for each in sides) == [["new"], ["old"]] and all(
        each[1:] in ([], ["*"]) for each in sides
    )


def _is_local(pattern: Iterable[Held]) -> bool:
    """May a month's name, or a number's point, be written so that it goes by a setting?"""
    words = [each.word for each in pattern]
    if None in words:
        return True
    word = (words[0] or "").lower() if words else ""
    return any(each in word for each in ("tm", "l", "g")) or (
        "d" in word and bool({"0", "9"} & set(word))
    )
