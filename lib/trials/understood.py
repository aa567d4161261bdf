"""By what does an expression of a trigger's function go? Pure: nothing here runs it.

A value is clean where it hangs on nothing but the clock, the reference, the key as it was sent and
the row that is looked up, by PostgreSQL's own functions that answer the same whoever asks. Of any
other value it is said by what it goes. Constants are kept: around them the function is tried.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any

from lib.core.guards import GUARDS, Guard, Reference
from lib.trials import parsed
from lib.trials.parsed import Tree

CLEAN = ""
NOW = "what time it is"
# Answer the same for the same values, by the settings that tries change (TimeZone, DateStyle).
_PURE = frozenset({
    "date_trunc", "date_part", "extract", "timezone", "make_date", "make_timestamp",
    "make_timestamptz", "make_interval", "date_bin", "to_char", "to_date", "to_timestamp",
    "age", "date", "timestamp", "timestamptz", "lower", "upper", "btrim", "ltrim", "rtrim",
    "like_escape", "min", "max",
})  # fmt: skip
# Of these no try finds the one moment that a text makes an exception of.
_REMAINDERS = frozenset({"*", "/", "%", "^", "|", "&", "#", "<<", ">>"})
# Of these, and of + and -, a text is made that does the same whenever a row is written.
_EVEN = frozenset({
    "date_trunc", "timezone", "extract", "date_part", "make_date", "to_char", "to_date", "date",
})  # fmt: skip
_TIME = frozenset({
    "now", "clock_timestamp", "statement_timestamp", "transaction_timestamp", "timeofday",
})  # fmt: skip
_MOMENTS = frozenset({"now", "today", "yesterday", "tomorrow"})
_TYPES = frozenset({
    "date", "timestamp", "timestamptz", "time", "interval", "text", "varchar",
    "bpchar", "name", "uuid", "bool", "int2", "int4", "int8", "numeric",
})  # fmt: skip
_TEXTS = frozenset({"text", "varchar", "bpchar", "name"})
_TIMES = frozenset({
    "date", "timestamp", "timestamptz", "time", "timetz",
})  # fmt: skip
# What makes a time, or the text of one, and takes no text that may say "now".
_OF_TIME = frozenset({
    "date_trunc", "timezone", "to_char", "make_date", "make_timestamp", "make_timestamptz",
    "date_bin", "to_date", "to_timestamp", "date", "timestamp", "timestamptz", "min", "max",
    "extract", "date_part",
})  # fmt: skip
# Put texts together: of such parts as have no other spelling, and say "now" by none.
_PUT_TOGETHER = frozenset({"lpad", "concat", "concat_ws", "format"})
_OPERATORS = frozenset({
    "=", "<>", "<", ">", "<=", ">=", "+", "-", "*", "/", "||", "~~", "!~~", "~~*", "!~~*", "~",
    "!~", "~*", "!~*", "->", "->>", "#>", "#>>", "@>", "<@", "&&", "^", "|", "&", "#", "<<", ">>",
    "IN", "BETWEEN", "NOT BETWEEN", "BETWEEN SYMMETRIC", "NOT BETWEEN SYMMETRIC",
})  # fmt: skip
# Expressions that are as clean as what they are made of.
_MADE_OF = frozenset({
    "List", "BoolExpr", "NullTest", "BooleanTest", "CaseExpr", "CaseWhen", "CoalesceExpr",
    "MinMaxExpr", "A_ArrayExpr", "RowExpr", "CollateClause",
})  # fmt: skip
# Clauses by which a SELECT is more than one row's values.
_MORE = frozenset({
    "withClause", "valuesLists", "groupClause", "havingClause", "windowClause",
    "distinctClause", "limitOffset", "intoClause",
})  # fmt: skip
# PostgreSQL's own that run a text, write, or end others.
_GATHERS = frozenset({"agg_filter", "agg_order", "over", "agg_within_group"})
_DOES_MORE = frozenset({
    "query_to_xml", "query_to_xmlschema", "query_to_xml_and_xmlschema", "table_to_xml",
    "cursor_to_xml", "schema_to_xml", "database_to_xml", "ts_stat", "ts_rewrite", "lo_import",
    "lo_export", "lo_unlink", "connectby", "xpath_table", "pg_terminate_backend",
    "pg_cancel_backend", "pg_reload_conf",
})  # fmt: skip
_WRITES = {"InsertStmt": "inserts into", "UpdateStmt": "updates", "DeleteStmt": "deletes from",
           "MergeStmt": "merges into"}  # fmt: skip
_HARMLESS = frozenset({"SelectStmt", "NotifyStmt", "LockStmt", *_WRITES})


@dataclass(frozen=True)
class Helper:
    """Another function that a text may call; its arguments as PostgreSQL prints them."""

    schema: str
    name: str
    language: str
    arguments: str
    names: tuple[str, ...]
    result: str
    body: str
    owner: str = ""  # by whose rights, where not by the caller's
    settings: tuple[str, ...] = ()
    volatility: str = "v"
    strict: bool = False
    extension: str = ""
    atomic: str = ""  # a digest of BEGIN ATOMIC … END
    reached: tuple[str, ...] = ("name",)  # as sql/checks/guard_behaviour_calls.sql has it


@dataclass(frozen=True)
class Outside:
    """Which line is not understood, and why? Or by what does a column go that is set there?"""

    why: str
    line: int = 0

    def __str__(self) -> str:
        return f"line {self.line}: {self.why}" if self.line else self.why


@dataclass
class Reading:
    """What a text makes of the row: which columns it `sets`, and where it `drops` the row.

    `free` are columns of the slice that go by something else, `kept` is where the key stays as it
    was sent and nothing says that it is right, `outside` is what is not understood at all,
    `compared` are the constants; `even` where nothing is compared, and the key as it was sent not
    read, so that no moment and no key is an exception.
    """

    sets: set[str] = field(default_factory=set)
    free: dict[str, Outside] = field(default_factory=dict)
    kept: Outside | None = None
    drops: Outside | None = None
    outside: Outside | None = None
    compared: list[str] = field(default_factory=list)
    even: bool = True

    def doubtful(self, key: str) -> bool:
        """Is there anything about the key that is not understood?"""
        return bool(self.outside or self.kept or key in self.free)


class Values:
    """What the names of a text stand for at one place of it, and by what its expressions go."""

    def __init__(self, guard: Guard, helpers: tuple[Helper, ...]) -> None:
        reference = guard.reference
        self.guard, self.helpers, self.found = guard, helpers, Reading()
        self.watched = (guard.key, guard.clock, *([reference.column] if reference else []))
        # Why is a variable not clean? By its name: new.key for a column, row.field for a field.
        self.state = {"found": CLEAN, **{f"new.{column}": CLEAN for column in self.watched}}
        self.arguments: list[str] = []
        self.line = 0
        self.assigned: set[str] = set()
        self.named: list[str] = []  # as what the last query selected its values
        self.by_id = False  # was its row found by the reference, and by nothing else?
        self.filled_in: list[bool] = []  # and which of its values is none only where there is none?
        self.surprised = False  # may anything but a look-up say that it found no row?

    def leave(self, why: str) -> None:
        """This is not understood; the first reason stays."""
        self.found.outside = self.found.outside or Outside(why, self.line)

    def expression(self, expr: Tree) -> str:
        """By what does an expression of PL/pgSQL go? Empty where it is clean."""
        return self.select(parsed.expression(expr["PLpgSQL_expr"]["query"]))

    def select(self, tree: Tree) -> str:
        """By what does any value of this statement go?"""
        self.effects(tree)
        kind, told = parsed.only(tree)
        return first(self.selected(told)) if kind == "SelectStmt" else "what a statement returns"

    def selected(self, told: Tree) -> list[str]:
        """By what does each value go that is selected? `*` for a whole row of the parent."""
        values = [each["ResTarget"]["val"] for each in told.get("targetList", [])]
        self.by_id, self.filled_in = False, []
        self.named = [_label(each["ResTarget"]) for each in told.get("targetList", [])]
        where, sources = told.get("whereClause"), told.get("fromClause", [])
        plain = told.get("op") == "SETOP_NONE" and not _MORE & told.keys()
        limit = told.get("limitCount", {"A_Const": {"ival": {"ival": 1}}}).get("A_Const", {})
        plain = plain and "ival" in limit and _constant(limit) != "0"
        sources, joined = _without_joined(sources) if plain else (sources, False)
        self.surprised = self.surprised or joined
        if plain and not sources and "sortClause" not in told:
            asked = self.expr(where) if where else CLEAN
            return [asked or self.expr(each) for each in values] or [asked]
        why = self.looked_up(sources, told, joined=joined) if plain else "what a query finds"
        if why:
            return [why] * max(1, len(values))
        inner = _Looked(self, _aliases(sources), alone=not joined)
        self.by_id = all(
            inner.is_its_id(each) or inner.is_there(each) or inner.is_alike(each)
            for each in _conditions(where)
        )
        self.filled_in = [inner.is_filled(each) for each in values]
        return ["*" if inner.is_star(each) else inner.expr(each) for each in values] or [CLEAN]

    def looked_up(self, sources: list[Tree], told: Tree, *, joined: bool) -> str:
        """Is it the row that is referred to, and by its id alone? By what does it go, if not."""
        parent, named = self.guard.reference, [_relation(each) for each in sources]
        where = told.get("whereClause")
        for each in told.get("lockingClause", []):
            if each["LockingClause"].get("waitPolicy") != "LockWaitBlock":
                return "which locks are held"
        if parent is None or named not in (
            [("", parent.table)],
            [(self.guard.schema, parent.table)],
        ):
            return "what a query finds"
        inner = _Looked(self, _aliases(sources), alone=not joined)
        for each in told.get("sortClause", []):
            key = each["SortBy"]["node"]
            if parsed.only(key)[0] != "ColumnRef" and inner.expr(key):
                return "in which order a query finds it"
        rest = [each for each in _conditions(where) if not inner.is_its_id(each)]
        if len(rest) == len(list(_conditions(where))):
            return f"a row of {parent.table} that is not found by its {parent.id}"
        return first(inner.asked(each) for each in rest)

    def expr(self, value: Tree) -> str:
        """By what does this go? Empty where it is clean."""
        kind, told = parsed.only(value)
        match kind:
            case "A_Const":
                word = _constant(told)
                self.found.compared.append(word)
                return NOW if any(each in word.lower() for each in _MOMENTS) else CLEAN
            case "ParamRef":
                known = self.arguments[told.get("number", 0) - 1 :]
                return known[0] if known else "what an argument holds"
            case "ColumnRef":
                return self.column(parsed.names(told["fields"]))
            case "TypeCast":
                names = parsed.names(told["typeName"]["names"])
                known_type = names[-1] in _TYPES and names[:-1] in ([], ["pg_catalog"])
                if names[-1] in _TEXTS and parsed.only(told["arg"])[0] not in (
                    "A_Const",
                    "FuncCall",
                ):
                    return first([self.expr(told["arg"]), "how a value is written as text"])
                if not known_type or (names[-1] in _TIMES and not _is_timely(told["arg"])):
                    return first([self.expr(told["arg"]), f"a cast to {names[-1]}"])
                return self.expr(told["arg"])
            case "A_Expr":
                name = parsed.names(told["name"])
                self.found.even &= name[-1] in ("+", "-", "||")
                if name[-1] in ("->", "->>"):
                    self.found.compared.append("true")  # a mark in a document
                if _are_rows(told):
                    return CLEAN  # whether anything changed: the columns of the slice did, or not
                signs = ["<=", ">="] if "BETWEEN" in name[0] else name[-1:]
                own = self.reached(*(f"operator {sign}" for sign in signs))
                if own or len(name) > 1 or name[0] not in _OPERATORS:
                    return f"what the operator {name[-1]} answers"
                if name[0] in _REMAINDERS and any(
                    "ColumnRef" in kind for kind, _ in parsed.nodes(told)
                ):
                    return f"what the operator {name[0]} leaves of a value"
                return first(self.expr(told[side]) for side in ("lexpr", "rexpr") if side in told)
            case "SQLValueFunction":
                of_time = "TIME" in told.get("op", "") or "DATE" in told.get("op", "")
                return NOW if of_time else "who writes"
            case "SubLink":
                tested = self.expr(told["testexpr"]) if "testexpr" in told else CLEAN
                return first([tested, self.select(told["subselect"])])
            case "FuncCall":
                return self.call(parsed.names(told["funcname"]), told.get("args", []), told)
            case "NamedArgExpr":
                return self.expr(told["arg"])
            case _ if self.filled(value):
                return self.state[f"new.{self.guard.clock}"]
            case _ if kind in _MADE_OF:
                self.found.even &= kind not in ("CaseExpr", "MinMaxExpr", "BooleanTest")
                return first(self.expr(each) for each in parsed.below(told))
        return f"{kind}, which is not read here"

    def column(self, names: list[str]) -> str:
        """By what does this name go?"""
        if names[0] in ("new", "old"):
            as_sent = f"={'.'.join(names[:2])}" in self.state or names[1:] in ([], ["*"])
            self.found.even &= names[0] == "new" and not as_sent
            if names[1:] in ([], ["*"]):
                return "what the whole row holds"
            if names[1] not in self.watched:
                return f"what {names[1]} holds"
            return self.state.get(f"new.{names[1]}", "what new is") if names[0] == "new" else CLEAN
        if names[0] in ("tg_op", "tg_when", "tg_level"):
            return CLEAN
        if names[0].startswith("tg_"):
            return "on which table it runs, or how its trigger was made"
        known = self.state.get(".".join(names[:2]), self.state.get(names[0]))
        return f"what {'.'.join(names)} is" if known is None else known

    def is_month(self, value: Tree) -> bool:
        """Is it the clock, cut and at a zone, and nothing that changes as time goes by?"""
        for kind, told in parsed.nodes(value):
            if kind == "ColumnRef":
                clean = parsed.names(told["fields"]) == ["new", self.guard.clock]
            elif kind == "FuncCall":
                clean = parsed.names(told["funcname"])[-1] in ("date_trunc", "timezone")
            elif kind == "A_Const":
                clean = not any(each in _constant(told).lower() for each in _MOMENTS)
            else:
                clean = kind in ("TypeCast", "TypeName", "String")
            if not clean:
                return False
        return True

    def refers(self, value: Tree) -> bool:
        """Is it what the row refers to, by whatever name?"""
        kind, told = parsed.only(value)
        if kind == "ParamRef":
            place = told.get("number", 0) - 1
            return self.state.get(f"&{place}") == CLEAN
        if kind != "ColumnRef" or self.guard.reference is None:
            return False
        names = parsed.names(told["fields"])
        own = names == ["new", self.guard.reference.column]
        return own or (self.state.get(f"&{names[-1]}") == CLEAN and len(names) == 1)

    def filled(self, value: Tree) -> bool:
        """Is it coalesce(new.clock, now())? Where there is no time it is that of the write."""
        kind, told = parsed.only(value)
        clock = ["new", self.guard.clock]
        if kind != "CoalesceExpr" or len(told["args"]) != 2 or ".".join(clock) in self.assigned:
            return False
        kind, given = parsed.only(told["args"][0])
        return (
            kind == "ColumnRef"
            and parsed.names(given["fields"]) == clock
            and is_now(told["args"][1])
        )

    def call(self, names: list[str], args: list[Tree], told: Tree) -> str:
        asked, whys = f"what {'.'.join(names)}() answers", [self.expr(each) for each in args]
        helpers = self.named_so(names)
        self.found.even &= bool(helpers) or names[-1] in _EVEN | _TIME
        self.surprised = self.surprised or bool(helpers) or names[-1] not in _PURE
        if helpers:
            # Of a name that PostgreSQL has too, types and search_path say which is meant.
            alone = bool(names[:-1]) or names[-1] not in _PURE | _TIME | _PUT_TOGETHER
            plain = alone and len(helpers) == 1
            plain = plain and not any("NamedArgExpr" in each for each in args[1:])
            named = parsed.only(args[0])[1].get("name") if args else None
            plain = plain and (not named or helpers[0].names[:1] == (named,))
            same = [self.refers(each) for each in args]
            return self.helped(helpers[0], whys, same) if plain else asked
        if names[0] == "auth":
            self.found.compared.append("request.jwt.claims")
        if names[:-1] not in ([], ["pg_catalog"]) or _GATHERS & told.keys():
            return asked
        if names[-1] in _TIME:
            return NOW
        if names[-1] == "age" and len(args) == 1:
            return NOW
        if names[-1] in _PUT_TOGETHER and all(map(_is_part, args)):
            return first(whys)
        if names[-1] in ("to_char", "to_date", "to_timestamp") and _is_local(args[1:]):
            return "in which language months and numbers are written"
        return first(whys) if names[-1] in _PURE else asked

    def named_so(self, names: list[str]) -> list[Helper]:
        """Which functions may be meant?"""
        own = [e for e in self.helpers if e.name == names[-1] and "name" in e.reached]
        if names[-1] in _PURE | _TIME:  # an extension's takes its own types
            own = [each for each in own if names[:-1] or not each.extension]
        return [each for each in own if names[:-1] in ([], [each.schema])]

    def reached(self, *ways: str) -> list[Helper]:
        """Which functions run here though nothing names them? They are read."""
        found = [each for each in self.helpers if set(ways) & set(each.reached)]
        for each in found:
            self.helped(each, ["what a statement gives it"] * len(each.names))
        return found

    def helped(self, helper: Helper, whys: list[str], same: Iterable[bool] = ()) -> str:
        raise NotImplementedError

    def called(self, name: str, told: Tree) -> None:
        """Does this call do more than to answer?"""
        if name == "set_config":
            kind, given = parsed.only(next(iter(told.get("args", [])), {}))
            if kind == "TypeCast":
                kind, given = parsed.only(given["arg"])
            setting = _constant(given) if kind == "A_Const" else ""
            if "." not in setting or setting.lower().startswith("plpgsql."):
                self.leave(f"it sets {setting or 'a setting whose name it works out'}")
        elif name in _DOES_MORE or name.startswith(("dblink", "crosstab")):
            self.leave(f"{name}() may do anything")

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
                if name.startswith("pg_"):
                    self.leave(f"it {_WRITES[kind]} {name}")
                if self.is_guarded(name) and not _beside(kind, told):
                    self.leave(f"it {_WRITES[kind]} {name}")
            elif kind == "RangeVar":
                self.reached(f"view {told['relname']}")
            elif kind in ("ColumnRef", "A_Indirection"):
                parts = told["fields" if kind == "ColumnRef" else "indirection"]
                self.reached(*(f"field {p['String']['sval']}" for p in parts if "String" in p))
            elif kind == "VariableSetStmt":
                setting = told.get("name", "")
                if "." not in setting or setting.lower().startswith("plpgsql."):
                    self.leave(f"it sets {told.get('name', 'every setting')}")
            elif kind == "FuncCall":
                names = parsed.names(told["funcname"])
                self.called(names[-1], told)
                helpers = self.named_so(names)
                for helper in helpers:
                    self.helped(helper, ["what a statement gives it"] * len(helper.names))
                if not helpers and names[:-1] not in ([], ["pg_catalog"]):
                    self.leave(f"{'.'.join(names)}() is not read here")
            elif kind.endswith("Stmt") and kind not in _HARMLESS:
                self.leave(f"{kind.removesuffix('Stmt')}, which is not read here")


class _Looked(Values):
    """The same names, and the columns of a row of the parent."""

    def __init__(self, outer: Values, aliases: set[str], *, alone: bool = True) -> None:
        self.__dict__.update(outer.__dict__)
        self.aliases, self.outer, self.alone = aliases, outer, alone
        assert outer.guard.reference is not None
        self.parent: Reference = outer.guard.reference

    def is_star(self, value: Tree) -> bool:
        """Is it every column of the parent?"""
        kind, told = parsed.only(value)
        names = parsed.names(told["fields"]) if kind == "ColumnRef" else []
        own = self.alone if names[:-1] == [] else names[0] in self.aliases
        return names[-1:] == ["*"] and own

    def of_parent(self, names: list[str]) -> str:
        """Which column of the parent is this? Empty where it is none."""
        if len(names) == 1:
            return names[0] if self.alone and names[0] not in self.state else ""
        return names[1] if names[0] in self.aliases else ""

    def column(self, names: list[str]) -> str:
        column = self.of_parent(names)
        if not column:
            return super().column(names)
        own = next((each.clock for each in GUARDS if each.table == self.parent.table), None)
        clean = column in (self.parent.key, self.parent.id, own)
        return CLEAN if clean else f"what {column} of {self.parent.table} holds"

    def is_its_id(self, condition: Tree) -> bool:
        """Is it `id = what the row refers to`, in either order?"""
        kind, told = parsed.only(condition)
        if kind != "A_Expr" or parsed.names(told["name"]) != ["="] or told["kind"] != "AEXPR_OP":
            return False
        sides = [told["lexpr"], told["rexpr"]]
        for one, other in (sides, sides[::-1]):
            kind, column = parsed.only(one)
            named = kind == "ColumnRef" and self.of_parent(parsed.names(column["fields"]))
            value = other["TypeCast"]["arg"] if "TypeCast" in other else other
            if named == self.parent.id and self.outer.refers(value) and not self.outer.expr(other):
                return True
        return False

    def is_filled(self, value: Tree) -> bool:
        """Is it a column that is never null, or a constant?"""
        kind, told = parsed.only(value)
        if kind == "ColumnRef":
            known = (self.parent.key, self.parent.id)
            return self.is_star(value) or self.of_parent(parsed.names(told["fields"])) in known
        return kind == "A_Const" and "isnull" not in told

    def is_there(self, condition: Tree) -> bool:
        """Is it `key is not null`, which is so of every row?"""
        kind, told = parsed.only(condition)
        asked = kind == "NullTest" and told["nulltesttype"] == "IS_NOT_NULL"
        return asked and self.is_filled(told["arg"])

    def asked(self, condition: Tree) -> str:
        """Of a further condition: by what does it go? What is compared beside the id is tried."""
        return CLEAN if self.is_alike(condition) else self.expr(condition)

    def is_alike(self, condition: Tree) -> bool:
        """Does it compare a further column that the guard is about with the row's own?"""
        kind, told = parsed.only(condition)
        plain = ("AEXPR_OP", "AEXPR_NOT_DISTINCT")
        if kind != "A_Expr" or parsed.names(told["name"]) != ["="] or told["kind"] not in plain:
            return False
        sides = [parsed.only(told[side])[1] for side in ("lexpr", "rexpr")]
        named = [parsed.names(side["fields"]) for side in sides if "fields" in side]
        return len(named) == 2 and any(
            ["new", column] in named
            and self.of_parent(named[1 - named.index(["new", column])]) == column
            for column in self.guard.more_columns
        )

    def helped(self, helper: Helper, whys: list[str], same: Iterable[bool] = ()) -> str:
        return self.outer.helped(helper, whys, same)


