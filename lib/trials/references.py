"""Which text is the right one for a guard's function, and how does it come back?"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from shlex import quote
from typing import Any

from lib.core.context import Context
from lib.core.errors import QueryFailed
from lib.core.guards import Guard
from lib.core.remedies import Remedies, advice, decision, statements
from lib.core.results import Row
from lib.core.words import moment
from lib.db.database import Session, once
from lib.db.sql import literal, quoted, remark
from lib.remedies import locks
from lib.trials.texts.reviewed import (
    Definition,
    canonical,
    created_by,
    live_definition,
    reviewed_files,
)
from lib.trials.texts.shipped import MARK, MARK_OF_KEEPING, keeps_unknown, text_for, texts

REPLACE = "python -m lib apply --yes --replace"
_MOST_ROWS = 1_000  # of the history, that tell whether the mark still holds: ten days, as a rule
AS_IT_WAS = "python -m lib apply --yes --as-it-was"
PROVEN = "partition_watchtower_proven"  # the check_name of rows with texts that were proven right
ADOPTED_BACK = "-- put the adopted text back:"


@dataclass(frozen=True)
class Reference:
    """What a function is compared with, and what would take its place.

    `adopted`: by WATCHTOWER_CANONICAL. `sure`: nobody has to be asked whether it is meant here.
    `ours` is the text of sql/setup for this database, None where there is none. `adopt` is the
    command that adopts the live one. `proven` is the one under which a verification last proved it
    right, `since` then, where none of these is it: it comes from the history, so that a person
    reads it before it runs.
    """

    text: Definition | None
    ours: Definition | None
    adopted: bool
    sure: bool
    adopt: str
    proven: Definition | None = None
    since: datetime | None = None


def reference(
    session: Session, context: Context, guard: Guard, live: Row, refuses: bool | None = None
) -> Reference:
    """Which text is right here: the adopted one, else that of sql/setup.

    Of those of sql/setup it is the one that does with an unknown session what is done here: by the
    mark of sql/setup where that holds, else by what trying it told, `refuses`. Where that is not
    known, the one that keeps its events: it breaks no writer.
    """
    sure = MARK in _lines(live) and (
        _is_shipped(guard, live) or _mark_holds(session, context, guard)
    )
    ours = _ours(guard, live, None if sure else refuses)
    adopt = adopting([f"{quoted(guard.schema)}.{quoted(guard.function)}"], context)
    if context.canonical is not None:
        files = reviewed_files(context.canonical)
        text = canonical(files).get(f"{guard.schema}.{guard.function}")
        if text is not None:
            return Reference(text, ours, adopted=True, sure=True, adopt=adopt)
    proven, since = _last_proven(session, context, guard, live)
    return Reference(ours, ours, False, sure, adopt, proven, since)


def _last_proven(
    session: Session, context: Context, guard: Guard, live: Row
) -> tuple[Definition | None, datetime | None]:
    """The text of its own under which this function was last proven right, and since when."""
    if _is_shipped(guard, live) or guard.sets != "always":
        return None, None
    name = f"{guard.schema}.{guard.function}"
    values = {"kind": PROVEN, "functions": [f"{g.schema}.{g.function}()" for g in context.guards]}
    try:
        rows = once(session, context, "checks/guard_functions_kept", **values)
    except QueryFailed:
        return None, None
    for row in (row for row in rows if row["function"] == f"{name}()"):
        text = created_by(str(row["text"])).get(name)
        known = [*texts(guard), *([] if live["body"] is None else [live_definition(live)])]
        if text is not None and text not in known:
            return text, row["at"]
    return None, None


def _lines(live: Row) -> list[str]:
    return (live["comment"] or "").split("\n")


def _is_shipped(guard: Guard, live: Row) -> bool:
    return live["body"] is not None and live_definition(live) in texts(guard)


def _ours(guard: Guard, live: Row, refuses: bool | None) -> Definition | None:
    if _is_shipped(guard, live):
        text = live_definition(live)
        return text if live["sited"] else text_for(guard, keeps=keeps_unknown(text), sited=False)
    keeps = MARK not in _lines(live) or MARK_OF_KEEPING in _lines(live)
    if refuses is not None:
        keeps = not refuses
    return text_for(guard, keeps=keeps, sited=live["sited"])


def _mark_holds(session: Session, context: Context, guard: Guard) -> bool:
    """Was it a shipped text that a verification last proved, or did none ever prove one?

    Else somebody has put another one there on purpose, and the mark of sql/setup is of old. Where
    that is not known, nobody can do without asking; where there is no history, there is none.
    """
    name = f"{guard.schema}.{guard.function}()"
    key = f"checks/proven_text {name}"
    if key not in context.kept:
        try:
            context.kept[key] = session.rows(
                "checks/guard_functions_proven", subject=name, most=_MOST_ROWS
            )
        except QueryFailed as error:
            context.kept[key] = () if error.sqlstate == "42P01" else ({"shipped": None},)
    return all(row["shipped"] for row in context.kept[key])


def remedy(guard: Guard, live: Row, right: Reference, *, wrong: bool) -> Remedies:
    """Which SQL puts the right text there? A decision, where it is not `wrong`, or not sure."""
    name = f"{quoted(guard.schema)}.{quoted(guard.function)}"
    if right.proven is not None and live["body"] is None:
        return advice("it comes back with its trigger", follows=True)
    if right.proven is not None and wrong:
        found = as_it_was(guard, right, right.proven.statement)
        if right.text is None:
            return found
        ours, sql = f"or take that of sql/setup: {REPLACE} {name}", restoring(guard, live, right)
        return found + decision(ours, sql, lock=locks.NONE, replaces=name)
    if right.text is None:
        return advice(missing_text(guard))
    if live["body"] is None:
        return statements(restoring(guard, live, right), lock=locks.NONE, replaces=name)
    if live_definition(live) == right.text and not wrong:
        return decision(f"review what it calls, then adopt that ({right.adopt})")
    if live_definition(live) == right.text:
        return _in_place(guard, live, right, name)
    text = restoring(guard, live, right)
    if wrong and right.sure:
        text = f"{ADOPTED_BACK}\n{text}" if right.adopted else text
        return statements(text, lock=locks.NONE, replaces=name)
    which = "the adopted text" if right.adopted else "that of sql/setup"
    if wrong:
        words = f"adopt a text that is right, or take {which}: {REPLACE} {name}"
        return decision(words, text, lock=locks.NONE, replaces=name)
    words = f"review it, then adopt it ({right.adopt}) or take {which}: {REPLACE} {name}"
    return decision(words, text, lock=locks.NONE, replaces=name)


def as_it_was(guard: Guard, right: Reference, sql: str, **more: Any) -> Remedies:
    """A person may put back what was there, by this SQL, after reading it.

    Whoever may write to the history may have written that text, and it runs as the owner.
    """
    assert right.since is not None
    digest = hashlib.sha256(sql.encode()).hexdigest()[:20]
    words = (
        f"read this text, with which {guard.schema}.{guard.function}() was last proven right (kept "
        f"{moment(right.since)}), then put it back: {AS_IT_WAS} {digest}"
    )
    return decision(words, sql, as_it_was=digest, **{"lock": locks.NONE, **more})


def adopting(names: Iterable[str], context: Context) -> str:
    """Which command adopts these functions, and no other? `names` are quoted already.

    Into the folder that WATCHTOWER_CANONICAL names, where it does.
    """
    folder = "DIR" if context.canonical is None else quote(remark(str(context.canonical)))
    only = (f"--function {quote(remark(name))}" for name in names)
    return " ".join([f"python -m lib adopt {folder}", *only])


def missing_text(guard: Guard) -> str:
    """What is said of a function of which nothing was reviewed."""
    return f"{guard.schema}.{guard.function}() has no reviewed text in sql/setup"


def _in_place(guard: Guard, live: Row, right: Reference, name: str) -> Remedies:
    """The right text is there, and is not what is to be repaired, or is wrong itself."""
    if not right.adopted or right.ours is None or right.ours == right.text:
        return advice(
            "its text is the reviewed one, and putting it back changes nothing: look at what it "
            "reads"
        )
    return decision(
        "the adopted text is what is there, and putting it back changes nothing. "
        f"Correct it in its folder, or take that of sql/setup: {REPLACE} {name}",
        _marked(guard, live, right.ours),
        lock=locks.NONE,
        replaces=name,
    )


def restoring(guard: Guard, live: Row, right: Reference) -> str:
    """The statement that puts the right text there; ours says by its comment whose it is."""
    assert right.text is not None
    return right.text.statement if right.adopted else _marked(guard, live, right.text)


def _marked(guard: Guard, live: Row, text: Definition) -> str:
    known = [line for line in _lines(live) if line]
    marks = [MARK, *[MARK_OF_KEEPING] * keeps_unknown(text)]
    others = [line for line in known if line not in (MARK, MARK_OF_KEEPING)]
    if [line for line in known if line not in others] == marks:
        return text.statement
    name = f"{quoted(guard.schema)}.{quoted(guard.function)}()"
    comment = literal("\n".join([*others, *marks]))
    return f"{text.statement}\ncomment on function {name} is {comment};"
