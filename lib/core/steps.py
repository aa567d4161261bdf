"""What is a step of the runbook, and what is there to copy in it?"""

from __future__ import annotations

import enum
from dataclasses import dataclass


class Phase(enum.Enum):
    """The five parts of the runbook, in the order in which somebody on call needs them."""

    SYMPTOMS = "Symptoms"
    CHECKS = "Immediate checks"
    MITIGATION = "Mitigation"
    ROLLBACK = "Rollback"
    ACCEPTANCE = "Acceptance"

    @property
    def slug(self) -> str:
        """Its name in an address."""
        return self.value.lower().replace(" ", "-")

    @property
    def words(self) -> str:
        """What is this part for, in one sentence?"""
        return {
            Phase.SYMPTOMS: "What people notice, and the checks that confirm it.",
            Phase.CHECKS: "These steps only read. Each shows its query, to run by hand.",
            Phase.MITIGATION: (
                "In this order, one statement at a time, as the owner of the tables. "
                "The page reads again by itself: what is repaired disappears."
            ),
            Phase.ROLLBACK: "Only where a repair made it worse.",
            Phase.ACCEPTANCE: "It is over when a verification ticks every line.",
        }[self]


@dataclass(frozen=True)
class Step:
    """One thing to know or to do.

    `slug` is its name in links and stays. The worst of `checks` is its live state: each check says
    by which steps it is gone by (lib/checks). `files` of sql/setup run whole and may run again;
    `queries` are files under sql/, by name. `then` names the steps that follow from it; `undo` the
    one that takes it back, `undo_words` in one sentence.
    """

    slug: str
    title: str
    words: str
    phase: Phase
    checks: tuple[str, ...] = ()
    files: tuple[str, ...] = ()
    queries: tuple[str, ...] = ()
    then: tuple[str, ...] = ()
    undo: str = ""
    undo_words: str = ""


@dataclass(frozen=True)
class Statement:
    """Something to copy, and what it is for, in a few words."""

    title: str
    text: str