def _beside(kind: str, told: Tree) -> bool:
    """Does it update columns alone by which no guard goes?"""
    columns = {each["ResTarget"].get("name", "") for each in told.get("targetList", [])}
    guarded = {name for each in GUARDS for name in (each.id, each.clock, each.key, *each.columns)}
    return kind == "UpdateStmt" and not columns & guarded


def first(whys: Iterable[str]) -> str:
    """The first that is not clean; all are read, for what they compare with."""
    return next((why for why in list(whys) if why), CLEAN)


def is_now(value: Tree) -> bool:
    """Is it the time of the write, whatever function says it?"""
    kind, told = parsed.only(value)
    if kind == "TypeCast":
        return is_now(told["arg"])
    if kind == "SQLValueFunction":
        return "TIME" in told.get("op", "") or "DATE" in told.get("op", "")
    names = parsed.names(told["funcname"]) if kind == "FuncCall" else [""]
    return names[-1] in _TIME and names[:-1] in ([], ["pg_catalog"]) and "args" not in told


def _constant(told: Any) -> str:
    """The constant as text; empty for null."""
    held: dict[str, Any] = next((each for name, each in told.items() if name.endswith("val")), {})
    return str(next(iter(held.values()), "0" if "ival" in told else ""))


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


def _aliases(sources: list[Tree]) -> set[str]:
    told = [parsed.only(each)[1] for each in sources]
    return {each.get("alias", {}).get("aliasname") or each.get("relname", "") for each in told}


