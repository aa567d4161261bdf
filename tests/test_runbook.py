"""Does the runbook have a step for everything, does its SQL run, and do its steps repair it?"""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import psycopg
import pytest

from lib import runbook
from lib.checks import CHECKS
from lib.core.results import CheckResult, Finding, Report, Status
from lib.core.steps import Phase, Statement
from lib.runbook.criteria import Item, acceptance
from tests.contract import reports
from tests.looking import follow, glance, look, statuses
from tests.servers import ROOT, SUPERUSER, Database, setup_files

NAMES = {check.name for check in CHECKS}
GUARD = "events_set_session_month_from_session"
LOST = """
insert into public.events (id, session_month, session_id, site_id, url, created_at)
select gen_random_uuid(), (created_month - interval '2 months')::date, id, site_id, '/x', now()
from public.sessions order by created_at desc limit 12;
"""


def statements(slug: str, report: Report | None = None) -> tuple[Statement, ...]:
    """What this step has to copy."""
    step = runbook.step(slug)
    assert step is not None, slug
    return runbook.statements(step, report, datetime.now(UTC))


def item(report: Report | None, title: str) -> Item:
    """The line of the checklist that begins so."""
    return next(each for each in acceptance(report) if each.title.startswith(title))


def test_every_check_has_its_place() -> None:
    for phase in (Phase.SYMPTOMS, Phase.CHECKS, Phase.MITIGATION):
        placed = {check for step in runbook.of_phase(phase) for check in step.checks}
        assert placed - {"history"} == NAMES, phase
    for check in (*NAMES, "history"):
        step = runbook.step_of(check)
        assert step.phase is Phase.MITIGATION
        assert check in step.checks
    assert runbook.step_of("no_such_check").slug == "reach-the-database"
    assert runbook.step("no-such-step") is None
    assert runbook.step("mend-the-writer") == runbook.step("repair-the-writer"), "an old link"


def test_steps_lead_to_steps() -> None:
    slugs = [step.slug for step in runbook.STEPS]
    assert len(slugs) == len(set(slugs))
    for step in runbook.STEPS:
        assert {*step.then, *filter(None, [step.undo])} <= set(slugs), step.slug
        assert {*step.checks} <= NAMES | {"history"}, step.slug
        for name in step.files:
            assert (ROOT / "sql" / "setup" / name).is_file()
    for step in runbook.of_phase(Phase.MITIGATION):
        undo = runbook.step(step.undo)
        assert undo is not None
        assert undo.phase is Phase.ROLLBACK, step.slug
        assert step.undo_words, step.slug


@pytest.mark.parametrize("known", [True, False], ids=["with a report", "without"])
def test_every_query_runs_by_hand(database: Database, known: bool) -> None:
    report = glance(database) if known else None
    ran = 0
    for step in runbook.of_phase(Phase.CHECKS):
        for statement in runbook.statements(step, report, datetime.now(UTC)):
            if statement.text.startswith("psql"):
                continue
            assert not statement.text.startswith("--"), statement.title
            with database.connect("watchtower", autocommit=False) as connection:
                if "drift_check" in statement.text:
                    connection.execute("set transaction read write")
                connection.execute(statement.text.encode())
            ran += 1
    assert ran >= len(NAMES)


def test_queries_show_what_the_check_sees(database18: Database) -> None:
    database18.execute(f"alter table only public.events disable trigger {GUARD}")
    (statement,) = statements("guards-fire", glance(database18))
    assert statement.title == "sql/checks/guard_triggers.sql"
    rows = database18.rows(statement.text)
    assert [row for row in rows if GUARD in row and "D" in row]


def test_nothing_is_due_in_a_healthy_database(database18: Database) -> None:
    report = look(database18)
    assert runbook.due(report) == ()
    states = {step.slug: runbook.live(step, report).status for step in runbook.STEPS}
    assert set(states.values()) <= {Status.OK, None}
    assert states["reach-the-database"] is Status.OK
    assert states["keep-the-history"] is Status.OK
    assert states["who-holds-a-lock"] is None


