"""What is otherwise in one run than in another? Pure, from the two reports."""

from __future__ import annotations

from dataclasses import dataclass

from lib.core.results import Finding, Report, Status


@dataclass(frozen=True)
class Change:
    """What one run said of a subject of a check, and what the other did.

    None: it said nothing of it, or that it is right, in one finding with all that is right.
    """

    check: str
    subject: str
    before: Finding | None
    after: Finding | None

    @property
    def worst(self) -> Status:
        """The worse of both."""
        return max(each.status for each in (self.before, self.after) if each is not None)


@dataclass(frozen=True)
class Turn:
    """A check that stands otherwise: by a status's word, or as not applicable.

    None: that run did not have it.
    """

    check: str
    before: str | None
    after: str | None


def turns(before: Report, after: Report) -> tuple[Turn, ...]:
    """Which checks stand otherwise, in their order?"""
    was = {check.check: check.word for check in before.checks}
    now = {check.check: check.word for check in after.checks}
    return tuple(
        Turn(name, was.get(name), now.get(name))
        for name in dict.fromkeys((*now, *was))
        if was.get(name) != now.get(name)
    )


def changes(before: Report, after: Report) -> tuple[Change, ...]:
    """What is not right in one of them and is said otherwise in the other? Worst first."""
    was, now = _wrong(before), _wrong(after)
    found = [
        Change(check, subject, was.get((check, subject, nth)), now.get((check, subject, nth)))
        for check, subject, nth in dict.fromkeys((*now, *was))
        if _said(was.get((check, subject, nth))) != _said(now.get((check, subject, nth)))
    ]
    return tuple(sorted(found, key=lambda change: -change.worst))


def _wrong(report: Report) -> dict[tuple[str, str, int], Finding]:
    """What is not ok, by check, subject, and its number there."""
    found: dict[tuple[str, str, int], Finding] = {}
    for check in report.checks:
        for finding in check.findings:
            if finding.status is Status.OK:
                continue
            nth = sum(key[:2] == (check.check, finding.subject) for key in found)
            found[check.check, finding.subject, nth] = finding
    return found


def _said(finding: Finding | None) -> tuple[Status, str] | None:
    """What is shown of it: what repairs it may be written otherwise, and be the same."""
    return None if finding is None else (finding.status, finding.detail)
