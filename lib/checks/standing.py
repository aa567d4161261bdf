"""What of the last verification still stands beside what a later look saw? Pure.

A look clears what it observes. What a verification alone observes stays until the next one, and
so does what was critical where the later look saw nothing.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import replace

from lib.checks import by_name, rpc_answers
from lib.checks.outside_texts import FUNCTION, TRIGGER
from lib.core.results import HISTORY, CheckResult, Finding, Status


def standing(
    seen: Iterable[CheckResult],
    before: Iterable[CheckResult],
    *,
    verifying: bool,
    read: Collection[str] = (),
    narrower: bool = False,
) -> tuple[CheckResult, ...]:
    """What was seen, with all that still stands of the verification before it.

    `read` are the questions about older rows whose answers the refresh knows and repeats. A look
    at a `narrower` window than the usual one calls rows older that are recent in that: it clears
    them where it finds none of either.
    """
    found = {result.check: result for result in seen}
    for old in before:
        new = found.get(old.check)
        if (new is None and verifying) or (new is not None and not new.applies):
            continue  # a verification tries all: what it does not name is no check any more
        kept = [
            stays
            for finding in old.failing()
            if (stays := _stays(finding, old, new, None if verifying else read)) is not None
            or (narrower and (stays := _outside(finding, old, new)) is not None)
        ]
        if kept:
            found[old.check] = _with(new, old, kept)
    return tuple(found.values())


def _stays(
    finding: Finding, old: CheckResult, new: CheckResult | None, read: Collection[str] | None
) -> Finding | None:
    """This finding where it still stands; None where it was seen to be over, or is said anew.

    `read` is None of a verification, which tries all.
    """
    if new is None:
        return finding
    now = [each for each in new.findings if each.subject == finding.subject]
    if any(each.status >= finding.status for each in now):
        return None
    if read is not None and tried(old.check, finding, read):
        return finding
    if finding.status is not Status.CRITICAL:
        return None
    if now and not any(map(_blind, now)):
        return None
    blind = _unknown(new) & set(finding.behind) or _unknown(new) - _unknown(old)
    return replace(finding, behind=tuple(sorted(blind))) if blind else None


def _outside(finding: Finding, old: CheckResult, new: CheckResult | None) -> Finding | None:
    """This finding where it may be what the narrower window calls older; None where it is not."""
    known = by_name(old.check)
    windowed = known is not None and known.windowed  # the same is a warning before the window
    if new is None or not windowed or finding.status is not Status.CRITICAL:
        return None
    now = [e.status for e in new.findings if finding.subject in (e.subject, e.older)]
    wrong = Status.CRITICAL not in now and any(status is not Status.OK for status in now)
    return finding if wrong else None


def tried(check: str, finding: Finding, read: Collection[str] = ()) -> bool:
    """Does a verification alone observe what this finding of the check speaks of?"""
    if finding.older:
        return f"{check}: {finding.older}" not in read
    known = by_name(check)
    return known.tried(finding.subject) if known else check == HISTORY  # whose row it writes


def _unknown(result: CheckResult) -> set[str]:
    """Which subjects could not be observed?"""
    return {each.subject for each in result.findings if _blind(each)}


def _blind(finding: Finding) -> bool:
    """Was it not observed? A text that is not understood was read."""
    return finding.status is Status.UNKNOWN and finding.code not in (FUNCTION, TRIGGER)


def _with(new: CheckResult | None, old: CheckResult, kept: list[Finding]) -> CheckResult:
    """The later result and beside it what stands; the summary is of whichever is worse.

    That the same subject is well is left out: it was not observed; and so is that it was not asked
    again, which what stands says better.
    """
    if new is None:
        return replace(old, findings=tuple(kept), seconds=0.0)
    kept = [_asked_again(each, new) for each in kept]
    worse = max(each.status for each in kept) > new.status
    summary = old.summary if worse else new.summary
    subjects = {each.subject for each in kept}
    others = (
        each
        for each in new.findings
        if each.subject not in subjects
        or (each.status is not Status.OK and each.code != rpc_answers.NOT_ASKED)
    )
    return replace(new, findings=(*kept, *others), summary=summary)


def _asked_again(stays: Finding, new: CheckResult) -> Finding:
    """An RPC that was right to say no, where all that it speaks of is in order since.

    Nothing is left to repair then: the next verification asks it again.
    """
    well = any(each.subject == stays.subject and each.status is Status.OK for each in new.findings)
    if well and stays.code == rpc_answers.UNTRUE:
        return replace(stays, remedies=rpc_answers.ASK_AGAIN, code=rpc_answers.NOT_ASKED)
    return stays
