"""What does a text do that may leave rows unguarded, by PostgreSQL's own parser? Pure.

A text that is put together is read with a name in each place that nobody knows: HOLE where it is
quoted, LOOSE where it may be anything.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from datetime import date, timedelta
from functools import lru_cache
from itertools import islice, product

from lib.core.guards import Guard
from lib.trials import parsed
from lib.trials.parsed import Tree, Unread

REPLICA = "session_replication_role"
HOLE, LOOSE = "a_name_that_it_makes", "a_text_that_it_is_given"
_HOLES = re.compile(f"{HOLE}|{LOOSE}")
_FIRING = ("origin", "local", "default")  # the values under which triggers fire as ever
_FORMAT = re.compile(r"%(?:(\d+)\$)?-?\d*([sIL%])")
_QUALIFIED = re.compile(r'(?:\w+|"[^"]+")\.(?:\w+|"[^"]+")(?:%\w+)?')
_MANY = 64  # texts: of more that it may put together none is known
_SAFE = re.compile(
    r"(?:pg_catalog\.)?(?:reg\w+|oid|u?int\w*|bigint|numeric|bool\w*|uuid|date|time.*)"
)
_ROUGH = re.compile(
    rf"{REPLICA}|\b(?:disable|drop|alter|replace)\s+trigger\b|\bdetach\s+partition\b", re.I
)
_DYNAMIC = ("PLpgSQL_stmt_dynexecute", "PLpgSQL_stmt_dynfors")
_OFF = ("AT_DisableTrig", "AT_DisableTrigAll", "AT_DisableTrigUser", "AT_EnableReplicaTrig")
_WRITES = ("InsertStmt", "UpdateStmt", "CopyStmt", "MergeStmt")
_ROUTINES = ("OBJECT_FUNCTION", "OBJECT_ROUTINE", "OBJECT_PROCEDURE")
_DAYS = {"day": 1, "week": 7, "mon": 28, "year": 365}
_LENGTH = re.compile(r"(\d+)\s*(day|week|mon|year)")
_OF_TIME = {"now", "date_trunc", "timezone", "transaction_timestamp", "statement_timestamp",
            "clock_timestamp", "make_interval"}  # fmt: skip
# From what tells most to what tells least.
ACTS = ("replica", "computed", "runs", "unread", "disables", "opens", "computed name", "named")


@lru_cache(maxsize=2048)
def acts(
    body: str,
    language: str,
    arguments: str,
    result: str,
    guards: tuple[Guard, ...],
    since: date,
    window: int,
) -> tuple[dict[str, str], frozenset[str]]:
    """What it does, by kind in words; and which functions it calls.

    "replica" or "computed": what it sets the role to; "named": it names that; "disables", "opens":
    how; "computed name" of a setting; "runs" a text that is not known; "unread": it is not read
    here; "deletes" rows of guarded tables since then.
    """
    reader = _Reader(guards, since, window)
    reader.read(body, language, arguments, result)
    reader.attach()
    rough = _ROUGH.search(body)
    if rough and {"computed name", "runs", "unread"} & reader.found.keys():
        if REPLICA in body.lower():
            reader.opens("", "named")
        elif "unread" in reader.found:
            reader.opens("speaks of switching triggers off", "disables")
    return reader.found, frozenset(reader.calls)


class _Reader:
    def __init__(self, guards: tuple[Guard, ...], since: date, window: int) -> None:
        self.guards, self.since, self.window = guards, since, window
        self.found: dict[str, str] = {}
        self.calls: set[str] = set()
        self.values: dict[str, list[Tree]] = {}
        self.safe: set[str] = set()
        self.given = False  # is it handed a text?
        self.depth = 0
        self.written: set[str] = set()
        self.attached: set[str] = set()

    def read(self, body: str, language: str, arguments: str = "", result: str = "void") -> None:
        try:
            if language == "plpgsql":
                self.block(body, arguments, result)
            elif language != "sql":
                self.found.setdefault("unread", f"is written in {language}")
            elif re.match(r"\s*(begin\s+atomic|return)\b", body, re.I):
                self.trees(parsed.statements(f"create function f() returns void {body}"))
            else:
                self.trees(parsed.statements(body))
        except (Unread, LookupError, ValueError, RecursionError):
            self.found.setdefault("unread", "is not read here")

    def block(self, body: str, arguments: str, result: str) -> None:
        # The parser knows a trigger's variables, and no schema but two.
        head = [
            _QUALIFIED.sub("text", each).replace("VARIADIC ", "") for each in (arguments, result)
        ]
        told = parsed.body(body, head[0], head[1].replace("event_trigger", "trigger"), plain=False)
        for variable in told.variables:
            kind, held = parsed.only(variable)
            name, typed = held.get("refname", ""), held.get("datatype", {})
            own = typed.get("PLpgSQL_type", {}).get("typname", "")
            if kind == "PLpgSQL_var" and _SAFE.fullmatch(own.lower().replace('"', "")):
                self.safe.add(name)
            elif name != "found" and not name.startswith(("sql", "tg_")) and "lineno" not in held:
                self.given |= kind == "PLpgSQL_var"
            if "default_val" in held:
                value = parsed.expression(held["default_val"]["PLpgSQL_expr"]["query"])
                self.values.setdefault(name, []).append(_value(value))
        runs: list[Tree] = []
        trees: list[Tree] = []
        for kind, held in parsed.nodes([told.block, *told.variables]):
            for key in {"query", "dynquery"} & held.keys():
                if (key == "dynquery" or kind in _DYNAMIC) and isinstance(held[key], dict):
                    runs.append(_value(parsed.expression(held[key]["PLpgSQL_expr"]["query"])))
            if kind == "PLpgSQL_expr":
                trees += self.part(held["query"], held.get("parseMode", 0))
        for each in runs:
            self.run(each)
        self.trees(trees)

    def part(self, query: str, mode: int) -> Iterable[Tree]:
        """The trees of a statement, an expression or an assignment of PL/pgSQL."""
        if mode == 0:
            return parsed.statements(query)
        if mode > 2:
            target, _, query = query.partition(":=" if ":=" in query else "=")
            name = target.strip(' "\n').lower()
            self.values.setdefault(name, []).append(_value(parsed.expression(query)))
        return [parsed.expression(query)]

    def run(self, value: Tree, *, surely: bool = True) -> None:
        """Read a text that it executes; `surely` not where it only hands one to a function."""
        for text in self.texts(value):
            try:
                trees = parsed.statements(text)
            except Unread:
                trees = ()
            loose = LOOSE in text and (self.given or not trees)
            if surely and loose:
                self.found.setdefault("runs", "runs a text that it is given or puts together")
            if trees and (surely or not _HOLES.search(text)) and self.depth < 4:
                self.depth += 1
                self.trees(trees)
                self.depth -= 1

    def texts(self, value: Tree, seen: tuple[str, ...] = ()) -> list[str]:
        """Which texts may this expression be?"""
        found = list(dict.fromkeys(islice(self._texts(value, seen), _MANY + 1)))
        return found if len(found) <= _MANY else [LOOSE]

    def _texts(self, value: Tree, seen: tuple[str, ...]) -> Iterator[str]:
        kind, told = parsed.only(value)
        if kind == "A_Const":
            (told,) = [v for k, v in told.items() if k in ("sval", "ival", "fval")] or [{}]
            yield str(next(iter(told.values()), ""))
        elif kind == "TypeCast":
            typed = parsed.names(told["typeName"]["names"])[-1]
            safe = _SAFE.fullmatch(typed)
            yield from (
                t.replace(LOOSE, HOLE) if safe else t for t in self.texts(told["arg"], seen)
            )
        elif kind == "A_Expr" and parsed.names(told["name"])[-1:] == ["||"]:
            sides = [self.texts(told[side], seen) for side in ("lexpr", "rexpr")]
            yield from map("".join, product(*sides))
        elif kind == "ColumnRef":
            name = parsed.names(told["fields"])[-1]
            for each in self.values.get(name, ()) if seen.count(name) < 2 else ():  # q := q || …
                yield from self.texts(each, (*seen, name))
            if name not in self.values:
                yield HOLE if name in self.safe else LOOSE
        elif kind in ("CaseExpr", "CoalesceExpr"):
            whens = [each.get("CaseWhen", {}).get("result", each) for each in told["args"]]
            for each in [*whens, *([told["defresult"]] if "defresult" in told else [])]:
                yield from self.texts(each, seen)
        elif kind == "A_ArrayExpr":
            for each in told.get("elements", ()):
                yield from self.texts(each, seen)
        elif kind == "FuncCall":
            yield from self.made(parsed.names(told["funcname"])[-1], told.get("args", []), seen)
        else:
            yield LOOSE

    def made(self, name: str, args: list[Tree], seen: tuple[str, ...]) -> Iterator[str]:
        """Which texts does this function of PostgreSQL make of these?"""
        given = [self.texts(each, seen) for each in args]
        if name in ("format", "concat", "concat_ws") and given:
            for each in product(*given):
                if name == "format":
                    yield _formatted(each[0], each[1:])
                else:
                    yield "".join(each) if name == "concat" else each[0].join(each[1:])
        elif name in ("quote_ident", "quote_literal", "quote_nullable") and given:
            letter = "I" if name == "quote_ident" else "L"
            yield from (_formatted(f"%{letter}", (each,)) for each in given[0])
        elif name in ("lower", "trim", "btrim") and given:
            yield from given[0]
        else:
            yield LOOSE

    # Statements

    def trees(self, trees: Iterable[Tree]) -> None:
        for kind, told in parsed.nodes(list(trees)):
            does = getattr(self, f"on_{kind}", None)
            if does is not None:
                does(told)
            if kind in _WRITES and "relation" in told:
                self.written.add(told["relation"]["relname"])
            if "setstmt" in told:
                self.on_VariableSetStmt(told["setstmt"])

    def opens(self, words: str, kind: str = "opens") -> None:
        self.found.setdefault(kind, words)

    def named(self, parts: Iterable[str], what: str) -> bool:
        """Is it, or may it be, a guard's trigger, function or table (or "partition" of one)?"""
        *above, name = parts
        if _HOLES.search(name):
            return True
        for guard in self.guards:
            own = getattr(guard, "table" if what == "partition" else what)
            place = not above or above[-1] == guard.schema or bool(_HOLES.search(above[-1]))
            if (name == own and place) or (
                what == "partition" and re.fullmatch(rf"{own}_(\d{{4}}_\d\d|default)", name)
            ):
                return True
        return False

    def relation(self, told: Tree, what: str = "partition") -> bool:
        found = told.get("relation", told)
        above = [found["schemaname"]] if "schemaname" in found else []
        return self.named([*above, found.get("relname", "")], what)

    def on_VariableSetStmt(self, told: Tree) -> None:
        if told.get("kind") == "VAR_SET_VALUE":
            values = [self.texts(each)[0].lower() for each in told.get("args", [])]
            self.setting([told["name"]], values or ["?"])

    def setting(self, names: Iterable[str], values: list[str]) -> None:
        for name in names:
            known = _HOLES.split(name.lower())[0]
            if name.lower() == REPLICA and set(values) - set(_FIRING):
                self.opens("", "replica" if "replica" in values else "computed")
            elif _HOLES.search(name) and "." not in known and REPLICA.startswith(known):
                self.opens("", "computed name")

    def on_FuncCall(self, told: Tree) -> None:
        name, args = parsed.names(told["funcname"])[-1], told.get("args", [])
        self.calls.add(name)
        if name == "set_config":
            by_name = {
                each["NamedArgExpr"]["name"]: each["NamedArgExpr"]["arg"]
                for each in args
                if "NamedArgExpr" in each
            }
            given = [by_name.get("setting_name"), by_name.get("new_value")]
            first, second = (own or args[n] for n, own in enumerate(given))
            self.setting(self.texts(first), [each.lower() for each in self.texts(second)])
        elif name not in ("format", "concat", "concat_ws", "quote_literal", "quote_ident"):
            for each in args:
                self.run(each, surely=False)

    def on_CallStmt(self, told: Tree) -> None:
        self.on_FuncCall(told["funccall"])

    def on_UpdateStmt(self, told: Tree) -> None:
        relation = told["relation"]["relname"]
        if relation == "pg_settings":
            consts = {held["sval"]["sval"].lower() for kind, held in parsed.nodes(told)
                      if kind == "A_Const" and held.get("sval")}  # fmt: skip
            named = "replica" if "replica" in consts else "computed"
            if REPLICA in consts:
                self.opens("", named)
            elif not consts:
                self.opens("", "computed name")
        elif relation in ("pg_trigger", "pg_proc"):
            self.opens(f"writes into {relation}")

    def on_DoStmt(self, told: Tree) -> None:
        given = {each["DefElem"]["defname"]: each["DefElem"]["arg"] for each in told["args"]}
        language = given.get("language", {}).get("String", {}).get("sval", "plpgsql")
        self.read(given["as"]["String"]["sval"], language)

    def on_DropStmt(self, told: Tree) -> None:
        for each in told.get("objects", []):
            _, held = parsed.only(each)
            names = parsed.names(held.get("items") or held.get("objname") or [])
            if told["removeType"] == "OBJECT_TRIGGER" and self.named(names[:-1], "partition"):
                if self.named(names[-1:], "trigger"):
                    self.opens(f"drops {_trigger(names[-1])}")
            elif told["removeType"] in _ROUTINES and self.named(names, "function"):
                self.opens(f"drops the function {names[-1]}()")

    def on_CreateTrigStmt(self, told: Tree) -> None:
        right = "whenClause" not in told and self.named(parsed.names(told["funcname"]), "function")
        guards = self.named([told["trigname"]], "trigger") and self.relation(told)
        if told.get("replace") and guards and not right:
            self.opens(f"replaces {_trigger(told['trigname'])}")

    def on_CreateFunctionStmt(self, told: Tree) -> None:
        names = parsed.names(told["funcname"])
        if self.named(names, "function"):
            self.opens(f"replaces the function {names[-1]}()")

    def on_AlterFunctionStmt(self, told: Tree) -> None:
        self.routine(told["func"])

    def routine(self, told: Tree) -> None:
        names = parsed.names(told["objname"])
        if self.named(names, "function"):
            self.opens(f"alters the function {names[-1]}()")

    def on_RenameStmt(self, told: Tree) -> None:
        kind = told.get("renameType") or told.get("objectType")
        if kind in _ROUTINES and "ObjectWithArgs" in told.get("object", {}):
            self.routine(told["object"]["ObjectWithArgs"])
        elif kind == "OBJECT_TABLE" and self.relation(told, "table"):
            self.opens(f"gives {_table(told)} another name or schema")

    on_AlterObjectSchemaStmt = on_AlterOwnerStmt = on_RenameStmt

    def on_RuleStmt(self, told: Tree) -> None:
        if self.relation(told, "table"):
            self.opens(f"makes a rule on {_table(told)}")

    def on_AlterTableStmt(self, told: Tree) -> None:
        if not self.relation(told):
            return
        for each in told.get("cmds", []):
            command = each["AlterTableCmd"]
            name = command.get("name", HOLE)
            if command["subtype"] in _OFF and self.named([name], "trigger"):
                self.opens("switches triggers off by ALTER TABLE", "disables")
            elif command["subtype"] == "AT_AttachPartition":
                self.attached.add(command["def"]["PartitionCmd"]["name"]["relname"])

    def attach(self) -> None:
        """Does it attach what it has loaded itself?"""
        for name in self.written if self.attached else ():
            if name in self.attached or (
                self.named([name], "partition") and not self.named([name], "table")
            ):
                self.opens("loads rows into a table that it attaches as a partition")

    def on_DeleteStmt(self, told: Tree) -> None:
        if told["relation"]["relname"] in ("pg_trigger", "pg_proc"):
            self.opens(f"deletes from {told['relation']['relname']}")
        if self.relation(told) and not self.bounded(told.get("whereClause", {})):
            self.opens("", "deletes")

    def on_TruncateStmt(self, told: Tree) -> None:
        if any(self.relation(each["RangeVar"]) for each in told["relations"]):
            self.opens("", "deletes")

    def bounded(self, where: Tree) -> bool:
        """Does a constant keep it away from the recent rows?"""
        kind, told = parsed.only(where)
        if kind == "BoolExpr" and told["boolop"] == "AND_EXPR":
            return any(self.bounded(each) for each in told["args"])
        operator = parsed.names(told.get("name", []))[-1:] if kind == "A_Expr" else []
        sides = {"<": ("lexpr", "rexpr"), "<=": ("lexpr", "rexpr"), ">": ("rexpr", "lexpr"),
                 ">=": ("rexpr", "lexpr")}.get("".join(operator))  # fmt: skip
        if sides is None:
            return False
        column, limit = (told[side] for side in sides)
        fields = parsed.names(parsed.only(column)[1].get("fields", []))
        own = {name for guard in self.guards for name in (guard.clock, guard.key)}
        return fields[-1:] != [] and fields[-1] in own and self.long_ago(limit)

    def long_ago(self, limit: Tree) -> bool:
        days = 0
        for kind, told in parsed.nodes(limit):
            if kind == "A_Const":
                text = str(told.get("sval", {}).get("sval", ""))
                days += sum(int(n) * _DAYS[unit] for n, unit in _LENGTH.findall(text))
                days += told.get("ival", {}).get("ival", 0)
                if re.fullmatch(r"\d{4}-\d\d-\d\d.*", text):
                    return date.fromisoformat(text[:10]) < self.since - timedelta(days=31)
                if "-" in text:
                    return False
            elif (
                (kind == "A_Expr" and parsed.names(told["name"]) != ["-"])
                or (kind == "FuncCall" and parsed.names(told["funcname"])[-1] not in _OF_TIME)
                or kind in ("ColumnRef", "SubLink", "CaseExpr")
            ):
                return False
        return days > self.window + 31


def _trigger(name: str) -> str:
    return "a trigger, a guard perhaps" if _HOLES.search(name) else f"the trigger {name}"


def _table(told: Tree) -> str:
    name = told["relation"]["relname"]
    return "a table, a guarded one perhaps" if _HOLES.search(name) else name


def _value(select: Tree) -> Tree:
    """The expression that this SELECT is."""
    found: Tree = select["SelectStmt"]["targetList"][0]["ResTarget"]["val"]
    return found


def _formatted(template: str, args: tuple[str, ...]) -> str:
    """What format() makes of these."""
    place = -1

    def each(match: re.Match[str]) -> str:
        nonlocal place
        if match[2] == "%":
            return "%"
        place = int(match[1]) - 1 if match[1] else place + 1
        text = args[place] if place < len(args) else ""
        if match[2] == "s":
            return text
        if _HOLES.search(text):
            text = HOLE
        return f'"{text}"' if match[2] == "I" else f"'{text}'"

    return _FORMAT.sub(each, template)
