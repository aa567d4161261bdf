"""What does a text do that may leave rows unguarded, by PostgreSQL's own parser? Pure."""

from __future__ import annotations

import re
from collections.abc import Iterable
from datetime import date
from functools import lru_cache
from typing import NamedTuple

from lib.trials.texts import parsed
from lib.trials.texts.guarded_names import Names
from lib.trials.texts.old_rows import bounded
from lib.trials.texts.parsed import Tree, Unread
from lib.trials.texts.put_together import HOLE, HOLES, LOOSE, MADE, SAFE, Texts, value

REPLICA = "session_replication_role"
_FIRING = {"origin", "local", "default"}  # the values under which triggers fire as ever
_QUALIFIED = re.compile(r'(?:\w+|"[^"]+")\.(?:\w+|"[^"]+")(?:%\w+)?')
_DEEP = 4  # texts that execute texts
_ROUGH = re.compile(
    rf"{REPLICA}|\b(?:disable|drop|alter|replace)\s+trigger\b|\bdetach\s+partition\b", re.I
)
_DYNAMIC = ("PLpgSQL_stmt_dynexecute", "PLpgSQL_stmt_dynfors")
_OFF = ("AT_DisableTrig", "AT_DisableTrigAll", "AT_DisableTrigUser", "AT_EnableReplicaTrig")
_WRITES = ("InsertStmt", "UpdateStmt", "CopyStmt", "MergeStmt")
_CHANGES = {
    "DropStmt": "drops",
    "CreateTrigStmt": "replaces",
    "CreateFunctionStmt": "replaces",
    "AlterFunctionStmt": "alters",
    "AlterOwnerStmt": "gives another owner to",
    "AlterObjectSchemaStmt": "gives another schema to",
    "RenameStmt": "gives another name to",
    "RuleStmt": "makes a rule on",
}
_DELETES = "deletes rows by what was just written, or of the recent ones"
_CATALOGS = ("pg_trigger", "pg_proc")
# Functions that run the text of a query.
_RUNS = frozenset({
    "query_to_xml", "query_to_xmlschema", "query_to_xml_and_xmlschema", "ts_stat", "ts_rewrite",
})  # fmt: skip
# From what tells most to what tells least.
ACTS = ("replica", "computed", "runs", "unread", "disables", "speaks", "opens", "computed name",
        "named")  # fmt: skip
UNKNOWN = {"runs", "unread", "speaks", "computed name", "named", "deletes"}


class Acts(NamedTuple):
    """What a text does, by kind in words; which functions it calls, and does it hand them a text?

    Which tables it `loads`, `written`, `attaches` and `detaches`; is it `given` a text itself?
    """

    found: dict[str, str]
    calls: dict[str, bool]
    loads: frozenset[str]
    written: frozenset[str]
    attaches: frozenset[str]
    detaches: frozenset[str]
    given: bool


@lru_cache(maxsize=2048)
def acts(
    body: str,
    language: str,
    arguments: str,
    result: str,
    names: Names,
    since: date,
    window: int,
) -> Acts:
    """What does this text do?

    "replica" or "computed": what it sets the role to; "named": it names that; "disables", "opens":
    how, "speaks" of that; "computed name" of a setting; "runs" a text that is not known; "unread":
    it is not read here; "deletes" rows of guarded tables since then.
    """
    reader = _Reader(names, since, window)
    reader.read(body, language, arguments, result)
    loads = {path.rpartition(".")[2] for path in reader.written}
    for name in loads if reader.attached else ():
        if name in reader.attached or (
            reader.names.of_guard([name]) and not reader.names.named([name])
        ):
            reader.tell("opens", "loads rows into a table that it attaches as a partition")
    rough = _ROUGH.search(body)
    if rough and {"computed name", "runs", "unread"} & reader.found.keys():
        if REPLICA in body.lower():
            reader.tell("named")
        elif "unread" in reader.found:
            reader.tell("speaks", "speaks of switching triggers off")
    return Acts(
        reader.found,
        reader.calls,
        frozenset(
            name for name in loads if name in reader.created or not reader.names.of_guard([name])
        ),
        frozenset(reader.written),
        frozenset(reader.attached),
        frozenset(reader.detached),
        reader.given,
    )


