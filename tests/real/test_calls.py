"""Is the third guarded column of production judged, and does it move with what it repeats?"""

from __future__ import annotations

from collections.abc import Callable

import psycopg
import pytest

from lib.checks.telling import outcome
from lib.core.results import Finding, Report, Status
from lib.core.statements import transactions
from lib.faces import cli
from lib.history.figures import figures
from lib.repairs import execution, row_repairs
from lib.repairs.execution import Outcome
from lib.repairs.plan import as_sql, plan
from lib.settings.settings import parse_url
from tests.looking import check as only
from tests.looking import glance, look, worst_finding
from tests.real import OWNER_OF_TABLES
from tests.servers import ROOT, SUPERUSER, Database

LOST = """
select count(*) from public.calls as c
where c.matched_session_id is not null and not exists (
    select from public.sessions as s
    where s.id = c.matched_session_id and s.created_month = c.session_created_month)
"""
LOST_EVENTS = """
select count(*) from public.events as e where not exists (
    select from public.sessions as s
    where s.id = e.session_id and s.created_month = e.session_month)
"""
WRONG = (
    "select count(*) from public.sessions"
    " where created_month <> date_trunc('month', created_at at time zone 'UTC')::date"
)
ACCOUNT = (
    "select details -> 'done', details -> 'failed' from public.watchtower_checks"
    " where check_name = 'partition_watchtower_applied' and details ->> 'state' = 'ended'"
)
KEPT = (
    "select details -> 'failed' from public.watchtower_checks"
    " where check_name = 'partition_watchtower_applied'"
)
# What the guard let through while it was off: sessions of so many days under the month before, with
# the events and calls that repeat it.
DRIFT = """
begin;
alter table public.sessions disable trigger sessions_set_created_month;
alter table public.calls disable trigger calls_note_change;
set constraints all deferred;
create temporary table drifted on commit drop as
    select s.id, s.created_month as month, (s.created_month - interval '1 month')::date as wrong
    from public.sessions as s join public.calls as c on c.matched_session_id = s.id
    where s.created_at > now() - interval '{days} days';
update public.sessions as s set created_month = d.wrong from drifted as d where s.id = d.id;
update public.events as e set session_month = d.wrong from drifted as d where e.session_id = d.id;
update public.calls as c set session_created_month = d.wrong from drifted as d
    where c.matched_session_id = d.id;
alter table public.sessions enable trigger sessions_set_created_month;
alter table public.calls enable trigger calls_note_change;
commit;
"""


def execute(database: Database, sql: str) -> None:
    """As the owner of the tables."""
    database.execute(sql, user=OWNER_OF_TABLES)


def value(database: Database, sql: str) -> int:
    """One number, as the owner, who sees every row."""
    return int(database.value(sql, user=OWNER_OF_TABLES))


def said(report: Report, check: str) -> list[Finding]:
    """What does this check say of calls?"""
    return [found for found in report[check].findings if "calls" in found.detail]


def everywhere(report: Report) -> str:
    """Every word of the report."""
    return str(report.to_json())


def apply(database: Database, say: Callable[[str], None] = print) -> Outcome:
    """As the owner, who is also who looks."""
    url = parse_url("the test's", database.url(OWNER_OF_TABLES))
    return execution.apply(url, url, who="ann", say=say)


def test_its_rows_are_judged_and_its_function_is_believed(production: Database) -> None:
    report = look(production, OWNER_OF_TABLES)
    assert report.optional == ("calls",)
    for check in ("guard_triggers", "guard_functions", "key_constraints", "row_visibility",
                  "null_keys", "orphan_rows", "freshness"):  # fmt: skip
        found = said(report, check)
        assert found, check
        assert all(each.status is Status.OK for each in found), check
    assert not said(report, "guard_behaviour")
    assert "events and calls find their session" in report["orphan_rows"].summary
    summary = report["key_constraints"].summary
    assert summary == "2 of 2 month keys are NOT NULL on every partition", "calls may have none"


