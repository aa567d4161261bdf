"""Is it over? Each line is ticked by what a verification saw, and by nothing else."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from lib.checks import (
    guard_behaviour,
    guard_functions,
    guard_settings,
    guard_triggers,
    null_keys,
    orphan_rows,
    partition_coverage,
    rpc_answers,
    trigger_order,
    wrong_keys,
)
from lib.checks.check import Check
from lib.checks.rpc_answers import untrue
from lib.checks.rpc_calls import DRIFT_RPC
from lib.core.context import Context
from lib.core.declaration import declared, one_noun
from lib.core.results import HISTORY, CheckResult, Finding, Report, Status, worst
from lib.core.words import last_days, listed, moment, outside, plural, sentence
from lib.remedies.missing import severity

_NOT_YET = "Nothing has been verified since this copy started."
_THERE = ("present", "future")


@dataclass(frozen=True)
class Item:
    """One line of the checklist: ticked when `status` is ok. `evidence` is a sentence.

    `checks` are those that it goes by.
    """

    title: str
    status: Status
    evidence: str
    checks: tuple[str, ...] = ()


def acceptance(report: Report | None) -> tuple[Item, ...]:
    """Which of the conditions does this verification prove?

    What does not apply stands on no line. Of a mere refresh the RPCs, the probe and the history
    row are unknown: it asks for none of them. Rows are judged since the moment that was chosen,
    else over the whole window.
    """
    if report is None:
        return tuple(Item(title, Status.UNKNOWN, _NOT_YET) for title in _TITLES)
    items = (
        _plain(
            "Both guards fire on the table and on every partition", report, guard_triggers.CHECK
        ),
        _plain(
            "Both functions were tried and set the right key",
            report,
            guard_behaviour.CHECK,
            guard_functions.CHECK,
        ),
        _plain("Nothing bypasses the guards", report, trigger_order.CHECK, guard_settings.CHECK),
        _months(report),
        _rows("No key is null", report, null_keys.CHECK),
        _rows("No session's key is wrong", report, wrong_keys.CHECK),
        _rows("Every event finds its session", report, orphan_rows.CHECK),
        _rpcs(report),
        _history(report),
    )
    told = tuple(item for item in items if not set(item.checks) <= set(report.apart))
    return (*told, _rest(report, told))


_TITLES = (
    "Both guards fire on the table and on every partition",
    "Both functions were tried and set the right key",
    "Nothing bypasses the guards",
    "The current and the next month are there",
    "No key is null",
    "No session's key is wrong",
    "Every event finds its session",
    "Both RPCs answer true",
    "The verification is kept",
    "Nothing else is wrong",
)


def _plain(title: str, report: Report, *checks: Check) -> Item:
    """As these checks say."""
    asked = [check.of(report) for check in checks]
    ran = [each for each in asked if each.applies] or asked[:1]
    status = worst(check.status for check in ran)
    telling = next(check for check in ran if check.status is status)
    return Item(title, status, _said(telling), tuple(each.check for each in asked))


def _said(check: CheckResult) -> str:
    """The worst finding where there is one, else the summary."""
    failing = check.failing()
    return _sentence(failing[0].detail if failing else check.summary)


def _months(report: Report) -> Item:
    """By the bounds: is the month of the verification covered in every table, and the next?"""
    guards = [guard for guard in declared() if guard.partitioned]
    noun = one_noun(guards)
    title, check = f"The current and the next {noun} are there", partition_coverage.CHECK.of(report)
    context = Context(declared(), report.checked_at)
    covered = {
        (row["table"], row["month"])
        for row in check.tables.get("months", ())
        if row["state"] in _THERE
    }
    lacking = [
        (
            severity(guard, period, context),
            f"the table {guard.table} has no partition for {guard.parts.words(period)}",
        )
        for ask in (context.period, context.next_period)
        for guard in guards
        for period in [ask(guard)]
        if (guard.table, period) not in covered
    ]
    if lacking:
        seen = covered and check.status is not Status.UNKNOWN
        status = worst(each for each, _ in lacking) if seen else check.status
        words = "; ".join(said for _, said in lacking) if covered else _said(check)
        return Item(title, status, _sentence(words), (check.check,))
    periods = [
        listed(dict.fromkeys(guard.parts.words(ask(guard)) for guard in guards))
        for ask in (context.period, context.next_period)
    ]
    words = f"{' and '.join(periods)} in {listed(guard.table for guard in guards)}."
    return Item(title, Status.OK, words, (check.check,))


def _rows(title: str, report: Report, counting: Check) -> Item:
    """Since the chosen moment where there is one, else in the window; older rows do not count here.

    Where no row came since then, nothing is proven yet.
    """
    check, name = counting.of(report), counting.name
    later = check.tables.get("since", ())
    if later:
        since = moment(later[0]["since"])
        title = f"{title}, since {since}"
        seen = [row["rows"] for row in later if row["rows"] is not None]
        if seen and not any(seen):
            words = f"No row has come in since {since}: nothing is proven yet."
            return Item(title, Status.UNKNOWN, words, (name,))
    else:
        title = f"{title}, in {last_days(report.window_days)}"
    own = _of_the_time(check.findings, since=bool(later))
    status = worst(finding.status for finding in own)
    telling = next((f for f in own if f.status is status), None)
    words = telling.detail if telling else check.summary
    return Item(title, status, _sentence(words), (name,))


def _of_the_time(findings: Iterable[Finding], *, since: bool) -> list[Finding]:
    """The findings about the rows since the moment, or else all but those about older rows."""
    if since:
        return [finding for finding in findings if finding.since]
    return [finding for finding in findings if not finding.older]


def _rpcs(report: Report) -> Item:
    title, check = "Both RPCs answer true", rpc_answers.CHECK.of(report)
    if check.status >= Status.WARNING:
        return Item(title, check.status, _said(check), (check.check,))
    if report.drift is None:
        words = f"{DRIFT_RPC}() was not called; a verification calls it."
        return Item(title, Status.UNKNOWN, words, (check.check,))
    if problem := untrue(dict(report.drift)):
        words = _sentence(f"public.{DRIFT_RPC}() {problem}")
        return Item(title, Status.CRITICAL, words, (check.check,))
    return Item(title, Status.OK, _sentence(check.summary), (check.check,))


def _history(report: Report) -> Item:
    title = "The verification is kept"
    if report.unrecorded:
        return Item(title, Status.WARNING, report.unrecorded, (HISTORY,))
    if not report.face:
        return Item(title, Status.UNKNOWN, "This was a reading, which keeps no row.", (HISTORY,))
    words = f"One row in public.watchtower_checks, of {moment(report.checked_at)}."
    return Item(title, Status.OK, words, (HISTORY,))


def _rest(report: Report, items: tuple[Item, ...]) -> Item:
    """What fails and stands on no line above that is open already."""
    title = "Nothing else is wrong"
    open_lines = {name for item in items if item.status is not Status.OK for name in item.checks}
    failing = [(c, f) for c, f in report.failing() if c.check not in open_lines]
    others = tuple(check.check for check in report.applying)
    if not failing:
        apart = f"; {outside(len(report.apart))}" if report.apart else ""
        count = plural(len(others), "check")
        return Item(title, Status.OK, f"{count} in all{apart}.", others)
    check, finding = failing[0]
    more = f" And {len(failing) - 1} more." if failing[1:] else ""
    words = f"{check.check}: {_sentence(finding.detail)}{more}"
    return Item(title, finding.status, words, others)


def _sentence(words: str) -> str:
    return sentence(words if words.endswith((".", "?")) else f"{words}.")
