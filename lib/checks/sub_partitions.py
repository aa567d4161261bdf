"""Does every row of a month find a leaf, where the month's partition is divided further?"""

from __future__ import annotations

from datetime import date
from fractions import Fraction
from typing import NamedTuple

from lib.core.results import Row, Status


class Hole(NamedTuple):
    """Which relation refuses rows (critical), or may refuse some (unknown)?

    `dated`: it is divided by the month again, so that a month far ahead may come later.
    """

    relation: str
    status: Status
    words: str
    dated: bool = False


def hole(row: Row, rows: list[Row], key: str, month: date) -> Hole | None:
    """Where do rows of the month find no leaf under this relation? None where each finds one."""
    if row["kind"] != "p":
        return None
    inside = [r for r in rows if r["parent"] == row["relation"] and not r["detach_pending"]]
    if not inside:
        words = "is divided further and has no partition of its own"
        return Hole(row["relation"], Status.CRITICAL, words)
    taking, found = _divided(row, inside, key, month)
    holes = [found, *(hole(part, rows, key, month) for part in taking)]
    return max(filter(None, holes), key=lambda each: each.status, default=None)


def _divided(row: Row, inside: list[Row], key: str, month: date) -> tuple[list[Row], Hole | None]:
    """Which of its partitions may the month's rows go to, and is one lacking?"""
    relation, default = row["relation"], [part for part in inside if part["is_default"]]
    if row["strategy"] == "h":
        return inside, _by_hash(relation, inside)
    if row["partition_key"] == [key]:
        named = [part for part in inside if _takes(part, month)] or default
        words = "is divided by the month again and has no partition for this one"
        return named, None if named else Hole(relation, Status.CRITICAL, words, dated=True)
    how = {"l": "list", "r": "range"}.get(row["strategy"], "another rule")
    words = f"is divided by {how} without a DEFAULT: it cannot be told whether every row has a leaf"
    return inside, None if default else Hole(relation, Status.UNKNOWN, words)


def _takes(part: Row, month: date) -> bool:
    if part["low"] and part["high"]:
        return bool(part["low"] <= month < part["high"])
    listed = str(part["bound"]).startswith("FOR VALUES IN (")
    return listed and f"'{month}" in str(part["bound"])


def _by_hash(relation: str, inside: list[Row]) -> Hole | None:
    """PostgreSQL lets no two of them take the same row, so their shares add up to one, or less."""
    taken = Fraction(0)
    for part in inside:
        modulus = str(part["bound"]).partition("(modulus ")[2].partition(",")[0]
        if not modulus.isdecimal():
            words = f"has a partition whose bounds are not understood: {part['bound']}"
            return Hole(relation, Status.UNKNOWN, words)
        taken += Fraction(1, int(modulus))
    if taken == 1:
        return None
    words = f"is divided by hash and {1 - taken} of its rows have no partition"
    return Hole(relation, Status.CRITICAL, words)
