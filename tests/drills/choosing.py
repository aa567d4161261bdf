"""Which drills does a run of minutes have, on which server, and as whom?

The first drill of each check, and of the others as few as put together, in pairs, whatever can be:
check, status, shape, who breaks it, which server it is on and who looks. The choice is the same on
each day and machine.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import combinations

from tests.drills.drill import Drill

Part = tuple[str, str]


@dataclass(frozen=True)
class Case:
    """One drill on one server, seen by one session."""

    drill: Drill
    version: str
    user: str

    def __str__(self) -> str:
        return f"{self.drill.name}-{self.version}-{self.user}"


def first(drills: Sequence[Drill]) -> list[Case]:
    """The first drill of each check, on the newest server and as the first that can tell."""
    named = {sight.check: drill for drill in reversed(drills) for sight in drill.sees}
    return [
        Case(drill, drill.versions[-1], drill.users[0])
        for drill in drills
        if drill in named.values()
    ]


def others(drills: Sequence[Drill]) -> list[Case]:
    """Beside those, what pairs whatever can be paired: each time that which adds most."""
    known = {pair for case in first(drills) for pair in combinations(parts(case), 2)}
    found: list[Case] = []
    pairs = {case: set(combinations(parts(case), 2)) for case in cases(drills)}
    while pairs[(best := max(pairs, key=lambda case: len(pairs[case] - known)))] - known:
        known |= pairs[best]
        found.append(best)
    return found


def cases(drills: Sequence[Drill]) -> list[Case]:
    """Every drill on every server, as everybody."""
    return [
        Case(drill, version, user)
        for drill in drills
        for version in reversed(drill.versions)
        for user in drill.users
    ]


def parts(case: Case) -> tuple[Part, ...]:
    """What is told apart."""
    drill = case.drill
    return (
        ("check", drill.sees[0].check),
        ("status", drill.sees[0].status),
        ("shape", shape(drill)),
        ("by", drill.by),
        ("server", case.version),
        ("session", case.user),
    )


def shape(drill: Drill) -> str:
    """What must be done for it to be seen, or to be repaired?"""
    if drill.at or drill.meanwhile:
        return "at a moment" if drill.at else "while another works"
    return "repaired by the finding" if drill.repairs is None else "repaired by the file"