def test_without_a_report_everything_is_unknown_and_the_sql_is_there() -> None:
    for step in runbook.STEPS:
        status = runbook.live(step, None).status
        assert status is (Status.UNKNOWN if step.checks or "reach" in step.slug else None)
        if step.phase in (Phase.CHECKS, Phase.ACCEPTANCE) or step.files or step.queries:
            assert runbook.statements(step, None, datetime.now(UTC)), step.slug
    (reach,) = runbook.due(None)
    assert reach.step.slug == "reach-the-database"
    assert {line.status for line in acceptance(None)} == {Status.UNKNOWN}


def test_a_refresh_asks_for_no_trial_and_is_no_proof(database18: Database) -> None:
    report = glance(database18)
    behaves = runbook.step("guards-set-the-right-key")
    assert behaves is not None
    unknown = {line.title for line in acceptance(report) if line.status is Status.UNKNOWN}
    assert unknown == {
        "Both functions were tried and set the right key",
        "Both RPCs answer true",
        "The verification is kept",
    }


def test_acceptance_of_a_healthy_database_has_every_line(database: Database) -> None:
    lines = acceptance(look(database))
    assert [line.title for line in lines if line.status is not Status.OK] == []
    assert len(lines) == len(acceptance(None)) == 10
    assert all(line.evidence.endswith(".") for line in lines)
    assert "in sessions and events" in item(look(database), "The current").evidence


def test_acceptance_names_what_is_open(database18: Database) -> None:
    database18.execute(f"drop trigger {GUARD} on public.events")
    database18.execute("alter table public.events drop constraint fk_events_session")
    database18.execute(LOST)
    lines = {line.title: line for line in acceptance(look(database18))}
    fires = lines["Both guards fire on the table and on every partition"]
    assert fires.status is Status.CRITICAL
    assert f"{GUARD} is missing" in fires.evidence
    assert lines["Both RPCs answer true"].status is Status.CRITICAL
    joins = next(line for title, line in lines.items() if title.startswith("Every event"))
    assert joins.status is Status.CRITICAL
    assert joins.evidence.startswith("12 rows")
    rest = lines["Nothing else is wrong"]
    assert rest.evidence.startswith("foreign_key: ")


def test_rows_count_since_the_repair(database18: Database) -> None:
    database18.execute(f"alter table public.events disable trigger {GUARD}")
    database18.execute("alter table public.events drop constraint fk_events_session")
    database18.execute(LOST)
    database18.execute(f"alter table public.events enable trigger {GUARD}")
    repaired = database18.value("select clock_timestamp()")
    title = "Every event finds its session"
    early = item(look(database18, since=repaired), title)
    assert early.status is Status.UNKNOWN
    assert "nothing is proven yet" in early.evidence
    database18.execute(
        "insert into public.events (id, session_month, session_id, site_id, url, created_at)"
        " select gen_random_uuid(), created_month, id, site_id, '/y', clock_timestamp()"
        " from public.sessions order by created_at desc limit 3"
    )
    later = item(look(database18, since=repaired), title)
    assert later.status is Status.OK
    assert ", since " in later.title
    assert "no row of 3" in later.evidence.lower()
    assert item(look(database18), title).status is Status.CRITICAL


def test_a_missing_month_and_an_unwritten_row_stay_open(database18: Database) -> None:
    month = (datetime.now(UTC).replace(day=1) + timedelta(days=32)).replace(day=1)
    database18.execute(f"drop table public.events_{month:%Y_%m}")
    database18.execute("revoke insert on public.watchtower_checks from watchtower")
    report = look(database18)
    months = item(report, "The current and the next")
    assert months.status >= Status.WARNING
    assert months.evidence == f"The table events has no partition for {month:%B %Y}."
    kept = item(report, "The verification is kept")
    assert kept.status is Status.WARNING
    assert "not in the history" in kept.evidence
    assert runbook.step_of("history").slug in [each.step.slug for each in runbook.due(report)]


