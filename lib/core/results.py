"""What was found? Status, Finding, CheckResult and Report: plain values, no connection.

A green light is earned: a result without findings is unknown, and a report is only as good as
its worst check.
"""

from __future__ import annotations

import enum
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from lib.core.remedies import Remedies, shown
from lib.core.visible import line

Row = Mapping[str, Any]
HISTORY = "history"  # in a report, whether its row was kept: no check, and like one
HEADLINE = 60  # characters of it at most: one line of a phone, one of an alert
NOT_APPLICABLE = "not_applicable"  # in place of a status, where a check does not apply


class Status(enum.IntEnum):
    """How bad is it? Ordered ok < warning < unknown < critical."""

    OK = 0
    WARNING = 1
    UNKNOWN = 2
    CRITICAL = 3

    @property
    def word(self) -> str:
        """The one word for it, the same on every face."""
        return self.name.lower()

    @property
    def exit_code(self) -> int:
        """The Nagios convention: ok 0, warning 1, critical 2, unknown 3."""
        return {Status.OK: 0, Status.WARNING: 1, Status.CRITICAL: 2, Status.UNKNOWN: 3}[self]


STATUSES = {status.word: status for status in Status}


def worst(statuses: Iterable[Status]) -> Status:
    """Which status speaks for all of them? Unknown where there is none."""
    return max(statuses, default=Status.UNKNOWN)


def _on_one_line(made: Any, *names: str) -> None:
    """Sentences: no name of an object forges a line in them, or steers a terminal."""
    for name in names:
        if text := getattr(made, name):
            object.__setattr__(made, name, line(text))


@dataclass(frozen=True)
class Finding:
    """What holds for one subject, why, and what repairs it?

    `code` names the kind of finding (`trigger_missing`), the same for every table; `headline` says
    what is wrong and where in at most 60 characters, `detail` in a whole sentence. `means` says
    what it does to the data, in one line, and `accepted` who took responsibility for how many older
    rows, and why, of which `found` says what they are; these three are shown, not sent. `behind`
    are the subjects that could not be observed since it was found: as long as one of them cannot,
    it stands. `older` names the table of whose rows from before the window it speaks, `since` that
    of whose rows since a chosen moment.
    """

    subject: str
    status: Status
    detail: str
    remedies: Remedies = ()
    means: str | None = None
    accepted: str | None = None
    behind: tuple[str, ...] = ()
    code: str = ""
    headline: str = ""
    older: str = ""
    since: str = ""
    found: str = ""

    def __post_init__(self) -> None:
        _on_one_line(self, "subject", "detail", "means", "accepted", "headline")
        if len(self.headline) > HEADLINE:
            object.__setattr__(self, "headline", f"{self.headline[: HEADLINE - 1]}…")

    @property
    def remedy(self) -> str | None:
        """What repairs it, as text."""
        return shown(self.remedies) or None

    def to_json(self) -> dict[str, Any]:
        """The contract's shape of one finding."""
        return {
            "subject": self.subject,
            "status": self.status.word,
            "detail": self.detail,
            "remedy": self.remedy,
        }

    def to_row(self) -> dict[str, Any]:
        """As a history row keeps it: the same, and the values that no text holds."""
        values = {
            "code": self.code,
            "headline": self.headline,
            "remedies": [remedy.to_json() for remedy in self.remedies],
            "older": self.older,
            "since": self.since,
        }
        return {**self.to_json(), **{name: value for name, value in values.items() if value}}


@dataclass(frozen=True)
class CheckResult:
    """What did one check find?

    `tables` holds what was observed, by name, as rows for charts and tables; `seconds` is how
    long it took. One that does not apply (`applies`) to such a database has nothing to find, says
    why in its summary, and is outside every verdict.
    """

    check: str
    findings: tuple[Finding, ...]
    summary: str
    tables: Mapping[str, tuple[Row, ...]] = field(default_factory=dict)
    seconds: float = 0.0
    applies: bool = True

    def __post_init__(self) -> None:
        _on_one_line(self, "summary")

    @property
    def status(self) -> Status:
        """The worst finding's status; unknown where nothing was found out."""
        return worst(finding.status for finding in self.findings)

    @property
    def standing(self) -> Status | None:
        """The same, to be shown or kept: None where it does not apply."""
        return self.status if self.applies else None

    @property
    def word(self) -> str:
        """The same in one word."""
        return self.status.word if self.applies else NOT_APPLICABLE

    def count(self, *statuses: Status) -> int:
        """How many findings have one of these statuses?"""
        return sum(finding.status in statuses for finding in self.findings)

    @property
    def settled(self) -> bool:
        """Were rows that this check found accepted by an operator?"""
        return any(found.accepted and found.status is Status.OK for found in self.findings)

    def failing(self) -> list[Finding]:
        """Which findings are not ok, worst first, else in the order found?"""
        return sorted(
            (finding for finding in self.findings if finding.status is not Status.OK),
            key=lambda finding: -finding.status,
        )

    def to_json(self) -> dict[str, Any]:
        """The contract's shape of one check."""
        return {
            "check": self.check,
            "status": self.word,
            "summary": self.summary,
            "findings": [finding.to_json() for finding in self.findings],
        }