class _Reader:
    def __init__(self, names: Names, since: date, window: int) -> None:
        self.names, self.since, self.window = names, since, window
        self.found: dict[str, str] = {}
        self.made = Texts()
        self.given = False  # is it handed a text?
        self.depth = 0
        self.calls: dict[str, bool] = {}
        self.written, self.created = set[str](), set[str]()
        self.detached, self.attached = set[str](), set[str]()
        self.made_triggers = set[str]()

    def tell(self, kind: str, words: str = "") -> None:
        self.found.setdefault(kind, words)

    def read(self, body: str, language: str, arguments: str = "", result: str = "void") -> None:
        try:
            if language == "plpgsql":
                self.block(body, arguments, result)
            elif language == "rule":
                self.trees(parsed.only(each)[1] for each in parsed.statements(body))
            elif language != "sql":
                self.tell("unread", f"is written in {language}")
            elif re.match(r"\s*(begin\s+atomic|return)\b", body, re.I):
                self.trees(parsed.statements(f"create function f() returns void {body}"))
            else:
                self.trees(parsed.statements(body))
        except (Unread, LookupError, ValueError, RecursionError):
            self.tell("unread", "is not read here")

    def block(self, body: str, arguments: str, result: str) -> None:
        # The parser knows a trigger's variables, and no schema but two.
        head = [_QUALIFIED.sub("text", e).replace("VARIADIC ", "") for e in (arguments, result)]
        told = parsed.body(body, head[0], head[1].replace("event_trigger", "trigger"), plain=False)
        for kind, held in map(parsed.only, told.variables):
            name, typed = held.get("refname", ""), held.get("datatype", {})
            own = typed.get("PLpgSQL_type", {}).get("typname", "")
            if kind == "PLpgSQL_var" and SAFE.fullmatch(own.lower().replace('"', "")):
                self.made.safe.add(name)
            elif name != "found" and not name.startswith(("sql", "tg_")) and "lineno" not in held:
                self.given |= kind == "PLpgSQL_var"
            if "default_val" in held:
                self.made.assign(name, held["default_val"]["PLpgSQL_expr"]["query"])
        runs, trees = list[str](), list[Tree]()
        for kind, held in parsed.nodes([told.block, *told.variables]):
            for key in {"query", "dynquery"} & held.keys():
                if (key == "dynquery" or kind in _DYNAMIC) and isinstance(held[key], dict):
                    runs.append(held[key]["PLpgSQL_expr"]["query"])
            if kind == "PLpgSQL_expr":
                query, mode = held["query"], held.get("parseMode", 0)
                if mode > 2:
                    target, _, query = query.partition(":=" if ":=" in query else "=")
                    self.made.assign(target.strip(' "\n').lower(), query)
                trees += [parsed.expression(query)] if mode else parsed.statements(query)
        for query in runs:
            self.run(value(query))
        self.trees(trees)

    def run(self, handed: Tree, *, surely: bool = True) -> bool:
        """Read a text that it executes: may it be anything? `surely` not where it only hands one
        to a function.
        """
        loose = False
        for text in self.made.texts(handed):
            try:
                trees = parsed.statements(text)
            except Unread:
                trees = ()
            loose |= LOOSE in text and (self.given or not trees)
            if trees and (surely or not HOLES.search(text)) and self.depth < _DEEP:
                self.depth += 1
                self.trees(trees)
                self.depth -= 1
        if surely and loose:
            self.tell("runs", "runs a text that it is given or puts together")
        return loose

    def trees(self, trees: Iterable[Tree]) -> None:
        for kind, told in parsed.nodes(list(trees)):
            self.statement(kind, told)
            if kind in (*_WRITES, "DeleteStmt") and "relation" in told:
                act = {"UpdateStmt": "update", "DeleteStmt": "delete"}.get(kind, "insert")
                self.calls.setdefault(f"{act} {told['relation']['relname']}", False)
            if kind in _WRITES and "relation" in told:
                self.written.add(".".join(_path(told["relation"])))
            if "setstmt" in told:
                self.statement("VariableSetStmt", told["setstmt"])

    def statement(self, kind: str, told: Tree) -> None:
        relation = told.get("relation", {})
        match kind:
            case "FuncCall":
                self.call(told)
            case "CallStmt":
                self.call(told["funccall"])
            case "VariableSetStmt" if told.get("kind") == "VAR_SET_VALUE":
                values = [self.made.texts(each)[0] for each in told.get("args", [])]
                self.setting([told["name"]], values or ["?"])
            case "DoStmt":
                given = (each["DefElem"] for each in told["args"])
                held = {each["defname"]: each["arg"]["String"]["sval"] for each in given}
                self.read(held["as"], held.get("language", "plpgsql"))
            case "UpdateStmt" if relation["relname"] == "pg_settings":
                consts = {each.lower() for name, held in parsed.nodes(told) if name == "A_Const"
                          for each in held.get("sval", {}).values()}  # fmt: skip
                signs = [parsed.names(h["name"]) for k, h in parsed.nodes(told) if k == "A_Expr"]
                named = consts & {REPLICA} if signs == [["="]] else [HOLE]
                self.setting(named, consts & {"replica"} or ["?"])
            case "UpdateStmt" | "DeleteStmt" if relation["relname"] in _CATALOGS:
                self.tell("opens", f"{kind[:6].lower()}s rows of {relation['relname']}")
            case "DeleteStmt" if self.names.holds_rows(_path(relation)):
                columns = {name for guard in self.names.guards for name in (guard.clock, guard.key)}
                if not bounded(told.get("whereClause", {}), columns, self.since, self.window):
                    self.tell("deletes", _DELETES)
            case "MergeStmt" if self.names.holds_rows(_path(relation)):
                ways = [parsed.only(each)[1] for each in told["mergeWhenClauses"]]
                if any(each["commandType"] == "CMD_DELETE" for each in ways):
                    self.tell("deletes", _DELETES)
            case "GrantRoleStmt" if told.get("is_grant"):
                self.tell("opens", "grants a role")
            case "GrantStmt" if told.get("is_grant") and REPLICA in str(told["objects"]).lower():
                self.tell("opens", f"grants the right to set {REPLICA}")
            case "TruncateStmt":
                if any(self.names.of_guard(_path(each["RangeVar"])) for each in told["relations"]):
                    self.tell("deletes", _DELETES)
            case "AlterTableStmt" if self.names.of_guard(_path(relation)):
                for each in (each["AlterTableCmd"] for each in told.get("cmds", [])):
                    if each["subtype"] in _OFF and self.names.named(
                        [each.get("name", HOLE)], "trigger"
                    ):
                        self.tell("disables", "switches triggers off by ALTER TABLE")
                    elif each["subtype"] == "AT_ChangeOwner":
                        self.tell("opens", "gives another owner to a guarded table")
                    elif each["subtype"] == "AT_AttachPartition":
                        self.attached.add(each["def"]["PartitionCmd"]["name"]["relname"])
                    elif each["subtype"] == "AT_DetachPartition":
                        self.detached.add(".".join(_path(each["def"]["PartitionCmd"]["name"])))
            case "CreateStmt" if "partbound" not in told:
                self.created.add(relation["relname"])
            case "CreateTableAsStmt":
                self.written.add(".".join(_path(told["into"]["rel"])))
                self.created.add(told["into"]["rel"]["relname"])
            case _ if kind in _CHANGES:
                self.change(kind, told)

    def change(self, kind: str, told: Tree) -> None:
        """What does it do to which trigger, function or table?"""
        of = told.get("removeType") or told.get("renameType") or told.get("objectType", "")
        what, names = "table", [_path(told.get("relation", {}))]
        if kind == "CreateTrigStmt":
            right = "whenClause" not in told and self.names.named(
                parsed.names(told["funcname"]), "function"
            )
            what, names = "trigger", [[*names[0], told["trigname"]]]
            if not right and self.names.of_guard(names[0][:-1]):
                self.made_triggers.add(told["trigname"])
            names *= bool(told.get("replace") and not right)
        elif kind != "RuleStmt" and not (of == "OBJECT_TABLE" and names[0]):
            held = [parsed.only(e)[1] for e in (*told.get("objects", ()), told.get("object", {}))]
            held += [told.get("func", {}), {"objname": told.get("funcname", [])}]
            what, key = ("trigger", "items") if of == "OBJECT_TRIGGER" else ("function", "objname")
            names = [parsed.names(each.get(key, ())) for each in held if each.get(key)]
        if self.made_triggers & {parts[-1] for parts in names} and kind == "DropStmt":
            self.tell("opens", "makes another trigger on a guarded table, and drops it again")
        for parts in names:
            above, parts = (parts[:-1], parts[-1:]) if what == "trigger" else ([], parts)
            if self.names.named(parts, what) and (not above or self.names.of_guard(above)):
                known = f"the {what} {parts[-1]}{'()' * (what == 'function')}"
                name = f"a {what}, a guard's perhaps" if HOLES.search(parts[-1]) else known
                self.tell("opens", f"{_CHANGES[kind]} {name}")

    def setting(self, names: Iterable[str], values: Iterable[str]) -> None:
        new = {each.lower() for each in values}
        for name in (each.lower() for each in names):
            known = HOLES.split(name)[0]
            if name == REPLICA and new - _FIRING:
                self.tell("replica" if "replica" in new else "computed")
            elif HOLES.search(name) and REPLICA.startswith(known):
                self.tell("computed name")

    def call(self, told: Tree) -> None:
        name, args = parsed.names(told["funcname"])[-1], told.get("args", [])
        self.calls.setdefault(name, False)
        if name == "set_config":
            named = [e["NamedArgExpr"] for e in args if "NamedArgExpr" in e]
            by_name = {each["name"]: each["arg"] for each in named}
            given = [by_name.get("setting_name"), by_name.get("new_value")]
            first, second = (own or args[n] for n, own in enumerate(given))
            self.setting(self.made.texts(first), self.made.texts(second))
        elif name in _RUNS:
            for each in args:
                self.run(each)
        elif name not in MADE:
            for each in args:
                self.calls[name] |= self.run(each, surely=False)


def _path(relation: Tree) -> list[str]:
    return [relation[each] for each in ("schemaname", "relname") if each in relation]
