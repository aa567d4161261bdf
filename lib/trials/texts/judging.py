"""What does the text of a trigger's function do to a guard's work, as far as it is understood?"""

from __future__ import annotations

from dataclasses import dataclass

from lib.core.guards import Guard
from lib.core.results import Row
from lib.trials.texts import shipped
from lib.trials.texts.reading import read
from lib.trials.texts.reviewed import same_text
from lib.trials.texts.understood import Outside, Reading

# Extensions whose triggers set the columns alone of which they are told.
_LISTED = frozenset({"moddatetime", "insert_username", "autoinc", "lo"})
# By what a filter goes that is meant: the row and what tables hold, not who writes, nor chance.
_OF_DATA = ("what ", "how often a loop turns")


# What stays of a write that is rolled back.
_STAYS = ("nextval", "setval", "dblink", "pg_file", "copy")


@dataclass(frozen=True)
class Doubt:
    """How might a trigger undo the guard's work? It may set a key, or only `drops` the row.

    `unread`: its text is not understood, so that no try says what it does elsewhere. `missed`: it
    sets one on updates on which the guard does not fire.
    """

    why: str
    drops: bool = False
    unread: bool = False
    missed: bool = False


def reading_of(guard: Guard, row: Row, when: str = "") -> Reading:
    """What does this function make of the row? `row` has body, language, calls and `guarded`."""
    if row["language"] != "plpgsql":
        return Reading(outside=Outside(f"it is written in {row['language']}, which is not read"))
    return read(row["body"], guard, row["calls"], when, row.get("guarded", frozenset()))


def not_understood(guard: Guard, row: Row) -> str:
    """Which line of the guard's own function is not understood, and why? Empty where all is."""
    if row["language"] == "plpgsql" and any(
        same_text(row["body"], t) for t in shipped.texts(guard)
    ):
        return ""
    found = reading_of(guard, row)
    if found.outside is not None:
        return str(found.outside)
    if guard.key in found.free:
        line = found.free[guard.key]
        return str(Outside(f"{guard.key} goes by {line.why}", line.line))
    if found.kept is not None:
        return str(Outside(f"{guard.key} stays {found.kept.why}", found.kept.line))
    if found.drops is not None:
        return str(Outside("the row is dropped", found.drops.line))
    return ""


def leaves_no_trace(guard: Guard, row: Row) -> bool:
    """May the guard's function be tried with all that it writes, since that is rolled back?"""
    return not not_understood(guard, row) and _rolled_back(row)


def tame(guard: Guard, row: Row) -> bool:
    """May this trigger beside the guard, or the guard, be tried so?"""
    return reading_of(guard, row, condition(row)).outside is None and _rolled_back(row)


def _rolled_back(row: Row) -> bool:
    texts = [row["body"], *(each.body for each in row["calls"])]
    return not any(word in text.lower() for text in texts for word in _STAYS)


def doubt(row: Row, guard: Guard) -> Doubt | None:
    """How might this trigger, beside the guard, undo its work? None: its text shows that not.

    `row` is one of sql/checks/trigger_order.sql, and `adopted` or not. What fires before the guard
    may set what the key is worked out from.
    """
    watched = (guard.key, guard.reference.column if guard.reference else guard.clock)
    if row["language"] in ("c", "internal"):
        named = [name for name in watched if name in row["arguments"]]
        if named:
            return Doubt(f"it is told of {named[0]}")
        listed = row["language"] == "internal" or row["extension"] in _LISTED
        return None if listed else Doubt("it is written in C, which is not read", unread=True)
    if row["adopted"]:
        return None
    found = reading_of(guard, row, condition(row))
    if found.outside is not None:
        return Doubt(str(found.outside), unread=True)
    # Before the guard it matters what is set on the updates on which the guard does not fire.
    sets = found.sets if row["later"] else found.updates if row["unseen"] else set()
    for column in watched:
        if column in sets & found.free.keys():
            line = found.free[column]
            why = str(Outside(f"{column} goes by {line.why}", line.line))
            return Doubt(why, unread=True, missed=not row["later"])
    for column in watched:
        if column in (sets or found.sets & {guard.key}):
            return Doubt(f"its text sets {column}", missed=bool(sets) and not row["later"])
    if found.drops is None:
        return None
    why = found.drops.why
    if row["later"] or not why.startswith(_OF_DATA) or " answers" in why:
        by = f" by {why}" if why else ""
        return Doubt(str(Outside(f"the row is dropped{by}", found.drops.line)), True, True)
    return Doubt("its text may drop the row", drops=True)


def condition(row: Row) -> str:
    """The WHEN clause of this trigger."""
    head, _, _ = row["definition"].rpartition(") EXECUTE FUNCTION ")
    return str(head.partition(" WHEN (")[2])