BREAK = f"""
drop function public.verify_partition_triggers_exist();
alter table public.events drop constraint fk_events_session;
create or replace function public.trg_sessions_set_created_month() returns trigger
language plpgsql security definer set search_path = '' as $$ begin return new; end $$;
drop trigger {GUARD} on public.events;
{LOST}
"""


def test_following_the_steps_in_their_order_repairs(database18: Database) -> None:
    database18.execute(BREAK)
    database18.execute("alter role owner set session_replication_role = replica", user=SUPERUSER)
    try:
        report = look(database18)
        slugs = [each.step.slug for each in runbook.due(report)]
        assert slugs == [
            *("restore-functions", "restore-triggers", "clear-settings", "restore-rpcs"),
            *("repair-keys", "restore-foreign-key"),
        ]
        for _ in range(12):
            todo = runbook.due(report)
            if not todo:
                break
            finding = todo[0].findings[0]
            if "alter role" in (finding.remedy or ""):
                database18.execute(finding.remedy or "", user=SUPERUSER)
            else:
                follow(finding.remedy, database18)
            report = look(database18)
        assert statuses(report) == {}
    finally:
        database18.execute("alter role owner reset session_replication_role", user=SUPERUSER)


def test_a_remedy_that_two_steps_give_stands_once(database18: Database) -> None:
    database18.execute(BREAK)
    given = [f.remedy for each in runbook.due(look(database18)) for f in each.findings if f.remedy]
    assert len(given) == len(set(given))


def test_what_was_kept_brings_the_earlier_state_back(database: Database) -> None:
    database.execute(
        "create or replace function public.trg_sessions_set_created_month() returns trigger"
        " language plpgsql as $$ begin new.created_month := '2020-01-01'; return new; end $$;"
        f"alter table public.events_default disable trigger {GUARD};"
        "drop trigger sessions_set_created_month on public.sessions;"
        "create trigger sessions_set_created_month before insert on public.sessions"
        " for each row execute function public.trg_sessions_set_created_month()"
    )
    before = statuses(look(database))
    kept = [row[2] for row in database.rows(statements("keep-what-is-live")[0].text)]
    assert any("events_default disable trigger" in statement for statement in kept)
    guards = setup_files()[0].read_text(encoding="utf-8")
    database.execute("set watchtower.replace_guards = 'yes';\n" + guards)
    database.run_setup()
    assert statuses(look(database)) == {}
    for statement in kept:
        if "add constraint" not in statement:
            database.execute(statement)
    assert statuses(look(database)) == before
    keys = [statement for statement in kept if "add constraint" in statement]
    database.execute("alter table public.events drop constraint fk_events_session")
    for statement in keys:
        database.execute(statement)
    assert "foreign_key" not in statuses(look(database))


NEWEST = r"select max(relname) from pg_class where relname ~ '^events_\d{4}_\d\d$'"


def run_all(database: Database, slug: str, titles: str = "") -> None:
    """Run what the step has to copy, as somebody would."""
    for statement in statements(slug, glance(database)):
        if titles in statement.title:
            database.execute(statement.text)


@pytest.mark.landing
def test_roll_back_does_what_it_says_and_can_be_repaired(database18: Database) -> None:
    last = database18.value(NEWEST)
    run_all(database18, "undo-triggers")
    run_all(database18, "undo-constraints", "foreign key")
    run_all(database18, "undo-partitions")
    assert database18.value("select to_regclass(%s) is null", [f"public.{last}"])
    report = look(database18)
    assert {"guard_triggers", "foreign_key"} <= set(statuses(report))
    assert {"restore-triggers", "restore-foreign-key"} <= {
        each.step.slug for each in runbook.due(report)
    }
    run_all(database18, "undo-rights")
    assert statuses(look(database18))["row_visibility"] == "unknown"
    for step in ("restore-triggers", "let-the-role-see"):
        run_all(database18, step)
    for finding in look(database18)["foreign_key"].failing():
        follow(finding.remedy, database18)
    database18.execute("select public.create_next_month_partitions()")
    assert statuses(look(database18)) == {}