@pytest.mark.parametrize(
    "absent",
    [
        "drop table public.calls",
        "alter table public.calls rename to phone_calls",
        "alter table public.calls drop column matched_session_id cascade",
        "alter table public.calls rename column session_created_month to month",
        "alter table public.calls rename to c; create view public.calls as table public.c",
    ],
)
def test_where_it_is_not_there_nothing_is_said(absent: str, production: Database) -> None:
    execute(production, absent)
    for report in (look(production, OWNER_OF_TABLES), glance(production, OWNER_OF_TABLES)):
        assert report.optional == ()
        words = everywhere(report).replace("phone_calls", "").replace("may be executed by", "")
        assert "public.calls" not in words
        assert "calls_enforce" not in words
        assert "recent events find" in report["orphan_rows"].summary
        days = report["orphan_rows"].tables["days"]
        assert {row["table"] for row in days} == {"events"}


def test_call_whose_session_stands_in_another_month(production: Database) -> None:
    """Recent ones are critical, older ones a warning; the repair takes each to its session."""
    wrong = "update public.calls set session_created_month = '2020-01-01' where matched_at {}"
    execute(production, wrong.format("> now() - interval '5 days'"))
    recent = value(production, LOST)
    report = look(production, OWNER_OF_TABLES)
    assert report["orphan_rows"].status is Status.CRITICAL
    finding = worst_finding(report, "orphan_rows")
    assert f"{recent} rows of public.calls" in finding.detail
    assert "have their session in another month (they say January 2020)" in finding.detail
    assert glance(production, OWNER_OF_TABLES)["orphan_rows"].status is Status.CRITICAL
    assert finding.remedy
    assert "calls_note_change on public.calls" in finding.remedy, "what it sets off is said"
    execute(production, finding.remedy)
    assert value(production, LOST) == 0

    execute(production, wrong.format("< now() - interval '40 days'"))
    report = look(production, OWNER_OF_TABLES)
    assert report["orphan_rows"].status is Status.WARNING
    finding = worst_finding(report, "orphan_rows")
    assert "of public.calls, older than 7 days, do not find their session" in finding.detail
    execute(production, finding.remedy or "")
    assert value(production, LOST) == 0
    assert only(production, "orphan_rows", OWNER_OF_TABLES).status is Status.OK


def test_call_whose_session_is_gone_is_a_note(production: Database) -> None:
    execute(
        production,
        "delete from public.sessions where created_at > now() - interval '5 days' or"
        " created_at < now() - interval '200 days'",
    )
    gone = value(production, f"{LOST} and c.matched_at > now() - interval '6 days'")
    assert gone > 0
    for report in (look(production, OWNER_OF_TABLES), glance(production, OWNER_OF_TABLES)):
        check = report["orphan_rows"]
        assert check.status is Status.OK
        (note,) = (found for found in check.findings if "in no month" in found.detail)
        assert note.detail.startswith(f"{gone} rows of public.calls")
        assert note.remedy is None
        days = [row for row in check.tables["days"] if row["table"] == "calls"]
        assert sum(row["orphans"] for row in days) == gone
        assert figures(report).tables["calls"]["orphans"] == 0, "none of them is lost"
        older = [f for f in check.findings if f.subject == "public.calls, older"]
        assert not any(" of public.calls finds its session" in f.detail for f in older)
    # One with a session elsewhere is told apart from those.
    execute(
        production,
        "update public.calls set session_created_month = '2020-01-01' where id = (select c.id"
        " from public.calls as c join public.sessions as s on s.id = c.matched_session_id"
        " order by c.matched_at desc limit 1);"
        "update public.calls set matched_at = now() where session_created_month = '2020-01-01'",
    )
    check = only(production, "orphan_rows", OWNER_OF_TABLES)
    assert check.status is Status.CRITICAL
    assert "1 row of public.calls" in check.failing()[0].detail
    assert len(check.failing()) == 1