def _label(target: Tree) -> str:
    """As what is it selected?"""
    kind, told = parsed.only(target["val"])
    return target.get("name") or (parsed.names(told["fields"])[-1] if kind == "ColumnRef" else "")


def _are_rows(told: Tree) -> bool:
    """Is it whether the whole row changed?"""
    if told["kind"] not in ("AEXPR_DISTINCT", "AEXPR_NOT_DISTINCT"):
        return False
    sides = [parsed.only(told[side])[1].get("fields", []) for side in ("lexpr", "rexpr")]
    return sorted(parsed.names(each)[:1] for each in sides) == [["new"], ["old"]] and all(
        parsed.names(each)[1:] in ([], ["*"]) for each in sides
    )


def _is_local(pattern: list[Tree]) -> bool:
    """May a month's name, or a number's point, be written so that it goes by a setting?"""
    if pattern and "A_Const" not in pattern[0]:
        return True
    word = _constant(pattern[0]["A_Const"]).lower() if pattern else ""
    digits = {"0", "9"} & set(word)
    return "tm" in word or "l" in word or "g" in word or ("d" in word and bool(digits))


def _is_part(value: Tree) -> bool:
    """Is it a number or a text of its own, or put together of such?"""
    kind, told = parsed.only(value)
    if kind == "TypeCast":
        named = parsed.names(told["typeName"]["names"])[-1]
        return named in _TEXTS | {"int2", "int4", "int8"} and _is_part(told["arg"])
    if kind == "FuncCall":
        name = parsed.names(told["funcname"])[-1]
        more = name in _PUT_TOGETHER and all(map(_is_part, told.get("args", [])))
        return more or name in ("extract", "date_part", "to_char")
    return kind == "A_Const" and not _constant(told).isalpha()


def _is_timely(value: Tree) -> bool:
    """Can no text that says "now", or that is put together, become a time here?"""
    kind, told = parsed.only(value)
    if kind == "FuncCall":
        return parsed.names(told["funcname"])[-1] in _OF_TIME or _is_part(value)
    if kind == "TypeCast" and parsed.names(told["typeName"]["names"])[-1] in _TEXTS:
        return _is_timely(told["arg"])
    if kind == "A_Expr" and parsed.names(told["name"]) == ["||"]:
        return all(_is_timely(told[side]) for side in ("lexpr", "rexpr"))
    if kind == "A_Const":
        return not any(each in _constant(told).lower() for each in _MOMENTS) and not (
            _constant(told).isalpha()
        )
    return kind in _MADE_OF or kind in ("ColumnRef", "TypeCast", "A_Expr", "SubLink", "ParamRef")
