"""Is a database of plain tables without guards told so once, plainly, on every face?"""

from __future__ import annotations

import json
import re
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from lib import runbook
from lib.checks import CHECKS, telling
from lib.core.comparison import turns
from lib.core.results import NOT_APPLICABLE, Report, Status, not_applicable
from lib.core.steps import Phase
from lib.core.weeks import week_of
from lib.faces.metrics import Metrics
from lib.history.archive import opened
from lib.history.history import History, Run
from lib.history.incidents import incidents
from lib.history.lanes import lanes
from lib.history.rows import read
from lib.repairs.plan import plan
from lib.reports import proof
from lib.reports import review as reviews
from lib.reports.review import wording
from lib.runbook.criteria import acceptance
from lib.settings.settings import Settings
from lib.watch.alerts.rules import Event
from lib.watch.alerts.texts import Known, told
from lib.watch.readers import Weeks
from lib.watch.watch import Watch
from tests.looking import glance, look, watched
from tests.pages.conftest import PAGES, Show, known, text
from tests.pages.conftest import show as show
from tests.real import OWNER_OF_TABLES
from tests.servers import ROLE, ROOT, Database
from tests.test_cli import run

SENTENCE = (
    "public.sessions and public.events are not partitioned and not guarded: this database does not "
    "have what this watches"
)
HEADLINE = "sessions and events are not partitioned and not guarded"
RPCS = "verify_partition_triggers_exist() and watchtower_partition_drift_check_v1()"
OTHERS = {check.name for check in CHECKS} - {"guard_triggers"}
USERS = pytest.mark.parametrize("user", [OWNER_OF_TABLES, ROLE])
CATALOG = """
select md5(string_agg(line, '|' order by line)) from (
    select concat(oid, relkind, relrowsecurity, relacl, relhastriggers) from pg_class
    union all select concat(oid, prosrc, proacl) from pg_proc
    union all select concat(oid, tgenabled) from pg_trigger
    union all select concat(oid, conname) from pg_constraint
    union all select concat(ctid, t) from public.sessions as t
    union all select concat(ctid, t) from public.events as t
) as all_of_it (line)
"""


@pytest.fixture
def kept(baseline: Database) -> Database:
    """The baseline with a history, as where the tables were partitioned once."""
    baseline.run_file(ROOT / "sql" / "setup" / "20_history.sql", OWNER_OF_TABLES)
    return baseline


def history(database: Database) -> History:
    with closing(watched(database.url(OWNER_OF_TABLES))) as handle:
        return read(handle, History(), datetime.now(UTC))


@USERS
def test_one_finding_and_nothing_else_applies(user: str, baseline: Database) -> None:
    report = look(baseline, user)
    assert report.status is Status.CRITICAL
    assert not report.ok
    ((check, finding),) = report.failing()
    assert (check.check, finding.status) == ("guard_triggers", Status.CRITICAL)
    assert finding.detail == f"{SENTENCE}; {RPCS} say false, rightly"
    assert telling.verdict(report).lower() == f"{HEADLINE}."
    assert report.drift is not None
    assert report.drift["ok"] is False
    assert {*report.apart} == {*OTHERS, "history"}  # there is no table for a history either
    body = {each["check"]: each for each in report.to_json()["checks"]}
    for name in report.apart:
        assert (body[name]["status"], body[name]["findings"]) == (NOT_APPLICABLE, [])
        assert body[name]["summary"]


@USERS
def test_the_refresh_says_the_same(user: str, baseline: Database) -> None:
    report = glance(baseline, user)
    ((_, finding),) = report.failing()
    assert finding.detail.startswith(SENTENCE)
    assert {*report.apart} == OTHERS


def test_what_does_not_apply_counts_for_nothing(baseline: Database) -> None:
    report = look(baseline, OWNER_OF_TABLES)
    nothing = Report((not_applicable("maintenance", "why"),), report.checked_at, 1, 7)
    assert (nothing.status, nothing.ok) == (Status.UNKNOWN, False)
    assert telling.verdict(nothing) == "Unknown: no check applies."
    assert report.status_of("guard_triggers", "maintenance") is Status.CRITICAL
    assert report.status_of("maintenance") is Status.UNKNOWN


