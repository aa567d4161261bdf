"""What does a statement of a trigger's function do beside what it answers? Pure."""

from __future__ import annotations

from lib.core.declaration import declared
from lib.core.guards import Guard
from lib.trials.texts import parsed
from lib.trials.texts.parsed import Tree, constant
from lib.trials.texts.understood import Held, Helper, Outside, Reading

# PostgreSQL's own that run a text, write, or end others.
_DOES_MORE = frozenset({
    "query_to_xml", "query_to_xmlschema", "query_to_xml_and_xmlschema", "table_to_xml",
    "cursor_to_xml", "schema_to_xml", "database_to_xml", "ts_stat", "ts_rewrite", "lo_import",
    "lo_export", "lo_unlink", "connectby", "xpath_table", "pg_terminate_backend",
    "pg_cancel_backend", "pg_reload_conf",
})  # fmt: skip
WRITES = {"InsertStmt": "inserts into", "UpdateStmt": "updates", "DeleteStmt": "deletes from",
           "MergeStmt": "merges into"}  # fmt: skip
_HARMLESS = frozenset({"SelectStmt", "NotifyStmt", "LockStmt", *WRITES})
_GIVEN = Held("what a statement gives it")


class Effects:
    """What was found of a text, and what its statements write, set and call."""

    def __init__(self, guard: Guard, helpers: tuple[Helper, ...]) -> None:
        self.guard, self.helpers, self.found = guard, helpers, Reading()
        self.line = 0

    def leave(self, why: str) -> None:
        """This is not understood; the first reason stays."""
        self.found.outside = self.found.outside or Outside(why, self.line)

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
            return name in self.relations or any(name == each.table for each in declared())
        return any(f"{name}_".startswith(f"{each.table}_") for each in declared())

    def effects(self, tree: Tree) -> None:
        """Does this do more to guarded tables than to read them?"""
        for kind, told in parsed.nodes(tree):
            if kind in WRITES:
                name = told["relation"]["relname"]
                self.reached(f"write {name}")
                guarded = self.is_guarded(name) and not _beside(kind, told)
                if guarded or name.startswith("pg_"):
                    self.leave(f"it {WRITES[kind]} {name}")
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

    def named_so(self, names: list[str]) -> list[Helper]:
        raise NotImplementedError


def _beside(kind: str, told: Tree) -> bool:
    """Does it update columns alone by which no guard goes?"""
    columns = {each["ResTarget"].get("name", "") for each in told.get("targetList", [])}
    guarded = {
        name for each in declared() for name in (each.id, each.clock, each.key, *each.columns)
    }
    return kind == "UpdateStmt" and not columns & guarded
