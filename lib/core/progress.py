"""How far is the verification under way? Plain values, replaced as a whole with each check."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from lib.core.results import CheckResult, Status

AT_MOST = timedelta(seconds=10)


@dataclass(frozen=True)
class Step:
    """What did one check say, and how long did it take, in seconds?

    `status` is None where it does not apply.
    """

    check: str
    status: Status | None
    summary: str
    seconds: float


@dataclass(frozen=True)
class Running:
    """Who began it, when, which checks are asked in order, and which of them have answered?

    `began` is this machine's clock, UTC; it tells one run from the next.
    """

    began: datetime
    who: str
    face: str
    checks: tuple[str, ...]
    done: tuple[Step, ...] = ()

    def landed(self, result: CheckResult) -> Running:
        """The same with one more answer."""
        step = Step(result.check, result.standing, result.summary, result.seconds)
        return replace(self, done=(*self.done, step))

    def overdue(self, now: datetime) -> bool:
        """Has it taken longer than any answer may, so that nobody waits for it any more?"""
        return now - self.began > AT_MOST

    @property
    def current(self) -> str | None:
        """Which check is being asked right now? None when the last has answered."""
        asked = self.checks.index(self.done[-1].check) + 1 if self.done else 0
        return self.checks[asked] if asked < len(self.checks) else None
