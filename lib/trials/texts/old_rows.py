"""Does a constant keep a DELETE away from the recent rows? Pure."""

from __future__ import annotations

from collections.abc import Container
from contextlib import suppress
from datetime import date, timedelta
from itertools import groupby, pairwise

from lib.trials.texts import parsed
from lib.trials.texts.parsed import Tree

_DAYS = {"day": 1, "week": 7, "mon": 28, "year": 365}
_OF_TIME = {"now", "date_trunc", "timezone", "transaction_timestamp", "statement_timestamp",
            "clock_timestamp", "make_interval"}  # fmt: skip


def bounded(where: Tree, columns: Container[str], since: date, window: int) -> bool:
    """Does it compare one of these columns with what is long before `since` and `window` days?"""
    kind, told = parsed.only(where)
    if kind == "BoolExpr" and told["boolop"] == "AND_EXPR":
        return any(bounded(each, columns, since, window) for each in told["args"])
    operator = "".join(parsed.names(told.get("name", []))) if kind == "A_Expr" else ""
    if operator not in ("<", "<=", ">", ">="):
        return False
    column, limit = [told["lexpr"], told["rexpr"]][:: 1 if operator[0] == "<" else -1]
    name = parsed.names(parsed.only(column)[1].get("fields", []))[-1:]
    return "".join(name) in columns and _long_ago(limit, since, window)


def _long_ago(limit: Tree, since: date, window: int) -> bool:
    days = 0
    for kind, told in parsed.nodes(limit):
        text = str(told.get("sval", {}).get("sval", "")) if kind == "A_Const" else ""
        with suppress(ValueError):
            return date.fromisoformat(text[:10]) < since - timedelta(days=31)
        if (
            "-" in text
            or (kind == "A_Expr" and parsed.names(told["name"]) != ["-"])
            or (kind == "FuncCall" and parsed.names(told["funcname"])[-1] not in _OF_TIME)
            or kind in ("ColumnRef", "SubLink", "CaseExpr")
        ):
            return False
        if kind == "A_Const":
            days += _in_days(text) + told.get("ival", {}).get("ival", 0)
    return days > window + 31


def _in_days(length: str) -> int:
    """How long is an interval, at least? 0 of what is not days, weeks, months or years."""
    parts = ["".join(each).strip() for _, each in groupby(length, str.isdecimal)]
    pairs = [(n, unit) for n, unit in pairwise(parts) if n.isdecimal()]
    return sum(int(n) * _DAYS[u] for n, unit in pairs for u in _DAYS if unit.startswith(u))
