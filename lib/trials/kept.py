"""Does a text leave the key as it was sent, where nothing says that it is right? Pure.

Beside what a name stands for, the state of a text holds two things more: under "=" and a name
whether it is, or was made of, the key as it was sent, and under "?" and a name that it was looked
up, so that none means that there is no such row.
"""

from __future__ import annotations

from lib.trials import parsed
from lib.trials.parsed import Tree
from lib.trials.understood import CLEAN, Values, first

SENT = "as it was sent"
_SAME = {
    "AEXPR_OP": {"=": True, "<>": False},
    "AEXPR_NOT_DISTINCT": {"=": True},
    "AEXPR_DISTINCT": {"=": False},
}


_WRITES = {"INSERT", "UPDATE"}


class Kept(Values):
    """The names of a text, and which of them may hold the key as it was sent."""

    def sent(self, value: Tree) -> str:
        """Is this, or is it made of, the key as it was sent? Empty where it is not."""
        kind, told = parsed.only(value)
        match kind:
            case "ColumnRef":
                names = parsed.names(told["fields"])
                known = (".".join(names[:2]), names[0])
                return first(self.state.get(f"={name}", CLEAN) for name in known)
            case "CoalesceExpr" if self.looked(told["args"][0]):
                return CLEAN
            case "CaseWhen":
                return self.sent(told["result"])
            case "SubLink":
                return self.sent(told["subselect"])
            case "SelectStmt":
                return first(self.sent(each) for each in told.get("targetList", []))
        return first(self.sent(each) for each in parsed.below(told))

    def looked(self, value: Tree) -> bool:
        """Is it none where there is no such row as the reference names, and only there?"""
        kind, told = parsed.only(value)
        if self.guard.reference is None:
            return False
        if kind == "ColumnRef":
            names = parsed.names(told["fields"])
            reference = names == ["new", self.guard.reference.column]
            return reference or any(
                self.state.get(f"?{name}") == CLEAN for name in (".".join(names[:2]), names[0])
            )
        if kind == "FuncCall":
            self.by_id = False
            self.expr(value)
            return self.by_id
        if kind != "SubLink" or told["subLinkType"] not in ("EXPR_SUBLINK", "EXISTS_SUBLINK"):
            return False
        self.select(told["subselect"])
        return self.by_id

    def settle(self, condition: Tree, *, truth: bool) -> None:
        """After this the key is what it was compared with, or there is no row to look up."""
        tree = parsed.expression(condition["PLpgSQL_expr"]["query"])
        (target,) = tree["SelectStmt"]["targetList"]
        why = self.settled(target["ResTarget"]["val"], truth=truth)
        key = f"new.{self.guard.key}"
        if why is not None and self.state.get(f"={key}"):
            self.state[f"={key}"], self.state[key] = CLEAN, why

    def settled(self, value: Tree, *, truth: bool) -> str | None:
        """By what does the key go where this is so? None where it says nothing of it."""
        kind, told = parsed.only(value)
        if kind == "BoolExpr":
            if told["boolop"] == "NOT_EXPR":
                return self.settled(told["args"][0], truth=not truth)
            found = [self.settled(each, truth=truth) for each in told["args"]]
            known = [each for each in found if each is not None]
            enough = known if truth == (told["boolop"] == "AND_EXPR") else len(known) == len(found)
            return first(known) if enough else None
        if kind == "A_Expr":
            return self.same(told, truth=truth) if not self.no_write(told, truth=truth) else CLEAN
        if kind == "NullTest" and self.guard.reference is None:
            fields = parsed.names(parsed.only(told["arg"])[1].get("fields", []))
            timeless = truth == (told["nulltesttype"] == "IS_NULL")
            return CLEAN if timeless and fields == ["new", self.guard.clock] else None
        none = kind == "NullTest" and truth == (told["nulltesttype"] == "IS_NULL")
        if none and self.looked(told["arg"]):
            return CLEAN
        if kind in ("ColumnRef", "SubLink") and not truth and self.looked(value):
            return CLEAN
        return None

    def no_write(self, told: Tree, *, truth: bool) -> bool:
        """Is it neither an insert nor an update, by what was asked of TG_OP so far?"""
        side = parsed.only(told.get("lexpr", {}))[1].get("fields", [])
        if parsed.names(side) != ["tg_op"] or parsed.names(told["name"]) != ["="]:
            return False
        named = {c["sval"]["sval"] for kind, c in parsed.nodes(told["rexpr"]) if kind == "A_Const"}
        if truth:
            return not named & _WRITES
        for each in named:
            self.state[f"?{each}"] = CLEAN
        return all(f"?{each}" in self.state for each in _WRITES)

    def same(self, told: Tree, *, truth: bool) -> str | None:
        """Is the key the same as something else by this comparison?"""
        name = parsed.names(told["name"])
        if len(name) != 1 or _SAME.get(told["kind"], {}).get(name[0]) is not truth:
            return None
        sides = [told.get("lexpr", {}), told.get("rexpr", {})]
        fields = [parsed.names(parsed.only(each)[1].get("fields", [])) for each in sides]
        if sorted(each[:1] for each in fields) == [["new"], ["old"]]:
            whole = all(each[1:] in ([], ["*"]) for each in fields)
            if whole:
                return CLEAN
        for own, other in ((0, 1), (1, 0)):
            if fields[own] == ["new", self.guard.key] and not self.sent(sides[other]):
                return self.expr(sides[other])
        return None
