"""By what does an expression of a trigger's function go? Pure: nothing here runs it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from lib.core.declaration import declared
from lib.trials.texts import parsed
from lib.trials.texts.lookups import Lookups
from lib.trials.texts.parsed import Tree, constant, fields
from lib.trials.texts.understood import (
    CLEAN,
    CLOCK,
    CONSTANT,
    KEY,
    MOMENT,
    MOMENTS,
    NOW,
    OLD,
    OTHER,
    WRITTEN,
    Held,
    Helper,
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
_GATHERS = frozenset({"agg_filter", "agg_order", "over", "agg_within_group"})
_MOMENTS = frozenset({CLOCK, MOMENT, NOW})
_AS_TEXT = "how a value is written as text"


class Values(Lookups):
    """What the names of a text stand for at one place of it, and by what its expressions go."""

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
            clock = next((each.clock for each in declared() if each.table == parent.table), None)
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
