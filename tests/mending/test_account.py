"""Is the account of a run true where what is to be run changes under way?"""

from __future__ import annotations

from dataclasses import replace

import pytest

from lib.mending.account import Account
from lib.plan import Action, Decision, Plan
from lib.results import Finding, Report, Status
from tests.contract import reports

TITLE = "Restore the triggers: public.events"
STILL = f"{TITLE}: it ran, and what was found is still so."


def action(sql: str, why: str, title: str = TITLE) -> Action:
    return Action("restore-triggers", title, (why,), sql, "none", "nothing")


ENABLED, MADE = action("enable;", "is disabled"), action("create;", "is missing")


HEALTHY = reports.report(Status.OK)


def judged(
    *left: Action,
    done: tuple[Action, ...] = (),
    failed: tuple[Action, ...] = (),
    report: Report = HEALTHY,
    decisions: tuple[Decision, ...] = (),
) -> tuple[list[str], list[str]]:
    """What is told as done and as failed, after these were tried and those are left?"""
    account = Account(ran={each.sql: each for each in (*done, *failed)})
    account.done = {each.sql: each.title for each in done}
    account.failed = {each.sql: f"{each.title}: locked by {each.sql}" for each in failed}
    account.judge(Plan(report, left, decisions))
    return list(account.all_done), list(account.failed.values())


OTHER = action("other;", "is disabled too", "Restore the triggers: public.sessions")
AGAIN = action("enable, and more;", "is disabled")


@pytest.mark.parametrize(
    ("left", "done", "failed", "told"),
    [
        ((), [ENABLED], [], ([TITLE], [])),
        ([ENABLED], [ENABLED], [], ([], [STILL])),
        ([AGAIN], [ENABLED], [], ([], [STILL])),
        ([AGAIN], [ENABLED], [AGAIN], ([], [f"{TITLE}: locked by enable, and more;"])),
        ([MADE], [ENABLED], [MADE], ([TITLE], [f"{TITLE}: locked by create;"])),
        ([MADE], [ENABLED], [], ([TITLE], [])),
        ([MADE], [], [ENABLED], ([], [f"{TITLE}: locked by enable;"])),
        ([MADE], [], [ENABLED, MADE], ([], [f"{TITLE}: locked by create;"])),
        ((), [], [ENABLED], ([TITLE], [])),
        ((), [MADE], [ENABLED], ([TITLE], [])),
        ([OTHER], [ENABLED], [OTHER], ([TITLE], [f"{OTHER.title}: locked by other;"])),
    ],
    ids=[
        "done",
        "ran and mended nothing",
        "the same is found and asked for by another text",
        "the same is found and the other text failed",
        "the first is gone and what came after it failed",
        "the first is gone and something else is found",
        "failed and another text is asked for now",
        "failed with either text",
        "failed and mended by another",
        "failed and done by another text",
        "two that have nothing to do with each other",
    ],
)
def test_each_is_told_once_and_as_it_is(
    left: list[Action],
    done: list[Action],
    failed: list[Action],
    told: tuple[list[str], list[str]],
) -> None:
    assert judged(*left, done=tuple(done), failed=tuple(failed)) == told


def found(check: str, status: Status, detail: str) -> Report:
    """A healthy database, but for this one finding."""
    finding = Finding("public.sessions", status, detail, "-- somewhat else")
    return replace(
        HEALTHY,
        checks=tuple(
            replace(each, findings=(*each.findings, finding)) if each.check == check else each
            for each in HEALTHY.checks
        ),
    )


@pytest.mark.parametrize("check", ["guard_triggers", "trigger_order"])
@pytest.mark.parametrize("wrong", [Status.WARNING, Status.CRITICAL])
def test_what_failed_and_cannot_be_seen_is_not_mended_by_another(check: str, wrong: Status) -> None:
    """Its lock is held still, say: the last look gives up too, and has nothing to run."""
    failed = ([], [f"{TITLE}: locked by enable;"])
    unseen = found(check, Status.UNKNOWN, "could not be read")
    assert judged(failed=(ENABLED,), report=unseen) == failed
    beside = found(check, wrong, "another is wrong")
    both = replace(
        unseen,
        checks=tuple(
            replace(a, findings=a.findings + b.findings)
            for a, b in zip(unseen.checks, beside.checks, strict=True)
        ),
    )
    assert judged(failed=(ENABLED,), report=both) == failed, "a worse one does not hide it"
    assert judged(failed=(ENABLED,), report=beside) == ([TITLE], [])
    elsewhere = found("freshness", Status.UNKNOWN, "could not be read")
    assert judged(failed=(ENABLED,), report=elsewhere) == ([TITLE], [])
    assert judged(done=(ENABLED,), report=unseen) == ([TITLE], []), "it ran without an error"


def test_what_failed_and_is_a_decision_by_now_is_not_mended_by_another() -> None:
    report = found("guard_triggers", Status.CRITICAL, "is disabled")
    decision = Decision("is disabled", "Enable it, or drop it.")
    told = judged(failed=(ENABLED,), report=report, decisions=(decision,))
    assert told == ([], [f"{TITLE}: locked by enable;"])
