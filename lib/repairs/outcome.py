"""What came of a run of the plan, by what is left after it? Pure."""

from __future__ import annotations

from dataclasses import dataclass, field

from lib import runbook
from lib.core.results import Report, Status
from lib.repairs.plan import Action, Plan


@dataclass
class Account:
    """What was done, what of a repair that was broken off, and what failed with which words.

    By key; `ran` has each action of the plan that was tried, `decisions` what is left to a person.
    """

    done: dict[str, str] = field(default_factory=dict)
    partly: list[str] = field(default_factory=list)
    failed: dict[str, str] = field(default_factory=dict)
    ran: dict[str, Action] = field(default_factory=dict)
    decisions: list[str] | None = None

    @property
    def all_done(self) -> tuple[str, ...]:
        """Each deed in a line, as the run and its row of the history tell it."""
        return (*self.done.values(), *self.partly)

    def judge(self, left: Plan) -> None:
        """By what is left: what ran and repaired nothing is not done, what another repaired is.

        What is left may be asked for by another text by now, under the same title. What failed,
        and could not be looked at since, is not known to be repaired: it stays told as it failed.
        """
        open_ = {key_of(action) for action in left.actions if action.remedy.repair is None}
        rows = {key_of(action) for action in left.actions} - open_  # it counts what it leaves
        titles = {action.title for action in left.actions}
        for key in [key for key in self.failed if key not in open_ | rows]:
            title = self.ran[key].title
            if title in titles and not self._failed_otherwise(key):
                continue
            if title not in titles and _open(left.report, self.ran[key]):
                continue
            del self.failed[key]
            if title not in titles.union(self.done.values()):
                self.done[key] = title
        again = {(action.title, why) for action in left.actions for why in action.why}
        for key in [key for key in self.done if key in open_ or self._found_in(again, key)]:
            title = self.done.pop(key)
            if key in open_ or not self._failed_otherwise(key):
                self.failed[key] = f"{title}: it ran, and the fault is still there."
        self.decisions = [decision.why for decision in left.decisions]

    def _failed_otherwise(self, key: str) -> bool:
        """Did another text of the same title fail?"""
        others = self.failed.keys() - {key}
        return any(self.ran[each].title == self.ran[key].title for each in others)

    def _found_in(self, again: set[tuple[str, str]], key: str) -> bool:
        """Is all that this action was for found again, whatever is to be run now?"""
        action = self.ran.get(key)
        if action is None or action.remedy.repair is not None:
            return False
        return {(action.title, why) for why in action.why} <= again


def _open(report: Report, action: Action) -> bool:
    """Is what it was for found still, if only as a decision, or can that not be seen?"""
    step = runbook.step(action.step)
    if step is None or any(report[check].count(Status.UNKNOWN) for check in step.checks):
        return True
    return any(finding.detail in action.why for _, finding in report.failing())


def key_of(action: Action) -> str:
    """What makes it the same action in the next round? Recent rows begin a moment later then."""
    repair = action.remedy.repair
    if repair is None:
        return action.sql
    return f"{repair.guard.relation}, {'all' if repair.since is None else 'recent'}"
