"""Does a text leave the key as it was sent, where nothing says that it is right? Pure.

Beside what a name stands for, the state of a text holds two things more: under "=" and a name
whether it is, or was made of, the key as it was sent, and under "?" and a name that it was looked
up, so that none means that there is no such row. Under "~" stand facts: which writes it is not,
and which columns are as they were before an update.
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

    cased = ""  # as what a CASE that asks TG_OP calls it

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
            return reference or f"?{'.'.join(names)}" in self.state
        if kind == "FuncCall":
            self.by_id, self.filled_in = False, []
            self.expr(value)
            return self.by_id and self.filled_in == [True]
        if kind != "SubLink" or told["subLinkType"] not in ("EXPR_SUBLINK", "EXISTS_SUBLINK"):
            return False
        self.select(told["subselect"])
        return self.by_id and (told["subLinkType"] == "EXISTS_SUBLINK" or self.filled_in == [True])

    def settle(self, condition: Tree, *, truth: bool) -> None:
        """After this the key is what it was compared with, or there is no row to look up."""
        tree = parsed.expression(condition["PLpgSQL_expr"]["query"])
        (target,) = tree["SelectStmt"]["targetList"]
        why = self.settled(target["ResTarget"]["val"], truth=truth)
        known = self.facts(target["ResTarget"]["val"], truth=truth)
        self.state |= {f"~{each}": CLEAN for each in known}
        key, reference = f"new.{self.guard.key}", self.guard.reference
        source = f"new.{reference.column if reference else self.guard.clock}"
        if {"~INSERT", "~UPDATE"} <= self.state.keys():
            why = CLEAN
        if {f"~{key}", f"~{source}"} <= self.state.keys():
            why = CLEAN
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
            return self.same(told, truth=truth)
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

    def facts(self, value: Tree, *, truth: bool) -> set[str]:
        """Which writes is it not, and which columns are as before, where this is so?"""
        kind, told = parsed.only(value)
        if kind == "BoolExpr" and told["boolop"] == "NOT_EXPR":
            return self.facts(told["args"][0], truth=not truth)
        if kind == "BoolExpr":
            each = [self.facts(part, truth=truth) for part in told["args"]]
            certain = truth == (told["boolop"] == "AND_EXPR")
            return set.union(*each) if certain else set.intersection(*each)
        if kind != "A_Expr" or told["kind"] not in (*_SAME, "AEXPR_IN"):
            return set()
        (name, *more), sides = parsed.names(told["name"]), (told.get("lexpr", {}), told["rexpr"])
        own, other = (parsed.names(parsed.only(each)[1].get("fields", [])) for each in sides)
        if more or len(own) not in (1, 2):
            return set()
        if own == ["tg_op"] or (own == [self.cased] and told["kind"] == "AEXPR_IN"):
            words = [each["A_Const"] for each in _listed(sides[1]) if "A_Const" in each]
            named = {each["sval"].get("sval", "") for each in words if "sval" in each}
            if len(named) != len(_listed(sides[1])) or name not in ("=", "<>"):
                return set()
            return _WRITES - named if (name == "=") is truth else _WRITES & named
        before = sorted([own[:1], other[:1]]) == [["new"], ["old"]] and own[1:] == other[1:] != []
        equal = _SAME.get(told["kind"], {}).get(name) is truth
        return {f"new.{own[1]}"} if before and equal else set()

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
            ours = fields[own] == ["new", self.guard.key] and not self.sent(sides[other])
            if ours and fields[other] != ["old", self.guard.key]:
                return self.expr(sides[other])
        return None


def _listed(value: Tree) -> list[Tree]:
    """What it is compared with: one, or each of a list."""
    kind, told = parsed.only(value)
    return list(told.get("items", [])) if kind == "List" else [value]
