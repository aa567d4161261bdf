"""Does a text leave the key as it was sent, where nothing says that it is right? Pure.

Beside what a name stands for, the state of a text holds facts, under "~": which writes it is not,
and which columns are as they were before an update.
"""

from __future__ import annotations

from lib.trials.texts import parsed
from lib.trials.texts.parsed import Tree, fields
from lib.trials.texts.understood import CLEAN, KEY, Held, first
from lib.trials.texts.values import Values, are_rows

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

    def settle(self, condition: Tree, *, truth: bool) -> None:
        """After this the key is what it was compared with, or there is no row to look up."""
        value = parsed.value(condition)
        why, known = self.settled(value, truth=truth), self.facts(value, truth=truth)
        self.state |= {f"~{each}": Held() for each in known}
        key, reference = f"new.{self.guard.key}", self.guard.reference
        source = f"new.{reference.column if reference else self.guard.clock}"
        for certain in ({"~INSERT", "~UPDATE"}, {f"~{key}", f"~{source}"}):
            why = CLEAN if certain <= self.state.keys() else why
        if why == CLEAN and key in self.state and self.state[key].sent:
            self.state[key] = Held(form=KEY)

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
            timeless = truth == (told["nulltesttype"] == "IS_NULL")
            return CLEAN if timeless and fields(told["arg"]) == ["new", self.guard.clock] else None
        none = kind == "NullTest" and truth == (told["nulltesttype"] == "IS_NULL")
        asked = told["arg"] if none else value if not truth else {}
        wanted = none or kind in ("ColumnRef", "SubLink")
        return CLEAN if wanted and asked and self.expr(asked).looked else None

    def facts(self, value: Tree, *, truth: bool) -> set[str]:
        """Which writes is it not, and which columns are as before, where this is so?"""
        kind, told = parsed.only(value)
        if kind == "BoolExpr" and told["boolop"] == "NOT_EXPR":
            return self.facts(told["args"][0], truth=not truth)
        if kind == "BoolExpr":
            each = [self.facts(part, truth=truth) for part in told["args"]]
            certain = truth == (told["boolop"] == "AND_EXPR")
            return set.union(*each) if certain else set.intersection(*each)
        everything = {*_WRITES, *(f"new.{column}" for column in self.watched)}
        if kind == "A_Const" and "boolval" in told:
            return everything if told["boolval"].get("boolval", False) is not truth else set()
        if kind != "A_Expr" or told["kind"] not in (*_SAME, "AEXPR_IN"):
            return set()
        if are_rows(
            {**told, "lexpr": self.uncast(told["lexpr"]), "rexpr": self.uncast(told["rexpr"])}
        ):
            same = (told["kind"] == "AEXPR_NOT_DISTINCT") is truth
            return everything - _WRITES if same else set()
        (name, *more), sides = parsed.names(told["name"]), (told.get("lexpr", {}), told["rexpr"])
        own, other = map(fields, sides)
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

    def uncast(self, value: Tree) -> Tree:
        """The row itself, which a partition's own trigger has as one of the table."""
        kind, told = parsed.only(value)
        if kind != "TypeCast":
            return value
        names = parsed.names(told["typeName"]["names"])
        own = names in ([self.guard.table], [self.guard.schema, self.guard.table])
        return dict(told["arg"]) if own else value

    def same(self, told: Tree, *, truth: bool) -> str | None:
        """Is the key the same as something else by this comparison?"""
        name = parsed.names(told["name"])
        if len(name) != 1 or _SAME.get(told["kind"], {}).get(name[0]) is not truth:
            return None
        sides = [told.get("lexpr", {}), told.get("rexpr", {})]
        if are_rows(told):
            return CLEAN
        for own, other in (sides, sides[::-1]):
            if fields(own) == ["new", self.guard.key] and fields(other) != ["old", self.guard.key]:
                held = self.expr(other)
                if not held.sent:
                    return held.why
        return None


def _listed(value: Tree) -> list[Tree]:
    """What it is compared with: one, or each of a list."""
    kind, told = parsed.only(value)
    return list(told.get("items", [])) if kind == "List" else [value]
