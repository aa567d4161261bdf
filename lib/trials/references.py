"""Which text is the right one for a guard's function, and how does it come back?

It is the first of these that there is: the one in the folder that WATCHTOWER_CANONICAL names, which
somebody has adopted or written; the one with which a verification last proved the function right;
that of sql/setup.

What was proven right is what a changed text is compared with, and what a person may put back. It
makes no text green: that the tries came out right was so of each text that anybody put there since,
and another one of them is still another text. One that has stood since it was proven is told with
since when, and stays a warning until somebody adopts it, or takes that of sql/setup.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime
from shlex import quote

from lib.core.context import Context
from lib.core.errors import QueryFailed
from lib.core.guards import Guard
from lib.core.remedies import Remedies, advice, decision, statements
from lib.core.results import Row
from lib.db.database import Session
from lib.db.sql import literal, quoted, remark
from lib.remedies import locks
from lib.trials.proven import Proven, as_it_was, last_proven
from lib.trials.texts.compared import between
from lib.trials.texts.reviewed import Definition, canonical, live_definition, reviewed_files
from lib.trials.texts.shipped import MARK, MARK_OF_KEEPING, keeps_unknown, text_for, texts

REPLACE = "python -m lib apply --yes --replace"
_MOST_ROWS = 1_000  # of the history, that tell whether the mark still holds: ten days, as a rule
BY_SOMEBODY = "--unproven --by NAME"
ADOPTED_BACK = "-- put the adopted text back:"
ADOPTED_TEXT, TEXT_OF_SETUP = "the adopted text", "that of sql/setup"
_PROVEN_RIGHT = "was last proven right"


@dataclass(frozen=True)
class Reference:
    """What a function is compared with, and what would take its place.

    `text` is the adopted one (`adopted`: by WATCHTOWER_CANONICAL), else that of sql/setup; `sure`:
    nobody has to be asked whether it is meant here. `ours` is the text of sql/setup for this
    database, None where there is none. `adopt` is the command that adopts the live one. `proven` is
    a text of their own, where none is adopted, with which a verification last proved the function
    right: it comes from the history, so that a person reads it before it runs. It `stands` where
    it is the live one.
    """

    text: Definition | None
    ours: Definition | None
    adopted: bool
    sure: bool
    adopt: str
    proven: Proven | None = None
    stands: bool = False

    @property
    def former(self) -> Proven | None:
        """The text that was proven right, where another one stands there now, or none."""
        return None if self.stands else self.proven

    @property
    def whose(self) -> str:
        """Which text is that with which the live one is compared, and since when is it kept?"""
        if self.former is not None:
            return f"Proven right, kept {self.former.when}"
        return "Adopted" if self.adopted else "Reviewed"

    @property
    def puts(self) -> str:
        """Which text takes the place of a wrong one?"""
        return ADOPTED_TEXT if self.adopted else TEXT_OF_SETUP

    @property
    def compared(self) -> Definition | None:
        """With which text is the live one compared? What stands as proven, with ours."""
        return self.text if self.former is None else self.former.text


def reference(
    session: Session, context: Context, guard: Guard, live: Row, refuses: bool | None = None
) -> Reference:
    """Which text is right here? In the order that stands above.

    Of those of sql/setup it is the one that does with an unknown session what is done here: by the
    mark of sql/setup where that holds, by the one of them that was last proven right, else by what
    trying it told, `refuses`. Where that is not known, the one that keeps its events: it breaks no
    writer.
    """
    was = _last_proven(session, context, guard, live)
    own = None if was is None or was.text in texts(guard) else was
    known = MARK in _lines(live) or (was is not None and own is None)
    sure = known and (_is_shipped(guard, live) or _mark_holds(session, context, guard))
    ours = _ours(guard, live, None if sure else refuses, was if sure else None)
    adopt = adopting([f"{quoted(guard.schema)}.{quoted(guard.function)}"], context)
    if context.canonical is not None:
        files = reviewed_files(context.canonical)
        text = canonical(files).get(f"{guard.schema}.{guard.function}")
        if text is not None:
            return Reference(text, ours, adopted=True, sure=True, adopt=adopt)
    stands = own is not None and live["body"] is not None and own.text == live_definition(live)
    if own is not None and not stands:
        last = _last_seen(session, context, guard)
        own = replace(own, until=last if last and last >= own.since else None)
    return Reference(ours, ours, False, sure, adopt, own, stands)


def _last_proven(session: Session, context: Context, guard: Guard, live: Row) -> Proven | None:
    """The text with which this function was last proven right. What believes the writer never is.

    Where a text of sql/setup stands there, nothing else is asked.
    """
    if _is_shipped(guard, live) or guard.sets != "always":
        return None
    tried = [f"{each.schema}.{each.function}" for each in context.guards]
    return last_proven(session, context, tried).get(f"{guard.schema}.{guard.function}")


def _last_seen(session: Session, context: Context, guard: Guard) -> datetime | None:
    """When did a verification last prove it right, as far as the newest rows tell?"""
    name = f"{guard.schema}.{guard.function}()"
    key = f"checks/guard_functions_seen {name}"
    if key not in context.kept:
        asked = {"subject": name, "most": _MOST_ROWS}
        try:
            context.kept[key] = session.rows("checks/guard_functions_seen", **asked)
        except QueryFailed:
            context.kept[key] = ()
    return next((row["at"] for row in context.kept[key]), None)


def _lines(live: Row) -> list[str]:
    return (live["comment"] or "").split("\n")


def _is_shipped(guard: Guard, live: Row) -> bool:
    return live["body"] is not None and live_definition(live) in texts(guard)


def _ours(guard: Guard, live: Row, refuses: bool | None, was: Proven | None) -> Definition | None:
    if _is_shipped(guard, live):
        text = live_definition(live)
        return text if live["sited"] else text_for(guard, keeps=keeps_unknown(text), sited=False)
    keeps = MARK not in _lines(live) or MARK_OF_KEEPING in _lines(live)
    if was is not None and MARK not in _lines(live):
        keeps = keeps_unknown(was.text)
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
    """Which SQL puts the right text there? A decision, where it is not `wrong`, or not sure.

    What was proven right comes first, to be read; a text that is there in its place, and is right
    too, or that of sql/setup, is the second choice.
    """
    name = f"{quoted(guard.schema)}.{quoted(guard.function)}"
    if right.former is not None and live["body"] is None:
        return advice("it comes back with its trigger", follows=True)
    if right.former is not None:
        was, own = right.former, live_definition(live)
        differs = between(f"{name}()", was.text, own)
        found = as_it_was(
            f"{guard.schema}.{guard.function}",
            was,
            was.text.statement,
            did=_PROVEN_RIGHT,
            difference=differs,
        )
        return found + _or_else(guard, live, right, name, wrong=wrong)
    if right.text is None:
        return advice(missing_text(guard))
    if live["body"] is None:
        text = restoring(guard, live, right)
        return statements(text, lock=locks.NONE, replaces=name, whose=right.puts)
    if live_definition(live) == right.text and not wrong:
        return decision(f"review what it calls, then adopt that ({right.adopt})")
    if live_definition(live) == right.text:
        return _in_place(guard, live, right, name)
    if wrong and right.sure:
        text = restoring(guard, live, right)
        text = f"{ADOPTED_BACK}\n{text}" if right.adopted else text
        return statements(text, **_replacing(name, live, right))
    take = f"take {right.puts}: {REPLACE} {name}"
    words = f"review it, then adopt it ({right.adopt}) or {take}"
    if wrong:
        words = f"adopt a text that is right, or {take}"
    return decision(words, restoring(guard, live, right), **_replacing(name, live, right))


def _or_else(guard: Guard, live: Row, right: Reference, name: str, *, wrong: bool) -> Remedies:
    """What there is to choose beside the text that was proven right."""
    if right.text is None:
        return () if wrong else decision(f"or review it, then adopt it ({right.adopt})")
    ours = f"take {TEXT_OF_SETUP}: {REPLACE} {name}"
    words = f"or {ours}" if wrong else f"or review it, then adopt it ({right.adopt}), or {ours}"
    return decision(words, restoring(guard, live, right), **_replacing(name, live, right))


def _replacing(name: str, live: Row, right: Reference) -> dict[str, str]:
    """What is known of a statement that puts the right text in the place of the live one.

    In which lines they differ is left out where that is longer than the text, which stands there.
    """
    differs = between(f"{name}()", right.text, live_definition(live))
    whole = right.text.statement if right.text else ""
    differs *= len(differs) < len(whole)
    return {"lock": locks.NONE, "replaces": name, "whose": right.puts, "difference": differs}


def adopting(names: Iterable[str], context: Context, *, unproven: bool = False) -> str:
    """Which command adopts these functions, and no other? `names` are quoted already.

    Into the folder that WATCHTOWER_CANONICAL names, where it does. What is `unproven` somebody
    must answer for.
    """
    folder = "DIR" if context.canonical is None else quote(remark(str(context.canonical)))
    only = (f"--function {quote(remark(name))}" for name in names)
    return " ".join([f"python -m lib adopt {folder}", *only, *[BY_SOMEBODY] * unproven])


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
        f"Correct it in its folder, or take {TEXT_OF_SETUP}: {REPLACE} {name}",
        _marked(guard, live, right.ours),
        lock=locks.NONE,
        replaces=name,
        whose=TEXT_OF_SETUP,
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
