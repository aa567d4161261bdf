"""Is what a report found told once, in short, and with what is to be done about it?"""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import pytest

from lib.checks import rpc_answers, telling
from lib.core.remedies import from_json, shown, statements
from lib.core.results import CheckResult, Finding, Report, Status
from lib.remedies.moving import move_default_rows
from lib.remedies.new_months import make_months
from tests.contract import reports
from tests.guards import EVENTS, SESSIONS


def told(**changed: Finding) -> dict[str, str | None]:
    """What is to be done about each thing that these checks found, by what was found."""
    known = reports.report(Status.OK)
    checks = [
        CheckResult(check.check, (changed[check.check],), "s") if check.check in changed else check
        for check in known.checks
    ]
    report = Report(tuple(checks), known.checked_at, 1, 7)
    return {fault.finding.detail: fault.finding.remedy for fault in telling.faults(report)}


@pytest.mark.parametrize(
    ("applying", "words"),
    [
        (0, "Unknown: no check applies."),
        (1, "The one check that applies holds. 2 more do not apply."),
        (2, "All 2 checks hold. 1 more does not apply."),
        (3, "All 3 checks hold."),
    ],
)
def test_all_that_applies_holds(applying: int, words: str) -> None:
    known = reports.report(Status.OK)
    checks = [replace(each, applies=n < applying) for n, each in enumerate(known.checks[:3])]
    assert telling.verdict(replace(known, checks=tuple(checks))) == words


def test_what_is_to_be_done_about_a_month_is_what_can_be_done_while_default_holds_its_rows() -> (
    None
):
    november, december = date(2026, 11, 1), date(2026, 12, 1)
    default, made = "public.sessions_default", make_months(SESSIONS, december, december)
    missing = Finding("public.sessions", Status.CRITICAL, "no partition", made)

    def stray(month: date) -> Finding:
        return Finding(
            default, Status.CRITICAL, "rows", move_default_rows(SESSIONS, month, default)
        )

    moved = stray(december).remedy
    assert told(partition_coverage=missing)["no partition"] == shown(made)
    both = told(partition_coverage=missing, default_partition_rows=stray(december))
    assert both == {"no partition": moved, "rows": moved}, "PostgreSQL refuses the other one"
    other = told(partition_coverage=missing, default_partition_rows=stray(november))
    assert other["no partition"] == shown(made)
    many = make_months(SESSIONS, date(2026, 10, 1), december)
    long = replace(missing, remedies=many)
    both = told(partition_coverage=long, default_partition_rows=stray(december))
    assert both["no partition"] == f"{moved}\n{shown(many)}", "what the move made stays"
    later = make_months(EVENTS, december, december)
    both = told(
        partition_coverage=replace(missing, remedies=later), default_partition_rows=stray(december)
    )
    assert both["no partition"] == shown(later), "that is of another table"


def test_row_from_before_there_were_headlines_is_told_by_its_first_clause() -> None:
    old = Finding("t", Status.CRITICAL, "public.t is not guarded; and much more")
    assert telling.title(old) == "public.t is not guarded"
    assert telling.more(old) == "public.t is not guarded; and much more."
    long = "12 rows of public.sessions (5.6 % of the recent ones) carry a wrong created_month"
    assert telling.in_short(long) == long, "as it was told then"
    assert (
        telling.in_short(f"{long} " * 4)
        == f"{f'{long} ' * 3}12 rows of public.sessions (5.6 % of the recent…"
    )
    assert telling.in_short("x" * 399) == f"{'x' * 299}…"
    assert telling.more(replace(old, detail="public.t is not guarded")) == "", "that stands above"


def test_headline_says_that_it_is_unknown_where_no_badge_does() -> None:
    new = Finding("t", Status.CRITICAL, "public.t has no guard", headline="t has no guard")
    assert (telling.headline(new), telling.title(new)) == ("t has no guard", "t has no guard")
    assert telling.more(new) == "public.t has no guard."
    blind = replace(new, status=Status.UNKNOWN)
    assert telling.headline(blind) == "Unknown: t has no guard"
    assert telling.title(blind) == "t has no guard", "a name keeps its letters"
    ours = replace(new, headline="the t guard is missing")
    assert telling.title(ours) == "The t guard is missing"


def test_reason_shorter_than_the_headline_stands_beside_it() -> None:
    raised = Finding("t", Status.UNKNOWN, "division by zero", headline="t could not be read")
    assert telling.more(raised) == "Division by zero."
    assert telling.more(replace(raised, detail="T could not be read.")) == "", "it says the same"


def test_what_is_left_is_told_in_brief() -> None:
    known = reports.report(Status.OK)
    assert telling.in_brief(known) == ""
    guards = Finding(
        "t", Status.CRITICAL, "public.t is not guarded; and much more", statements("select 1;")
    )
    rows = Finding("t", Status.WARNING, "3 rows of public.t", statements("select 1;"))
    untrue = Finding("f()", Status.CRITICAL, "f() answers ok false", rpc_answers.AFTER_THE_REST)
    found = {"guard_triggers": guards, "null_keys": rows, "rpc_answers": untrue}
    checks = [
        CheckResult(each.check, (found[each.check],), "s") if each.check in found else each
        for each in known.checks
    ]
    report = Report(tuple(checks), known.checked_at, 1, 7)
    assert telling.in_brief(report) == "public.t is not guarded; also 1 warning"


def test_answer_in_a_row_of_an_older_version_follows_from_the_guard_that_is_missing() -> None:
    """Rows of then have no code, no headline, and other words for what is to be done."""
    kept = [
        {"words": "mend what the other findings name; this answer then turns true by itself"},
        {"words": "verify: that asks it again"},
    ]
    for status, said in zip((Status.CRITICAL, Status.WARNING), kept, strict=True):
        remedies = from_json([{"kind": "words", "follows": True, **said}], None)
        old = Finding("f()", status, "f() answers ok false", remedies)
        assert telling.echo(telling.Fault(old, ("rpc_answers",)))
        assert not telling.echo(telling.Fault(old, ("rpc_answers", "guard_triggers")))
    guard = Finding("t", Status.CRITICAL, "public.t is not guarded", statements("select 1;"))
    untrue = replace(
        old,
        status=Status.CRITICAL,
        remedies=from_json([{"kind": "words", "follows": True, **kept[0]}], None),
    )
    checks = (
        CheckResult("guard_triggers", (guard,), "s"),
        CheckResult("rpc_answers", (untrue,), "s"),
    )
    report = replace(reports.report(Status.OK), checks=checks)
    assert telling.in_brief(report) == "public.t is not guarded", "it is no fault of its own"
    assert (told(rpc_answers=untrue)["f() answers ok false"] or "").endswith("40_rpcs.sql")


@pytest.mark.parametrize("check", ["guard_triggers", "partition_coverage", None])
def test_nobody_is_sent_to_other_findings_of_which_there_is_none(check: str | None) -> None:
    untrue = Finding("f()", Status.CRITICAL, "f() answers ok false", rpc_answers.AFTER_THE_REST)
    other = {check: Finding("public.sessions", Status.CRITICAL, "broken", statements("select 1;"))}
    found = told(rpc_answers=untrue, **(other if check else {}))
    remedy = found["f() answers ok false"] or ""
    if check:
        assert remedy == shown(rpc_answers.AFTER_THE_REST)
    else:
        assert "other findings" not in remedy
        assert remedy.endswith("-- sql/setup/40_rpcs.sql")
