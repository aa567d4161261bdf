"""What does somebody on call do, in which order, in which state is each step, and is it over?

The runbook as data: steps in five phases, each with its live state out of a report, and the SQL to
copy. Pure: no connection, nothing here runs anything.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import UTC, datetime

from lib.checks import CHECKS, of_step, orphan_rows, partition_coverage
from lib.checks.telling import errand
from lib.core.remedies import Remedies, files_of
from lib.core.results import HISTORY, CheckResult, Finding, Report, Status, worst
from lib.core.steps import Phase, Statement, Step
from lib.runbook import look_steps, queries, repair_steps
from lib.runbook.usual import usual

_WRITTEN = (
    *look_steps.SYMPTOMS,
    *look_steps.CHECKS,
    *repair_steps.MITIGATION,
    *repair_steps.ROLLBACK,
    *repair_steps.ACCEPTANCE,
)
_BROUGHT = tuple(step for check in CHECKS for step in check.brings)
STEPS: tuple[Step, ...] = tuple(
    replace(step, checks=(*of_step(step.slug), *step.checks))
    for phase in Phase
    for step in (*_WRITTEN, *_BROUGHT)
    if step.phase is phase
)
MITIGATION = tuple(step for step in STEPS if step.phase is Phase.MITIGATION)

REACH = "reach-the-database"
_WHICH = "is-it-the-right-database"
_KEYS, _FOREIGN_KEY = "repair-keys", "restore-foreign-key"
_RPCS, _HISTORY = "restore-rpcs", "keep-the-history"
_BY_SLUG = {step.slug: step for step in STEPS}
_RENAMED = {"mend-the-writer": "repair-the-writer"}  # old links hold the name that it had
_BY_CHECK = {check: step for step in MITIGATION for check in step.checks}


@dataclass(frozen=True)
class Live:
    """A step as it stands.

    `status` is None where none of its checks was asked, or none applies. `checks` are those that
    were asked, `findings` what they found wrong, each remedy once.
    """

    step: Step
    status: Status | None
    checks: tuple[CheckResult, ...] = ()
    findings: tuple[Finding, ...] = ()

    @property
    def due(self) -> bool:
        """Is there something to do in it now?"""
        return bool(self.findings) and self.step.phase is Phase.MITIGATION

    @property
    def apart(self) -> bool:
        """Does none of its checks apply?"""
        return bool(self.checks) and self.status is None


def step(slug: str) -> Step | None:
    """The step of this name; None where there is none, as behind an old link."""
    return _BY_SLUG.get(_RENAMED.get(slug, slug))


def step_of(check: str, report: Report | None = None) -> Step:
    """Which step repairs what this check finds? How to look at all, for one that is not known.

    Where the `report` is of a database that has nothing of what is watched, whose that is.
    """
    if report is not None and elsewhere(report):
        return _BY_SLUG[_WHICH]
    return _BY_CHECK.get(check, _BY_SLUG[REACH])


def elsewhere(report: Report) -> bool:
    """Has this database nothing of what is watched, so that one finding says all there is?"""
    return not partition_coverage.CHECK.of(report).applies


def step_of_file(path: str, step: Step) -> Step:
    """Which step is this file of the setup, whole? This one where it is among its own."""
    name = path.rpartition("/")[2]
    return next((each for each in (step, *MITIGATION) if name in each.files), step)


def of_phase(phase: Phase) -> tuple[Step, ...]:
    """The steps of this part, in order."""
    return tuple(each for each in STEPS if each.phase is phase)


def live(step: Step, report: Report | None, verified: Report | None = None) -> Live:
    """In which state is this step? Unknown where nothing was read.

    `verified` is the last verification: it alone keeps a history row, and knows whether it could.
    """
    if step.slug == REACH:
        return Live(step, Status.UNKNOWN if report is None else Status.OK)
    if report is None:
        return Live(step, Status.UNKNOWN if step.checks else None)
    asked = _kept(verified or report) if step.slug == _HISTORY else report.checks
    ran = tuple(check for check in asked if check.check in step.checks)
    if elsewhere(report) and step.phase is Phase.MITIGATION:  # what it repairs is not there
        ran = tuple(check for check in ran if not check.applies)
    counting = [check.status for check in ran if check.applies]
    status = worst(counting) if counting else None
    return Live(step, status, ran, _once(f for check in ran for f in check.failing()))


def _kept(verified: Report) -> tuple[CheckResult, ...]:
    """Was this verification kept? A mere reading is not meant to be."""
    own = tuple(check for check in verified.checks if check.check == HISTORY)
    if own or not verified.face:
        return own
    words = "the last verification was kept"
    kept = Finding("public.watchtower_checks", Status.OK, words, code="holds")
    return (CheckResult(HISTORY, (kept,), "The last verification was kept"),)


def due(
    report: Report | None, verified: Report | None = None, *, answers: bool = True
) -> tuple[Live, ...]:
    """What is there to do, in a safe order?

    What a later step repairs with the same SQL is left to that one, a file of the setup to the
    earliest: what the others see may hang on it. Where the database does not
    answer any more, reaching it comes first. Rows that break the foreign key keep it from being
    restored, so the keys then come first. An RPC that is right to say false comes last: there is
    nothing to run.
    """
    reach = () if answers and report else (live(_BY_SLUG[REACH], None),)
    if report is None:
        return reach
    if elsewhere(report):
        return (*reach, live(_BY_SLUG[_WHICH], report))
    found = [each for each in (live(s, report, verified) for s in _ordered(report)) if each.due]
    place = _places(found)
    kept = [
        replace(each, findings=own)
        for number, each in enumerate(found)
        if (own := tuple(f for f in each.findings if place.get(f.remedies, number) == number))
    ]
    return (*reach, *sorted(kept, key=_waits))


def _places(found: list[Live]) -> dict[Remedies, int]:
    """Which of these steps has this remedy, where several do?"""
    place: dict[Remedies, int] = {}
    for number, each in enumerate(found):
        for remedies in (f.remedies for f in each.findings if f.remedies):
            if not files_of(remedies) or remedies not in place:
                place[remedies] = number
    return place


def _waits(each: Live) -> bool:
    """Is all of it answered by repairing something else?"""
    return each.step.slug == _RPCS and all(
        errand(finding.remedies) and not files_of(finding.remedies) for finding in each.findings
    )


def _ordered(report: Report) -> list[Step]:
    steps = list(MITIGATION)
    if orphan_rows.CHECK.of(report).status is not Status.OK:
        steps.remove(_BY_SLUG[_FOREIGN_KEY])
        steps.insert(steps.index(_BY_SLUG[_KEYS]) + 1, _BY_SLUG[_FOREIGN_KEY])
    return steps


def _once(findings: Iterable[Finding]) -> tuple[Finding, ...]:
    """What several checks say in the same words stands once, the worst first.

    So does what one statement repairs of one thing, with everything that was said of it.
    """
    merged: dict[tuple[str, Remedies], list[Finding]] = {}
    for finding in sorted(findings, key=lambda finding: -finding.status):
        alone = finding.remedies and not files_of(finding.remedies)
        key = (finding.subject if alone else finding.detail, finding.remedies)
        merged.setdefault(key, []).append(finding)
    return tuple(
        replace(alike[0], detail="; ".join(dict.fromkeys(each.detail for each in alike)))
        for alike in merged.values()
    )


def statements(step: Step, report: Report | None, now: datetime) -> tuple[Statement, ...]:
    """What is there to copy in this step, whatever was found? Remedies are in its findings."""
    if step.slug == REACH:
        return (Statement("From where the dashboard runs", 'psql "$DATABASE_URL" -c "select 1"'),)
    if step.phase is Phase.ACCEPTANCE:
        since = now.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
        return (Statement("Since the repair", f"python -m lib verify --since {since}"),)
    if step.phase is Phase.CHECKS:
        found = [each for check in step.checks for each in queries.by_hand(check, report, now)]
        return tuple(dict.fromkeys((*queries.static(step), *found)))
    found = [*queries.static(step), *queries.files(step)]
    if step.phase is Phase.ROLLBACK or not live(step, report).findings:
        found += usual(step, report, now)
    return tuple(found)
