"""What is a check? What the rest of the house knows of it, in one value."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from lib.core.context import Context
from lib.core.results import CheckResult
from lib.db.database import Session

# What runs it. A check that has nothing to say in this run answers None.
Run = Callable[[Session, Context], CheckResult | None]


@dataclass(frozen=True)
class Check:
    """One check: its module, its SQL, its tests, its drills and its page bear this `name`.

    `formerly`: the names under which rows of the history may still speak of it.
    """

    name: str
    run: Run
    formerly: tuple[str, ...] = ()

    @property
    def question(self) -> str:
        """What does it ask?"""
        return (self.run.__doc__ or "").partition("\n")[0]