def test_call_without_a_session_owes_no_month(production: Database) -> None:
    execute(
        production,
        "alter table public.calls alter column session_created_month drop not null;"
        "insert into public.calls (site_id) select id from public.sites",
    )
    report = look(production, OWNER_OF_TABLES)
    for check in ("null_keys", "key_constraints", "orphan_rows"):
        assert report[check].status is Status.OK, check
    (detail,) = (found.detail for found in said(report, "key_constraints"))
    assert "may be null, as it must where a row has no matched_session_id" in detail
    # One that names a session owes it.
    execute(
        production,
        "alter table public.calls drop constraint calls_session_created_month_invariant;"
        "alter table public.calls disable trigger user;"
        "update public.calls set session_created_month = null where matched_at = ("
        " select max(matched_at) from public.calls where matched_session_id is not null)",
    )
    report = look(production, OWNER_OF_TABLES)
    assert report["null_keys"].status is Status.CRITICAL
    execute(production, worst_finding(report, "null_keys").remedy or "")
    assert value(production, LOST) == 0


@pytest.mark.parametrize(
    ("sql", "words"),
    [
        ("drop trigger calls_enforce_session_created_month on public.calls", "is missing on"),
        (
            "drop function public.trg_calls_enforce_session_created_month() cascade",
            "does not exist",
        ),
        (
            "alter table public.calls disable trigger calls_enforce_session_created_month",
            "is disabled on",
        ),
    ],
)
def test_guard_that_does_not_fire_is_a_warning(sql: str, words: str, production: Database) -> None:
    """It keeps no wrong month away: without it a row that brings none is refused."""
    execute(production, sql)
    report = look(production, OWNER_OF_TABLES)
    found = [f for c in ("guard_triggers", "guard_functions") for f in said(report, c)]
    assert any(words in f.detail and f.status is Status.WARNING for f in found)
    assert max(f.status for f in found) is Status.WARNING
    rows = report["guard_triggers"].tables["triggers"]
    assert [row["relation"] for row in rows if not row["fires"]] == ["public.calls"]
    assert report["guard_triggers"].summary == f"{len(rows) - 1} of {len(rows)} triggers fire"


def test_function_that_does_nothing_is_believed_and_its_rows_tell(production: Database) -> None:
    execute(
        production,
        "create or replace function public.trg_calls_enforce_session_created_month() returns"
        " trigger language plpgsql as 'begin new.session_created_month := ''2020-01-01'';"
        " return new; end'",
    )
    assert not [
        found
        for check in ("guard_behaviour", "guard_functions")
        for found in said(look(production, OWNER_OF_TABLES), check)
        if found.status is not Status.OK
    ]
    execute(
        production,
        "insert into public.calls (site_id, matched_session_id) select site_id, id"
        " from public.sessions order by created_at desc limit 1",
    )
    check = only(production, "orphan_rows", OWNER_OF_TABLES)
    assert check.status is Status.CRITICAL


@pytest.mark.landing
def test_role_of_before_is_told_the_grant(production: Database) -> None:
    """Until 50_role.sql ran again: a warning, whatever else the role may see."""
    for name in ("20_history", "30_partitions", "10_guards", "40_rpcs", "50_role"):
        production.run_file(ROOT / f"sql/setup/{name}.sql", SUPERUSER)
    production.execute(
        "revoke all on public.calls from watchtower; drop policy watchtower_reads on public.calls",
        user=SUPERUSER,
    )
    for report in (look(production), glance(production)):
        finding = worst_finding(report, "row_visibility")
        assert finding.status is Status.WARNING
        assert finding.subject == "public.calls"
        assert "may not read id, matched_session_id" in finding.detail
        assert "sql/setup/50_role.sql" in (finding.remedy or "")
        assert report["row_visibility"].status is Status.WARNING
        for check in ("null_keys", "orphan_rows", "freshness"):
            assert not [f for f in said(report, check) if f.status is not Status.OK], check
            assert report[check].status < Status.UNKNOWN, check
    production.run_file(ROOT / "sql/setup/50_role.sql", SUPERUSER)
    report = look(production)
    assert report["row_visibility"].status is Status.OK
    assert said(report, "orphan_rows")
    # Seen through a policy that hides rows, nothing is known of them.
    execute(production, "drop policy watchtower_reads on public.calls")
    report = look(production)
    assert report["row_visibility"].status is Status.UNKNOWN
    assert report["orphan_rows"].status is Status.UNKNOWN