def test_a_partition_with_rows_is_never_dropped(database18: Database) -> None:
    database18.execute(
        "insert into public.sessions (id, created_month, site_id, created_at)"
        " select gen_random_uuid(), month, gen_random_uuid(), month + interval '1 day'"
        " from (select (date_trunc('month', now() at time zone 'UTC') + interval '3 months')::date)"
        " as ahead (month)"
    )
    sessions = statements("undo-partitions", glance(database18))[-1]
    assert "sessions" in sessions.title
    with pytest.raises(psycopg.errors.RaiseException, match="not empty"):
        database18.execute(sessions.text)
    assert database18.value("select count(*) from public.sessions") == 401


def test_an_rpc_that_is_right_to_say_false_comes_last(database18: Database) -> None:
    database18.execute("alter table public.events drop constraint fk_events_session")
    database18.execute(f"drop trigger {GUARD} on public.events")
    slugs = [each.step.slug for each in runbook.due(look(database18))]
    assert slugs == ["restore-triggers", "restore-foreign-key", "restore-rpcs"]


def test_reaching_the_database_comes_before_what_was_last_known(database18: Database) -> None:
    database18.execute(f"drop trigger {GUARD} on public.events")
    slugs = [each.step.slug for each in runbook.due(glance(database18), answers=False)]
    assert slugs[:2] == ["reach-the-database", "restore-triggers"]


def test_every_step_has_something_to_copy(database: Database) -> None:
    """What a repair usually runs may run on a healthy database, and changes nothing there."""
    report = look(database)
    for step in runbook.of_phase(Phase.MITIGATION):
        assert runbook.statements(step, report, datetime.now(UTC)), step.slug
        assert runbook.statements(step, None, datetime.now(UTC)), step.slug
    database.execute("alter table public.events drop constraint fk_events_session")
    before = database.rows("select md5(string_agg(s::text, '' order by s)) from public.sessions s")
    for slug in (
        *("make-partitions", "close-partitions", "clear-settings", "restore-foreign-key"),
        *("repair-keys", "forbid-null-keys", "repair-the-writer"),
    ):
        for statement in statements(slug, report):
            database.execute(statement.text)
    assert statuses(look(database)) == {}
    assert before == database.rows(
        "select md5(string_agg(s::text, '' order by s)) from public.sessions s"
    )


def test_a_right_write_fails_where_the_application_fails(database18: Database) -> None:
    (write,) = statements("repair-the-writer")
    database18.execute(
        "create or replace function public.trg_sessions_set_created_month() returns trigger"
        " language plpgsql as $$ begin new.created_month := '2020-01-01'; return new; end $$"
    )
    with pytest.raises(psycopg.errors.FeatureNotSupported, match="moving row"):
        database18.execute(write.text)


def test_next_month_is_a_matter_of_its_own_where_an_older_one_is_critical() -> None:
    """Another month that is missing does not make the next one critical in the middle of this."""
    known = reports.report(Status.OK)
    there = [
        {"table": table, "month": month, "state": "present"}
        for table in ("sessions", "events")
        for month in (date(2026, 11, 1), date(2026, 12, 1))
    ]
    older = Finding("public.events", Status.CRITICAL, "no partition for October 2026")
    coverage = CheckResult("partition_coverage", (older,), "s", {"months": tuple(there[:-1])})
    checks = [coverage if each.check == coverage.check else each for each in known.checks]
    middle = replace(known, checks=tuple(checks), checked_at=datetime(2026, 11, 16, tzinfo=UTC))
    title = "The current and the next month"
    assert item(middle, title).status is Status.WARNING
    assert item(middle, title).evidence == "The table events has no partition for December 2026."
    end = replace(middle, checked_at=datetime(2026, 11, 29, tzinfo=UTC))
    assert item(end, title).status is Status.CRITICAL
