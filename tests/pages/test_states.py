"""Does every page answer in every state, and does Status say the right thing first?"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from functools import cache
from typing import Any

import pytest
from streamlit.testing.v1 import AppTest

from lib.core.results import CheckResult, Finding, Report, Status
from lib.core.words import clock
from lib.reports.drawing.looks import LOOKS
from tests.pages.conftest import PAGES, Show, known, look, text
from tests.servers import ROOT, Database

BREAK = """
drop trigger events_set_session_month_from_session on public.events;
alter table public.events drop constraint fk_events_session;
insert into public.events (id, session_month, session_id, site_id, url, created_at, event_category)
select gen_random_uuid(), (max(created_month) over () - interval '2 months')::date, id, site_id,
       '/x', created_at, 'page_view'
from public.sessions order by created_at desc limit 30;
insert into public.events (id, session_month, session_id, site_id, url, created_at, event_category)
select gen_random_uuid(), created_month, gen_random_uuid(), site_id, '/x', created_at, 'page_view'
from public.sessions order by created_at desc limit 7;
"""


BLIND = """
do $$
declare
    policy name;
begin
    for policy in select polname from pg_policy where polrelid = 'public.events'::regclass loop
        execute format('drop policy %I on public.events', policy);
    end loop;
end $$
"""


def banner(test: AppTest) -> str:
    """The first sentence."""
    said = [*test.error, *test.warning, *test.info, *test.title]
    return str(said[0].value).replace("\\", "")


def doubtful(report: Report, status: Status) -> Report:
    """The same report, where every check found something of this status."""
    findings = (Finding("public.sessions", status, "sessions_2026_11 is odd"),)
    checks = (replace(check, findings=(*check.findings, *findings)) for check in report.checks)
    return replace(report, checks=tuple(checks))


@pytest.fixture(scope="module")
def seen(servers: Any) -> Callable[[str], Report]:
    """What a refresh finds after this SQL: found once, for every page."""
    server, template = servers("18")

    @cache
    def after(sql: str) -> Report:
        with server.new_database(template.name) as fresh:
            fresh.execute(sql)
            return look(fresh)

    return after


@pytest.mark.parametrize("page", PAGES)
def test_every_page_in_every_state(page: str, show: Show, seen: Callable[[str], Report]) -> None:
    healthy = seen("")
    show(page, known(healthy))
    show(page, known(healthy, taken_at=datetime.now(UTC) - timedelta(hours=2)))
    show(page, known(healthy, trouble="The database at x refuses the connection."))
    show(page, known(healthy, demo=True, verified=replace(healthy, who="somebody", face="page")))
    show(page, known(None))
    show(page, known(None, trouble="DATABASE_URL is not a PostgreSQL connection string."))
    show(page, known(None, starting=("Loading sample traffic", 0.4), demo=True))
    show(page, known(doubtful(healthy, Status.WARNING), verified=doubtful(healthy, Status.UNKNOWN)))
    bare = tuple(replace(check, tables={}) for check in healthy.checks)
    show(page, known(replace(healthy, checks=bare)))
    show(page, known(replace(healthy, checks=tuple(CheckResult(c.check, (), "") for c in bare))))
    show(page, known(seen(BREAK)))


@pytest.mark.parametrize("page", PAGES)
def test_every_page_without_the_tables(
    page: str, show: Show, seen: Callable[[str], Report]
) -> None:
    report = seen("drop table public.events, public.sessions cascade")
    test = show(page, known(report))
    if page in ("status", "triggers"):
        assert r"public.sessions does not exist, nor does public.events" in text(test)
    if page in ("status", "triggers", "partitions", "keys", "joins"):
        assert "None of the guarded tables exists here" in text(test)
    if page in ("status", "triggers"):
        assert "**A person decides:** Is this the database to watch?" in text(test)


@pytest.mark.parametrize("page", PAGES)
def test_every_page_for_a_role_that_sees_half(
    page: str, show: Show, seen: Callable[[str], Report]
) -> None:
    report = seen(BLIND)
    assert report.status.word == "unknown"
    test = show(page, known(report))
    if page == "status":
        assert "row level security hides every row" in text(test).lower()
    if page in ("status", "partitions", "keys", "joins"):
        assert "run the whole file sql/setup/50_role.sql" in text(test).replace("\\", "")


def test_healthy_status_is_calm(show: Show, database18: Database) -> None:
    test = show("status", known(look(database18)))
    assert banner(test) == ":green[:material/check_circle:] All guards hold."
    assert not test.error
    assert not test.warning
    assert "not verified yet" in text(test)
    for group in ("Triggers", "Partitions", "Keys", "Joins"):
        assert f"**{group}**" in [link.label for link in test.get("page_link")]
    assert "impossible by constraint" in text(test)


def test_each_status_has_its_own_banner(show: Show, database18: Database) -> None:
    healthy = look(database18)
    kinds = {Status.WARNING: "warning", Status.UNKNOWN: "info", Status.CRITICAL: "error"}
    for status, kind in kinds.items():
        test = show("status", known(doubtful(healthy, status)))
        loud = {each: [str(box.value) for box in test.get(each)] for each in kinds.values()}
        assert [each for each, said in loud.items() if said] == [kind]
        assert loud[kind][0].startswith(f"# {LOOKS[status].icon} ")


def test_failing_status_names_the_worst_first_with_its_remedy(
    show: Show, database18: Database
) -> None:
    database18.execute("drop trigger events_set_session_month_from_session on public.events")
    test = show("status", known(look(database18)))
    assert "The events guard is missing" in banner(test)
    assert "create or replace trigger events_set_session_month_from_session" in test.code[0].value
    assert ":red-badge[:material/cancel: critical]" in text(test)


def test_trouble_keeps_the_last_findings_greyed(show: Show, database18: Database) -> None:
    database18.execute("drop trigger events_set_session_month_from_session on public.events")
    trouble, more = "The database at db.example:6543 fell silent.", "Its pool may be too small."
    moment = datetime.now(UTC) - timedelta(minutes=3)
    test = show("status", known(look(database18), trouble=f"{trouble} {more}", taken_at=moment))
    assert banner(test) == f"# :material/help: Unknown: {trouble}\n\n{more}", "a short headline"
    assert test.info, "as loud as a fault"
    said = text(test)
    assert "Last known findings" in said
    assert ":gray-badge[:material/cancel: was critical]" in said
    beside = [line for line in said.splitlines() if "not verified, hollow" not in line]  # no legend
    assert "critical]" not in "\n".join(beside).replace("was critical]", "")
    assert "3 min ago" in said
    assert "What to do next" in said


def test_old_answer_is_unknown(show: Show, database18: Database) -> None:
    moment = datetime.now(UTC) - timedelta(hours=2)
    test = show("status", known(look(database18), taken_at=moment))
    at = clock(moment, datetime.now(UTC))
    assert f"Unknown: No reading is newer than that of {at}." in banner(test)
    assert test.info, "as loud as a fault"


def test_ages_go_on_where_nothing_newer_comes(
    show: Show, database18: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A database that hangs brings no snapshot: the page redraws by itself all the same."""
    from pages.parts import shared

    redrawn: list[bool] = []
    snapshot = known(look(database18))
    monkeypatch.setattr(shared.st, "rerun", lambda: redrawn.append(True))
    show("status", snapshot)
    assert redrawn == []
    monkeypatch.setattr(shared, "REDRAW_SECONDS", 0)
    show("status", snapshot)
    assert redrawn == [True]


