"""Is the account of a run true where what is to be run changes under way?"""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from lib.core.guards import Guard
from lib.core.remedies import advice
from lib.core.results import Finding, Report, Status
from lib.remedies import repairs
from lib.repairs.outcome import Account, key_of
from lib.repairs.plan import Action, Decision, Plan
from tests.contract import reports
from tests.guards import SESSIONS

TITLE = "Restore the triggers: public.events"
STILL = f"{TITLE}: it ran, and the fault is still there."


def action(sql: str, why: str, title: str = TITLE) -> Action:
    return Action("restore-triggers", title, (why,), sql, "none", "nothing")


def repair_of(guard: Guard, since: datetime | None = None) -> Action:
    (remedy,) = repairs.repair_keys(guard, since)
    title = f"Repair the keys: {guard.relation}"
    return replace(action(remedy.sql, "3 rows", title), remedy=remedy)


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
MORE = action("enable;", "fires only during replication")
KEYS = repair_of(SESSIONS)


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
        ([MADE], [], [MADE, ENABLED], ([], [f"{TITLE}: locked by create;"])),
        ([MADE], [], [ENABLED, OTHER], ([OTHER.title], [f"{TITLE}: locked by enable;"])),
        ([MORE], [ENABLED], [], ([], [STILL])),
        ([KEYS], [KEYS], [], ([KEYS.title], [])),
        ((), [], [ENABLED], ([TITLE], [])),
        ((), [MADE], [ENABLED], ([TITLE], [])),
        ([OTHER], [ENABLED], [OTHER], ([TITLE], [f"{OTHER.title}: locked by other;"])),
    ],
    ids=[
        "done",
        "ran and repaired nothing",
        "the same is found and asked for by another text",
        "the same is found and the other text failed",
        "the first is gone and what came after it failed",
        "the first is gone and something else is found",
        "failed and another text is asked for now",
        "failed with either text",
        "failed with either text, the one that is left first",
        "one of two that failed is repaired by another",
        "the same is to be run again, for another reason",
        "a repair that is to go on: it counts what it leaves",
        "failed and repaired by another",
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
    finding = Finding("public.sessions", status, detail, advice("somewhat else"))
    return replace(
        HEALTHY,
        checks=tuple(
            replace(each, findings=(*each.findings, finding)) if each.check == check else each
            for each in HEALTHY.checks
        ),
    )


@pytest.mark.parametrize("check", ["guard_triggers", "trigger_order"])
@pytest.mark.parametrize("wrong", [Status.WARNING, Status.CRITICAL])
def test_what_failed_and_cannot_be_seen_is_not_repaired_by_another(
    check: str, wrong: Status
) -> None:
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
    seen = replace(OTHER, step="repair-keys")
    told = judged(failed=(ENABLED, seen), report=unseen)
    assert told == ([OTHER.title], failed[1]), "the other can be looked at"


def test_what_failed_and_is_a_decision_by_now_is_not_repaired_by_another() -> None:
    report = found("guard_triggers", Status.CRITICAL, "is disabled")
    decision = Decision("is disabled", "Enable it, or drop it.")
    told = judged(failed=(ENABLED,), report=report, decisions=(decision,))
    assert told == ([], [f"{TITLE}: locked by enable;"])


def test_repair_of_recent_rows_is_the_same_a_moment_later_and_not_that_of_all() -> None:
    noon = datetime(2026, 12, 1, 12, tzinfo=UTC)
    recent, later, whole = (
        repair_of(SESSIONS, since) for since in (noon, noon + timedelta(seconds=1), None)
    )
    account = Account(ran={key_of(each): each for each in (recent, whole)})
    account.failed = {key_of(recent): "t: the recent", key_of(whole): "t: all"}
    account.judge(Plan(HEALTHY, (later,), ()))
    assert list(account.failed.values()) == ["t: the recent"]
    assert account.all_done == ()
    assert account.decisions == []
    account.judge(Plan(HEALTHY, (), (Decision("who owns it?", "The owner, or nobody."),)))
    assert account.decisions == ["who owns it?"]