def unknown(check: str, reason: str, code: str = "not_observed", headline: str = "") -> CheckResult:
    """What is said of a check that could not observe anything?"""
    words = headline or f"the check {check} could not look"
    found = Finding(check, Status.UNKNOWN, reason, code=code, headline=words)
    return CheckResult(check, (found,), reason)


def not_applicable(check: str, reason: str) -> CheckResult:
    """What is said of a check that has nothing to look at in such a database?"""
    return CheckResult(check, (), reason, applies=False)


@dataclass(frozen=True)
class Reach:
    """How far did it reach? Wrong rows by table and fault, and when the first was written."""

    rows: Mapping[tuple[str, str], int]
    first: datetime
    last: datetime

    def to_json(self) -> dict[str, Any]:
        """As a history row keeps it."""
        first, last = self.first.astimezone(UTC), self.last.astimezone(UTC)
        return {"rows": dict(self.named()), "first": first.isoformat(), "last": last.isoformat()}

    def named(self) -> Iterator[tuple[str, int]]:
        """How many rows, by table and fault in one word for both."""
        yield from ((": ".join(filter(None, what)), count) for what, count in self.rows.items())

    @classmethod
    def from_json(cls, kept: Any) -> Reach | None:
        """What a history row kept; None where that is nothing, or cannot be read."""
        try:
            said = ((str(what).partition(": "), count) for what, count in kept["rows"].items())
            rows = {(table, fault): int(count) for (table, _, fault), count in said}
            first, last = (datetime.fromisoformat(kept[name]) for name in ("first", "last"))
            return cls(rows, first.astimezone(UTC), last.astimezone(UTC))
        except (AttributeError, KeyError, TypeError, ValueError, OverflowError):
            return None


@dataclass(frozen=True)
class Report:
    """What did one run of all the checks find?

    `drift` is the drift RPC's own answer, None where it is missing or raised. `face` says which
    face asked, `who` who did; `row` is the id of its history row, empty where it has none, and
    `unrecorded` the reason for that. `catalogs` marks how the definitions stood when it began.
    `optional` are the guarded tables that need not be there and are. `demo` says that it is the
    embedded demo of which this speaks.
    """

    checks: tuple[CheckResult, ...]
    checked_at: datetime
    duration_ms: int
    window_days: int
    drift: Mapping[str, Any] | None = None
    database: str = ""
    server_version: str = ""
    role: str = ""
    who: str = ""
    face: str = ""
    row: str = ""
    unrecorded: str | None = None
    catalogs: str | None = None
    optional: tuple[str, ...] = ()
    demo: bool = False

    def __post_init__(self) -> None:
        _on_one_line(self, "database", "server_version", "role", "who", "face", "unrecorded")

    @property
    def applying(self) -> tuple[CheckResult, ...]:
        """The checks that the verdict goes by: those that apply."""
        return tuple(check for check in self.checks if check.applies)

    @property
    def apart(self) -> tuple[str, ...]:
        """Which checks do not apply here?"""
        return tuple(check.check for check in self.checks if not check.applies)

    @property
    def status(self) -> Status:
        """The worst status of the checks that apply; unknown where none does."""
        return worst(check.status for check in self.applying)

    @property
    def ok(self) -> bool:
        """Is nothing critical and nothing unknown?"""
        return self.status < Status.UNKNOWN

    def __getitem__(self, check: str) -> CheckResult:
        return next(
            (result for result in self.checks if result.check == check),
            unknown(check, f"{check} did not run"),
        )

    def status_of(self, *checks: str) -> Status:
        """How bad is the worst of these checks? Those that do not apply are left out."""
        return worst(self[check].status for check in checks if self[check].applies)

    def failing(self) -> list[tuple[CheckResult, Finding]]:
        """Which findings are not ok, worst first, each with its check?"""
        pairs = [(check, finding) for check in self.checks for finding in check.failing()]
        return sorted(pairs, key=lambda pair: -pair[1].status)

    def reach(self) -> Reach | None:
        """How far do the faults reach? None where no check that is not ok counts a wrong row.

        Older rows that were accepted are nobody's fault any more.
        """
        seen = [
            row
            for check in self.applying
            if check.status >= Status.UNKNOWN
            for row in check.tables.get("radius", ())
            if row["first_seen"] and row["last_seen"]
            if not (check.settled and row.get("older"))
        ]
        if not seen:
            return None
        rows = {(row["table"], row["fault"]): int(row["rows"]) for row in seen}
        first, last = (row["first_seen"] for row in seen), (row["last_seen"] for row in seen)
        return Reach(rows, min(first), max(last))

    def to_json(self) -> dict[str, Any]:
        """The contract's body of the endpoint and of `verify --json`."""
        return {
            "ok": self.ok,
            "status": self.status.word,
            "checked_at": rfc3339(self.checked_at),
            "duration_ms": self.duration_ms,
            "drift": None if self.drift is None else dict(self.drift),
            "checks": [check.to_json() for check in self.checks],
            **({"demo": True} if self.demo else {}),
        }


def rfc3339(moment: datetime) -> str:
    """How is a moment written? RFC 3339, UTC, whole seconds."""
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
