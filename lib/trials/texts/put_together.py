"""Which texts may an expression of PL/pgSQL put together? Pure.

In each place that nobody knows stands a name: HOLE where it is quoted, LOOSE where it may be
anything.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from functools import partial
from itertools import count, islice, product

from lib.trials.texts import parsed
from lib.trials.texts.parsed import Tree

HOLE, LOOSE = "a_name_that_it_makes", "a_text_that_it_is_given"
HOLES = re.compile(f"{HOLE}|{LOOSE}")
# Types whose values are no text that does something.
SAFE = re.compile(
    r"(?:pg_catalog\.)?(?:reg\w+|oid|u?int\w*|bigint|numeric|bool\w*|uuid|date|time.*)"
)
_FORMAT = re.compile(r"%(?:(\d+)\$)?-?\d*([sIL%])")
_MANY = 64  # of more than so many none is known


class Texts:
    """By the values that its variables are given anywhere; those of `safe` types are quoted."""

    def __init__(self) -> None:
        self.values: dict[str, list[Tree]] = {}
        self.safe: set[str] = set()

    def assign(self, name: str, query: str) -> None:
        self.values.setdefault(name, []).append(value(query))

    def texts(self, made: Tree, seen: tuple[str, ...] = ()) -> list[str]:
        """Which texts may this expression be?"""
        found = list(dict.fromkeys(islice(self._texts(made, seen), _MANY + 1)))
        return found if len(found) <= _MANY else [LOOSE]

    def _texts(self, tree: Tree, seen: tuple[str, ...]) -> Iterator[str]:
        kind, told = parsed.only(tree)
        parts = told.get("args", [])
        if kind == "A_Const":
            (held,) = [v for k, v in told.items() if k in ("sval", "ival", "fval")] or [{}]
            yield str(next(iter(held.values()), ""))
        elif kind == "TypeCast":
            safe = SAFE.fullmatch(parsed.names(told["typeName"]["names"])[-1])
            for text in self.texts(told["arg"], seen):
                yield text.replace(LOOSE, HOLE) if safe else text
        elif kind == "ColumnRef":
            name = parsed.names(told["fields"])[-1]
            for each in self.values.get(name, ()) if seen.count(name) < 2 else ():  # q := q || …
                yield from self.texts(each, (*seen, name))
            if name not in self.values:
                yield HOLE if name in self.safe else LOOSE
        elif kind in ("CaseExpr", "CoalesceExpr"):
            for each in [*parts, *([told["defresult"]] if "defresult" in told else [])]:
                yield from self.texts(each.get("CaseWhen", {}).get("result", each), seen)
        else:
            if kind == "A_Expr":
                parts = [told.get("lexpr", {}), told["rexpr"]]
            name = _name(told) if parts and kind in ("A_Expr", "FuncCall") else ""
            given = product(*(self.texts(part, seen) for part in parts)) if name in MADE else ()
            yield from (MADE[name](*each) for each in given)
            if name not in MADE:
                yield LOOSE


def _name(told: Tree) -> str:
    return parsed.names(told.get("funcname") or told["name"])[-1]


def value(query: str) -> Tree:
    """What stands in an expression of PL/pgSQL."""
    (target,) = parsed.expression(query)["SelectStmt"]["targetList"][:1]
    found: Tree = target["ResTarget"]["val"]
    return found


def _formatted(template: str, *args: str) -> str:
    """What format() makes of these."""
    places = count()

    def each(match: re.Match[str]) -> str:
        number, kind = match.groups()
        if kind == "%":
            return "%"
        place = int(number) - 1 if number else next(places)
        text = args[place] if place < len(args) else ""
        if kind == "s":
            return text
        text = HOLE if HOLES.search(text) else text
        return f'"{text}"' if kind == "I" else f"'{text}'"

    return _FORMAT.sub(each, template)


# What puts texts together.
MADE: dict[str, Callable[..., str]] = {
    "||": lambda *each: "".join(each),
    "concat": lambda *each: "".join(each),
    "concat_ws": lambda between, *each: between.join(each),
    "format": _formatted,
    "quote_ident": partial(_formatted, "%I"),
    "quote_literal": partial(_formatted, "%L"),
    "quote_nullable": partial(_formatted, "%L"),
    **dict.fromkeys(("lower", "trim", "btrim"), lambda text, *_: text),
}