@USERS
def test_command_line(user: str, baseline: Database) -> None:
    url = baseline.url(user)
    verified = run("verify", DATABASE_URL=url)
    assert verified.code == 2
    assert verified.out.count("critical:") == 2  # the verdict, and the one finding
    assert "10_guards" not in verified.out
    (apart,) = [line for line in verified.out.splitlines() if line.startswith("does not apply: ")]
    assert {*apart.removeprefix("does not apply: ").split(", ")} == {*OTHERS, "history"}
    body = run("verify", "--json", DATABASE_URL=url)
    assert body.code == 2
    statuses = [each["status"] for each in json.loads(body.out)["checks"]]
    assert statuses == ["critical", *[NOT_APPLICABLE] * len(statuses[1:])]
    triggers = run("verify-triggers", DATABASE_URL=url)
    assert (triggers.code, triggers.out) == (1, "")
    assert triggers.err == f"critical: {SENTENCE}; {RPCS} say false, rightly\n"


def test_plan_has_one_decision_and_apply_changes_nothing(
    baseline: Database, tmp_path: Path
) -> None:
    url, before = baseline.url(OWNER_OF_TABLES), baseline.value(CATALOG, user=OWNER_OF_TABLES)
    found = plan(look(baseline, OWNER_OF_TABLES))
    assert found.actions == ()
    (decision,) = found.decisions
    assert decision.why.startswith(SENTENCE)
    assert decision.choices.startswith("Is this the database to watch?")
    printed = run("plan", DATABASE_URL=url)
    assert printed.code == 0
    assert not [line for line in printed.out.splitlines() if line and not line.startswith("--")]
    file = tmp_path / "plan.sql"
    migration = run("plan", "--migration", str(file), DATABASE_URL=url)
    assert "Nothing was written: there is nothing to run." in migration.out
    assert not file.exists()
    applied = run("apply", "--yes", DATABASE_URL=url, WATCHTOWER_ADMIN_URL=url)
    assert applied.code == 2
    assert "Nothing was changed: there is nothing to run." in applied.out
    assert f"a person decides: {SENTENCE}" in applied.out
    last = applied.out.splitlines()[-1]
    assert re.fullmatch(f"critical: verified at [-0-9]+ [:0-9]+ UTC: {HEADLINE}", last)
    assert baseline.value(CATALOG, user=OWNER_OF_TABLES) == before


def test_runbook_asks_which_database_it_is(baseline: Database) -> None:
    report = look(baseline, OWNER_OF_TABLES)
    (due,) = runbook.due(report, report)
    assert due.step.slug == "is-it-the-right-database"
    assert due.findings == report["guard_triggers"].findings
    assert runbook.step_of("guard_triggers", report) is due.step
    for step in runbook.of_phase(Phase.MITIGATION):
        live = runbook.live(step, report, report)
        assert (live.status, live.findings) == (None, ())
    assert [item.title for item in acceptance(report) if item.status is not Status.OK] == [
        "Both guards fire on the table and on every partition"
    ]


@pytest.mark.parametrize("page", [page for page in PAGES if page != "set_up"])
def test_pages(page: str, show: Show, baseline: Database) -> None:
    report = look(baseline, OWNER_OF_TABLES)
    test = show(page, known(report, verified=report))
    said = text(test) + "".join(str(each.value.to_dict()) for each in test.table)
    if page != "history":
        assert "does not apply" in said
        assert "are not partitioned and not guarded" in said
    if page != "runbook":  # there the steps of the other kind of database stand folded
        assert "guards.sql" not in said
    assert "**Do this now" not in said
    if page in ("status", "triggers", "verify", "runbook"):
        assert "**A person decides:** Is this the database to watch?" in said


def test_week_says_that_it_was_verified_and_that_nothing_keeps_that(
    show: Show, baseline: Database
) -> None:
    """There is no table for a history: nobody may say that nobody looked, nor soothe."""
    report, now = look(baseline, OWNER_OF_TABLES), datetime.now(UTC)
    weeks: dict[str, Any] = {}
    with closing(watched(baseline.url(OWNER_OF_TABLES))) as handle:
        found = read(handle, History(), now)
        reader = Weeks(lambda found: weeks.update(weeks=found), lambda: found)
        reader.database = handle
        reader.want(week_of(now), now)
        reader.wait(10)
    said = text(show("week", known(report, verified=report, history=found, **weeks)))
    assert "Nobody looked" not in said
    assert f"critical] **{HEADLINE}" in said.replace("\\", "").replace("**Sessions", "**sessions")
    assert re.search(r"Last verified: .*critical\] .*; no row of it is in the history", said)
    assert said.count("does not exist") == 1
    assert "Nothing is known of this week here." in said


def test_proofs(baseline: Database) -> None:
    report = look(baseline, OWNER_OF_TABLES)
    for suffix, form in proof.FORMATS.items():
        written = form(report, proof.ORIGIN)
        assert written.count(NOT_APPLICABLE if suffix == ".json" else "does not apply") >= 20
        assert "not partitioned and not guarded" in written
        assert "10_guards" not in written
        assert "Do this now" not in written
    assert f"1 critical, {len(CHECKS)} do not apply" in proof.FORMATS[".html"](report, proof.ORIGIN)