def test_remedy_that_is_a_whole_file_can_be_copied(show: Show, database18: Database) -> None:
    database18.execute("revoke select (created_at) on public.sessions from watchtower")
    test = show("status", known(look(database18)))
    path = "sql/setup/50_role.sql"
    assert f"The whole file: {path}" in [fold.label for fold in test.expander]
    codes = [code.value for code in test.code]
    assert f'psql "$OWNER_URL" -v ON_ERROR_STOP=1 -f {path}' in codes
    assert (ROOT / path).read_text(encoding="utf-8").rstrip() in codes


def test_starting_demo_shows_its_progress(show: Show) -> None:
    test = show("status", known(None, starting=("Loading sample traffic", 0.4), demo=True))
    assert test.progress[0].value == 40
    assert "Loading sample traffic" in test.progress[0].text
    assert "Demo" in text(test)


def test_sidebar_names_the_database(show: Show, database18: Database) -> None:
    test = show("keys", known(look(database18), place="db.example"))
    said = "\n".join(caption.value for caption in test.sidebar.caption)
    assert "db.example · PostgreSQL 18" in said
    assert "role watchtower" in said
    assert "UTC" in said


def test_every_check_stands_on_a_card_and_on_two_at_most() -> None:
    from lib.checks import CHECKS
    from pages.parts import findings

    placed = Counter(check for group in findings.GROUPS.values() for check in group.checks)
    assert set(placed) == {check.name for check in CHECKS}
    assert [check for check, times in placed.items() if times > 1] == ["orphan_rows"]


def test_keys_are_not_ok_while_events_carry_a_wrong_one(show: Show, database18: Database) -> None:
    database18.execute(BREAK)
    report = look(database18)
    assert report["wrong_keys"].status is Status.OK
    test = show("keys", known(report))
    said = text(test)
    assert ":red-badge[:material/cancel: critical] **[Event keys](docs/orphan_rows)**" in said
    assert "have their session in another month" in said


def test_one_card_for_all_tables_that_are_missing(show: Show, database18: Database) -> None:
    from pages.parts import findings

    database18.execute("drop table public.events, public.sessions cascade")
    report = look(database18)
    (fault,) = findings.faults(report)
    assert fault.finding.detail.startswith("public.sessions does not exist, nor does public.events")
    said = text(show("status", known(report)))
    assert "**A person decides:** Is this the database to watch?" in said


def test_one_card_for_a_missing_table(show: Show, database18: Database) -> None:
    from pages.parts import findings

    database18.execute("drop table public.events cascade")
    report = look(database18)
    said = [fault.finding.detail for fault in findings.faults(report)]
    assert said.count("public.events does not exist") == 1
    assert not [words for words in said if "public.events does" in words[1:]]
    events = next(f for f in findings.faults(report) if "public.events does" in f.finding.detail)
    assert {"guard_triggers", "partition_coverage", "null_keys", "freshness"} <= set(events.checks)
    assert "**Do this now:** is this the right database?" in text(show("status", known(report)))
