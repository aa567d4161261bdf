"""What is a check? All that the rest of the house knows of one, in one value.

Each stands in a module of its own name, as CHECK; lib/checks/__init__ lists them. What one finds it
says by lib/core/findings: `critical`, `unknown`, `warning`, `note`, `holds`, `judged`.
"""

from __future__ import annotations

import enum
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from lib.core.context import Context
from lib.core.guards import Guard
from lib.core.results import CheckResult, Report, Status
from lib.core.steps import Step
from lib.db.database import Session

# What runs it. A check that has nothing to say in this run answers None.
Run = Callable[[Session, Context], CheckResult | None]
# A file under sql/ by its name, and the identifiers and the values that it takes.
Query = tuple[str, Mapping[str, str], Mapping[str, object]]
ByHand = Callable[[Context, Report | None], list[Query]]


class Group(enum.Enum):
    """Of what does a page speak, and its card on Status?"""

    TRIGGERS = "Triggers"
    PARTITIONS = "Partitions"
    KEYS = "Keys"
    JOINS = "Joins"


@dataclass(frozen=True)
class Place:
    """On which page does a check stand, under which short name, and at which place from the top?

    The summaries of those that lead stand on the page's card.
    """

    group: Group
    short: str
    rank: int
    leads: bool = False


def never(_: str) -> bool:
    """What a refresh sees as well."""
    return False


def always(_: str) -> bool:
    """What nothing but a verification tries."""
    return True


@dataclass(frozen=True, kw_only=True)
class Check:
    """One check: its module, its SQL, its test, its drills and its section bear this `name`.

    `by_hand`: the queries that the Runbook shows for it. `places`: where people see it. `steps` of
    the runbook go by it, and so do those that it `brings`; one of them repairs it. `cause` is the
    likely one; `reads` is how its findings read where somebody pastes one (regular expressions, in
    the form of the decoder's table); `means` is what a finding does to the data, where it does not
    say so itself.
    `formerly`: the names under which rows of the history may still speak of it.
    """

    name: str
    run: Run
    by_hand: ByHand
    places: tuple[Place, ...]
    steps: tuple[str, ...]
    cause: str
    reads: tuple[str, ...] = ()
    means: str | None = None
    brings: tuple[Step, ...] = ()
    formerly: tuple[str, ...] = ()

    # Of what it speaks.
    keeps_keys: bool = False  # what keeps a key right
    leaves_rows: bool = False  # its faults leave rows with wrong keys, which can be counted
    counts_rows: bool = False  # wrong rows, one by one
    counts_keys: bool = False  # of those the wrong keys, which an operator may accept when older
    # When it is asked, and what may be said of it then.
    asked_of_triggers: bool = False  # `verify-triggers` asks it
    asked_of_windows: bool = False  # the pages ask it of another window
    windowed: bool = False  # the same is critical in the window, and a warning before it
    follows: bool = False  # what it finds follows from what other checks find
    tried: Callable[[str], bool] = never  # does a verification alone observe this subject?

    def goes_with(self, slug: str) -> bool:
        """Does this step of the runbook go by it?"""
        return slug in self.steps or any(step.slug == slug for step in self.brings)

    @property
    def question(self) -> str:
        """What does it ask?"""
        return (self.run.__doc__ or "").partition("\n")[0]

    @property
    def docs(self) -> str:
        """Where does the app explain it? Below the address of the dashboard."""
        return f"docs/{self.name}"

    def seen(self, context: Context) -> CheckResult | None:
        """What has it found in this run already? None where it did not run."""
        return context.seen.get(self.name)

    def critical(self, context: Context, guard: Guard) -> bool:
        """Has it found something critical about this table, a partition or the guard itself?"""
        result = self.seen(context)
        if result is None:
            return False
        rows = (row for row in result.tables.get("triggers", ()) if row["table"] == guard.table)
        own = {guard.relation, f"{guard.schema}.{guard.function}()", *(r["relation"] for r in rows)}
        return any(f.status is Status.CRITICAL and f.subject in own for f in result.findings)

    def of(self, report: Report) -> CheckResult:
        """What did it find in this run?"""
        return report[self.name]
