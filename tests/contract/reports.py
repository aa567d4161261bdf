"""Reports of every status, and a watch that holds one: for faces that take a Report as it is."""

from __future__ import annotations

from concurrent.futures import Future
from datetime import UTC, datetime
from itertools import combinations

from lib.checks import CHECKS
from lib.core.remedies import statements
from lib.core.results import CheckResult, Finding, Report, Status
from lib.settings.settings import Settings
from lib.watch.snapshot import Snapshot
from lib.watch.watch import Watch

OK, WARNING, UNKNOWN, CRITICAL = Status
SECRET = "correct-horse-battery"
BEARER = {"authorization": f"Bearer {SECRET}"}
EXIT = {OK: 0, WARNING: 1, CRITICAL: 2, UNKNOWN: 3}  # the Nagios convention
CHECK = "guard_triggers"

# Each status alone, and every two of them in two checks: the worse one speaks.
MIXES = [*((status,) for status in Status), *combinations(Status, 2)]


def right(statuses: tuple[Status, ...]) -> bool:
    """The contract's `ok`: nothing is critical and nothing unknown."""
    return not {CRITICAL, UNKNOWN} & set(statuses)


def loudest(statuses: tuple[Status, ...]) -> Status:
    """The contract's order, written out: ok < warning < unknown < critical."""
    return next(status for status in (CRITICAL, UNKNOWN, WARNING, OK) if status in statuses)


def check(name: str, status: Status) -> CheckResult:
    """A check with one finding of this status; what is not ok says what to do."""
    detail = f"{name} found the {status.word} thing"
    remedy = () if status is OK else statements(f"select 'repairs {name}';")
    return CheckResult(name, (Finding("public.sessions", status, detail, remedy),), detail)


def report(*statuses: Status) -> Report:
    """All the checks: the first ones of these statuses, the others ok."""
    names = [each.name for each in CHECKS]
    told = [*statuses, *(OK for _ in names[len(statuses) :])]
    checks = tuple(check(name, status) for name, status in zip(names, told, strict=True))
    return Report(
        checks,
        datetime.now(UTC).replace(microsecond=0),
        42,
        7,
        drift={"ok": loudest(statuses) is OK},
        database="reference",
        server_version="18.4",
        role="watchtower",
        who="ada",
        face="page",
    )


class Held(Watch):
    """A watch that has just looked, and that verifies by handing out the same report, or raises."""

    def __init__(self, answer: Report | BaseException, secret: str | None = SECRET) -> None:
        super().__init__(lambda: Settings(secret=secret))
        self.answer = answer
        self.asked: list[tuple[str, str]] = []
        self.settings = Settings(secret=secret)
        self._open_gate()
        self.snapshot = held(answer)

    def verify(self, who: str, face: str) -> Future[Report]:
        self.asked.append((who, face))
        future: Future[Report] = Future()
        if isinstance(self.answer, Report):
            future.set_result(self.answer)
        else:
            future.set_exception(self.answer)
        return future


def held(answer: Report | BaseException) -> Snapshot:
    """What is known: this report, read just now; or that nothing could be seen."""
    if isinstance(answer, Report):
        return Snapshot(1, answer, datetime.now(UTC))
    return Snapshot(1, trouble=str(answer))