def drifted(database: Database, days: int) -> tuple[int, set[str]]:
    """How many sessions drifted with what repeats their key, and which calls are theirs?"""
    execute(database, DRIFT.format(days=days))
    wrong = value(database, WRONG)
    assert wrong > 5
    assert value(database, LOST) == 0, "each call still finds its session"
    ids = database.rows(
        "select c.id::text from public.calls as c join public.sessions as s"
        " on s.id = c.matched_session_id where s.created_month"
        " <> date_trunc('month', s.created_at at time zone 'UTC')::date",
        user=OWNER_OF_TABLES,
    )
    return wrong, {row[0] for row in ids}


def raised(database: Database) -> set[str]:
    """Which calls were changed?"""
    rows = database.rows(
        "select id::text from public.calls where version > 1", user=OWNER_OF_TABLES
    )
    return {row[0] for row in rows}


def test_what_repeats_the_key_moves_with_it_by_apply(
    production: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    """In the same transaction: after each batch every call and event finds its session."""
    wrong, moved = drifted(production, 60)
    monkeypatch.setattr(row_repairs, "ROWS", 2)
    monkeypatch.setattr(row_repairs, "_SAY_SECONDS", 0)
    left: list[int] = []

    def look_on(_: str) -> None:
        left.append(value(production, WRONG))
        assert value(production, LOST) == value(production, LOST_EVENTS) == 0

    done = apply(production, look_on)
    assert len({*left} - {0, wrong}) > 1, "it was looked at between batches"
    assert value(production, WRONG) == 0
    assert value(production, LOST) == 0, "each call still finds its session"
    assert value(production, LOST_EVENTS) == 0
    assert raised(production) == moved, "what did not move was not touched"
    assert any(f"{wrong} rows" in line for line in done.done)


def test_what_repeats_the_key_moves_with_it_by_the_printed_sql(production: Database) -> None:
    _, moved = drifted(production, 60)
    report = look(production, OWNER_OF_TABLES)
    assert "calls_note_change on public.calls" in as_sql(plan(report), made=report.checked_at)
    repairs = [action.sql for action in plan(report).actions if action.step == "repair-keys"]
    assert repairs
    for text in repairs:
        for each in transactions(text):
            execute(production, each)
            assert value(production, LOST) == value(production, LOST_EVENTS) == 0
    assert value(production, WRONG) == 0
    assert value(production, LOST) == 0, "each call still finds its session"
    assert value(production, LOST_EVENTS) == 0
    assert raised(production) == moved, "what did not move was not touched"


UNLISTED = {
    "columns of those names": (
        "create table public.offers (id uuid, session_id uuid, session_month date)"
    ),
}


def torn(production: Database, table: str) -> None:
    """Sessions with a wrong key, which rows of a table that nobody listed repeat."""
    drifted(production, 40)
    execute(production, table)
    execute(
        production,
        "insert into public.offers select gen_random_uuid(), id, created_month from public.sessions"
        " where created_month <> date_trunc('month', created_at at time zone 'UTC')::date"
        " order by created_at desc limit 3",
    )


@pytest.mark.landing
@pytest.mark.parametrize("table", UNLISTED.values(), ids=UNLISTED.keys())
def test_what_would_be_torn_stops_the_repair(table: str, production: Database) -> None:
    torn(production, table)
    before = value(production, WRONG)
    finding = worst_finding(look(production, OWNER_OF_TABLES), "wrong_keys")
    with pytest.raises(psycopg.Error, match=r"rows of public\.offers repeat the key"):
        execute(production, finding.remedy or "")
    assert value(production, WRONG) == before


@pytest.mark.landing
def test_apply_tells_what_would_be_torn_and_goes_on_without_it(production: Database) -> None:
    torn(production, UNLISTED["columns of those names"])
    before = value(production, WRONG)
    done = apply(production)
    assert any("rows of public.offers repeat the key" in line for line in done.failed)
    assert list(done.failed) in [row[0] for row in production.rows(KEPT, user=SUPERUSER)]
    assert value(production, WRONG) == before
    execute(production, "delete from public.offers")
    assert not [line for line in apply(production).failed if "offers" in line]
    assert value(production, WRONG) == 0
    assert value(production, LOST) == 0


@pytest.mark.landing
def test_repair_that_is_stopped_half_way_is_told_alike_everywhere(production: Database) -> None:
    """The months before are right by then: the run says so, and so does its row."""
    drifted(production, 200)
    before = value(production, WRONG)
    execute(production, UNLISTED["columns of those names"])
    execute(
        production,
        "insert into public.offers select gen_random_uuid(), id, created_month from public.sessions"
        f" where {WRONG.partition(' where ')[2]} order by created_month limit 1",
    )
    done = apply(production)
    moved = before - value(production, WRONG)
    assert moved > 0
    began = f"Repair the keys of public.sessions: {moved:,} rows, with "
    assert any(line.startswith(began) and "of public.calls" in line for line in done.done)
    assert any("rows of public.offers repeat the key" in line for line in done.failed)
    kept = production.rows(ACCOUNT, user=SUPERUSER)[0]
    assert kept == (list(done.done), list(done.failed))
    told = outcome(len(kept[0]), len(kept[1]), len(done.left.decisions))
    assert done.words == told, "as the weekly review counts them"


@pytest.mark.landing
def test_calls_that_the_owner_cannot_see_stop_the_repair(production: Database) -> None:
    """Row level security hides rows from a role, so what would be torn cannot be known."""
    drifted(production, 40)
    production.execute("alter table public.calls force row level security", user=SUPERUSER)
    production.execute("alter role owner_of_tables nobypassrls", user=SUPERUSER)
    try:
        production.execute(
            "alter table public.sessions no force row level security", user=SUPERUSER
        )
        done = apply(production)
        assert any("row-level security policy for table" in line for line in done.failed)
        assert int(production.value(WRONG, user=SUPERUSER)) > 5
    finally:
        production.execute("alter role owner_of_tables bypassrls", user=SUPERUSER)


def test_fixed_line_is_printed_whatever_calls_does(
    database18: Database, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Of a CI job that has relied on it for years."""
    database18.execute(
        "create table public.calls (id uuid primary key, matched_session_id uuid,"
        " matched_at timestamptz, session_created_month date);"
        "insert into public.calls select gen_random_uuid(), id, now(), '2020-01-01'"
        " from public.sessions limit 9"
    )
    monkeypatch.setenv("DATABASE_URL", database18.role_url)
    assert cli.main(["verify-triggers"]) == 0
    said = capsys.readouterr()
    assert said.out == (
        "Partition triggers OK"
        " (sessions_set_created_month, events_set_session_month_from_session)\n"
    )
    assert not said.err
    report = look(database18)
    assert report.optional == ("calls",)
    assert worst_finding(report, "guard_triggers").status is Status.WARNING
    assert report.status is Status.WARNING


INDEXED = """
select format('drop index %s', indexrelid::regclass)
from pg_index join pg_class as c on c.oid = indrelid
where not c.relispartition and indkey[0] = (
    select attnum from pg_attribute where attrelid = indrelid and attname = 'session_id')
"""


@pytest.mark.landing
def test_large_table_without_an_index_stops_the_repair(
    production: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Each batch would read all of it while writers wait: the index comes first.

    On a plain table and on a partitioned one, which takes none while others write.
    """
    drifted(production, 40)
    for (drop,) in production.rows(INDEXED, user=OWNER_OF_TABLES):
        execute(production, drop)
    monkeypatch.setattr(row_repairs, "MOST_BLOCKS", 0)
    for relation in ("public.events", "public.calls"):
        (refused,) = {line for line in apply(production).failed if f"index of {relation}" in line}
        assert value(production, WRONG) > 0
        printed = refused.partition("First run each line that this prints: ")[2]
        lines = [row[0] for row in production.rows(printed, user=OWNER_OF_TABLES)]
        assert (len(lines) > 1) is (relation == "public.events")
        for line in lines:
            execute(production, line)
    assert not production.rows("select from pg_index where not indisvalid", user=SUPERUSER), (
        "the last one took over the others"
    )
    assert not [line for line in apply(production).failed if "no index" in line]
    assert value(production, WRONG) == 0
    assert value(production, LOST) == 0


def test_setup_lets_the_role_read_it_and_no_more(production: Database) -> None:
    for name in ("10_guards", "20_history", "30_partitions", "40_rpcs", "50_role", "50_role"):
        production.run_file(ROOT / f"sql/setup/{name}.sql", OWNER_OF_TABLES)
    columns = production.rows(
        "select attname::text from pg_attribute where attrelid = 'public.calls'::regclass"
        " and has_column_privilege('watchtower', attrelid, attnum, 'select') order by 1",
        user=OWNER_OF_TABLES,
    )
    assert [row[0] for row in columns] == [
        *("id", "matched_at", "matched_session_id", "session_created_month", "tableoid"),
    ]
    seen = production.value("select count(id) from public.calls", user="watchtower")
    assert seen == value(production, "select count(*) from public.calls")


def test_calls_of_another_owner_stop_neither_setup_nor_looking(production: Database) -> None:
    production.execute("alter table public.calls owner to postgres", user=SUPERUSER)
    production.execute("revoke all on public.calls from owner_of_tables", user=SUPERUSER)
    for name in ("10_guards", "20_history", "30_partitions", "40_rpcs", "50_role"):
        production.run_file(ROOT / f"sql/setup/{name}.sql", OWNER_OF_TABLES)
    report = look(production)
    finding = worst_finding(report, "row_visibility")
    assert (finding.subject, finding.status) == ("public.calls", Status.WARNING)


def test_one_session_id_in_two_months_serves_the_call_of_either(production: Database) -> None:
    execute(
        production,
        "alter table public.sessions disable trigger sessions_set_created_month;"
        "insert into public.sessions (id, site_id, created_at, created_month)"
        " select s.id, s.site_id, s.created_at - interval '2 months',"
        " date_trunc('month', (s.created_at - interval '2 months') at time zone 'utc')::date"
        " from public.sessions as s join public.calls as c on c.matched_session_id = s.id"
        " order by s.created_at desc limit 3;"
        "alter table public.sessions enable trigger sessions_set_created_month;",
    )
    check = only(production, "orphan_rows", OWNER_OF_TABLES)
    assert check.status is Status.OK
    assert value(production, LOST) == 0


@pytest.mark.landing
def test_calls_may_be_partitioned_and_may_lack_their_time(production: Database) -> None:
    execute(
        production,
        "create table public.new (like public.calls including defaults)"
        " partition by range (session_created_month);"
        "create table public.new_default partition of public.new default;"
        "insert into public.new table public.calls; drop table public.calls;"
        "alter table public.new rename to calls;",
    )
    check = only(production, "orphan_rows", OWNER_OF_TABLES)
    assert check.status is Status.OK
    assert said(look(production, OWNER_OF_TABLES), "orphan_rows")
    # Without the time that rows are counted by, nothing is known of them, and that is said.
    execute(production, "alter table public.calls rename column matched_at to at_what_time")
    report = look(production, OWNER_OF_TABLES)
    assert report["orphan_rows"].status is Status.UNKNOWN
    assert "matched_at" in str(report["orphan_rows"].to_json())
    execute(production, "alter table public.calls drop column at_what_time cascade")
    (missing,) = said(look(production, OWNER_OF_TABLES), "guard_triggers")
    execute(production, missing.remedy or "")
    (fires,) = said(look(production, OWNER_OF_TABLES), "guard_triggers")
    assert fires.status is Status.OK, "what makes it anew names what is there"
