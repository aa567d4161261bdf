"""What is known of a value in the text of a trigger's function? Pure: nothing here runs.

A value is clean where it hangs on nothing but the clock, the reference, the key as it was sent and
the row that is looked up, by PostgreSQL's own functions that answer the same whoever asks. Of any
other value it is said by what it goes. Constants are kept: around them the function is tried.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field, replace

CLEAN = ""
NOW = "what time it is"
MOMENTS = frozenset({"now", "today", "yesterday", "tomorrow"})
# Of what a value is made, each more than the one before: of nothing that matters; constants; the
# keys and the reference; the clock or what it is cut to; another moment; the time of the write; and
# a number or a text that is made of a moment.
OTHER, CONSTANT, KEY, OLD, CLOCK, MOMENT, WRITTEN, ROW = (
    "",
    "word",
    "key",
    "old",
    "clock",
    "m",
    "text",
    "*",
)
_FORMS = (OTHER, CONSTANT, KEY, OLD, CLOCK, MOMENT, NOW, WRITTEN, ROW)


@dataclass(frozen=True)
class Helper:
    """Another function that a text may call; its arguments as PostgreSQL prints them."""

    schema: str
    name: str
    language: str
    arguments: str
    names: tuple[str, ...]
    result: str
    body: str
    owner: str = ""  # by whose rights, where not by the caller's
    settings: tuple[str, ...] = ()
    volatility: str = "v"
    strict: bool = False
    extension: str = ""
    atomic: str = ""  # a digest of BEGIN ATOMIC … END
    reached: tuple[str, ...] = ("name",)  # as sql/checks/guard_behaviour_calls.sql has it


@dataclass(frozen=True)
class Outside:
    """Which line is not understood, and why? Or by what does a column go that is set there?"""

    why: str
    line: int = 0

    def __str__(self) -> str:
        return f"line {self.line}: {self.why}" if self.line else self.why


@dataclass
class Reading:
    """What a text makes of the row: which columns it `sets`, and where it `drops` the row.

    `updates` are those that it may change of a row that is there, `free` columns of the slice that
    go by something else, `kept` is where the key stays as it was sent and nothing says that it is
    right, `outside` is what is not understood at all, `compared` are the constants; `even` where
    nothing is compared, and the key as it was sent not read, so that no moment and no key is an
    exception.
    """

    sets: set[str] = field(default_factory=set)
    updates: set[str] = field(default_factory=set)
    free: dict[str, Outside] = field(default_factory=dict)
    kept: Outside | None = None
    drops: Outside | None = None
    outside: Outside | None = None
    compared: list[str] = field(default_factory=list)
    even: bool = True

    def doubtful(self, key: str) -> bool:
        """Is there anything about the key that is not understood?"""
        return bool(self.outside or self.kept or key in self.free)


@dataclass(frozen=True)
class Held:
    """`why`: by what it goes, empty where clean. `sent`: it is made of the key as it was sent.

    `looked`: it is none only where there is no such row as the reference names. `refers`: it is
    the reference. `form`: what it is of the clock's. `spells`: with more of its like it may be a
    word that means a moment. `word`: the constant.
    """

    why: str = CLEAN
    sent: bool = False
    looked: bool = False
    refers: bool = False
    form: str = OTHER
    spells: bool = False
    word: str | None = None


def most(parts: Iterable[Held]) -> str:
    """Of which form is the one that is most of the clock's?"""
    return max((each.form for each in parts), key=_FORMS.index, default=OTHER)


def made(parts: Iterable[Held], why: str = CLEAN, form: str | None = None) -> Held:
    """What is made of these, of this form."""
    parts = tuple(parts)
    own = most(parts) if form is None else form
    return Held(
        why or first(each.why for each in parts),
        sent=any(each.sent for each in parts),
        form=MOMENT if own == CLOCK and form is None else own,
        spells=any(each.spells for each in parts),
    )


def either(held: list[Held], why: str = CLEAN) -> Held:
    """What is any one of these; where one is a constant the others do not hide it."""
    if all(each == held[0] for each in held):
        return replace(held[0], why=why or held[0].why)
    looked, refers = (all(getattr(e, name) for e in held) for name in ("looked", "refers"))
    forms = {each.form for each in held}
    found = made(held, why, CONSTANT if CONSTANT in forms <= {OTHER, CONSTANT, KEY} else None)
    return replace(found, looked=looked, refers=refers)


def first(whys: Iterable[str]) -> str:
    """The first that is not clean; all are read, for what they compare with."""
    return next((why for why in list(whys) if why), CLEAN)