def test_metrics_and_status(baseline: Database) -> None:
    watch = Watch(Settings)
    report = look(baseline, OWNER_OF_TABLES)
    watch.snapshot = known(report, verified=report)
    lines = Metrics(watch).text().decode().splitlines()
    assert "watchtower_status 3.0" in lines
    assert [line for line in lines if line.startswith("watchtower_check_status{")] == [
        'watchtower_check_status{check="guard_triggers"} 3.0'
    ]
    assert 'watchtower_check_applies{check="guard_triggers"} 1.0' in lines
    assert 'watchtower_check_applies{check="maintenance"} 0.0' in lines
    assert not [line for line in lines if line.startswith("watchtower_wrong_keys{")]


def test_alert_says_what_to_decide_and_what_does_not_apply(kept: Database) -> None:
    report = look(kept, OWNER_OF_TABLES)
    (run_,) = history(kept).verifications()
    now = report.checked_at
    message = told(Event("open", run_, run_.checks), Known("x", None, now, report=report), now)
    assert message.title.lower() == f"partition watchtower: critical: {HEADLINE}"
    assert SENTENCE in message.body
    assert "A person decides: Is this the database to watch?" in message.body
    assert "Not ok: guard_triggers (critical)" in message.body
    assert "Does not apply: guard_behaviour, " in message.body
    assert "python -m lib plan" not in message.body


def test_history_keeps_it_apart(kept: Database) -> None:
    report = look(kept, OWNER_OF_TABLES)
    assert {*report.apart} == OTHERS
    known_ = history(kept)
    (row,) = known_.verifications()
    assert row.checks == {"guard_triggers": Status.CRITICAL}
    assert {*row.apart} == OTHERS
    (incident,) = incidents(known_)
    assert incident.checks == {"guard_triggers": Status.CRITICAL}
    drawn = lanes(known_, row.at - timedelta(hours=1), row.at + timedelta(hours=1), timedelta(1))
    assert {*drawn} == {"all checks", "guard_triggers"}
    with closing(watched(kept.url(OWNER_OF_TABLES))) as handle:
        again = opened(handle, row.id).report
    assert again is not None
    assert (again.status, {*again.apart}) == (Status.CRITICAL, OTHERS)


def test_runs_before_and_after_are_compared(kept: Database) -> None:
    """Once the tables are partitioned again, what turned is said: also from and to 'apart'."""
    report = look(kept, OWNER_OF_TABLES)
    whole = Report((*report.applying, not_applicable("x", "")), report.checked_at, 1, 7)
    found = {turn.check: (turn.before, turn.after) for turn in turns(whole, report)}
    assert found["maintenance"] == (None, NOT_APPLICABLE)
    assert found["x"] == (NOT_APPLICABLE, None)
    assert "guard_triggers" not in found


def test_what_no_longer_applies_ends_in_the_incident_and_the_lane() -> None:
    """A check that was critical and then does not apply is neither critical nor ok from then on."""
    at = datetime(2026, 11, 2, tzinfo=UTC)
    wrong = Run("1", at, "refresh", Status.CRITICAL, {"maintenance": Status.CRITICAL})
    apart = Run(
        "2",
        at + timedelta(minutes=1),
        "refresh",
        Status.CRITICAL,
        {"guard_triggers": Status.CRITICAL},
        apart=("maintenance",),
    )
    fine = Run("3", at + timedelta(minutes=2), "refresh", Status.OK, {"guard_triggers": Status.OK})
    past = History(noticed=(wrong, apart, fine))
    (incident,) = incidents(past)
    assert incident.repaired is fine
    drawn = lanes(past, at, at + timedelta(hours=1), timedelta(hours=1))
    assert [span.status for span in drawn["maintenance"]] == [Status.CRITICAL, None]


def test_review_says_what_does_not_apply(kept: Database) -> None:
    look(kept, OWNER_OF_TABLES)
    now = datetime.now(UTC)
    with closing(watched(kept.url(OWNER_OF_TABLES))) as handle:
        found = reviews.review(reviews.read(handle, week_of(now), now), now, timedelta(hours=1))
    assert found.readiness.status is None
    assert "no table was partitioned" in wording.readiness(found)
    assert {*wording.apart(found)} == OTHERS
    (told_,) = found.incidents
    assert {*told_.incident.checks} == {"guard_triggers"}
    choices = [action.do for action in found.actions if action.what.lower() == HEADLINE]
    assert [words.startswith("Is this the database to watch?") for words in choices] == [True]
    for form in reviews.FORMATS.values():
        assert "does not apply" in form(found)
