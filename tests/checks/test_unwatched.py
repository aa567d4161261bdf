"""In which states has a database nothing of what is watched, and in which has it a part?"""

from __future__ import annotations

from contextlib import closing

import pytest

from lib import verification
from lib.core.results import Finding, Report
from tests.looking import look, watched
from tests.real import OWNER_OF_TABLES
from tests.servers import SUPERUSER, Database

AND_NOT = "are not partitioned and not guarded: this database does not have what this watches"
BOTH = f"public.sessions and public.events {AND_NOT}"
RIGHT_KEY = "new.created_month := date_trunc('month', new.created_at at time zone 'utc')::date;"


def triggered(name: str, function: str, body: str) -> str:
    """SQL for a trigger on sessions that sets something before each row."""
    return (
        f"create function public.{function}() returns trigger language plpgsql as $$ begin {body} "
        f"return new; end $$; create trigger {name} before insert or update on public.sessions "
        f"for each row execute function public.{function}();"
    )


def only(report: Report) -> Finding:
    """The one finding, where no other check applies."""
    ((check, finding),) = report.failing()
    assert (check.check, finding.status.word) == ("guard_triggers", "critical")
    assert [each.check for each in report.applying] == ["guard_triggers"]
    return finding


@pytest.mark.parametrize(
    ("state", "sentence"),
    [
        ("alter table events set unlogged; alter table sessions set unlogged", BOTH),
        (
            "create table sessions_2026_11 () inherits (sessions);"
            "create table events_2026_11 () inherits (events)",
            BOTH,
        ),
        (triggered("touch", "touch", "new.entry_page := '/';"), BOTH),
        (
            "alter table sessions rename to s; create view sessions as table s",
            f"public.sessions (a view) and public.events {AND_NOT}",
        ),
        (
            "alter table sessions rename to s; create view sessions as table s;"
            "alter table events rename to e; create materialized view events as table e",
            f"public.sessions (a view) and public.events (a materialized view) {AND_NOT}",
        ),
        (
            "create foreign data wrapper w; create server s foreign data wrapper w;"
            "drop table events; create foreign table events (id uuid, session_month date) server s",
            f"public.sessions and public.events (a foreign table) {AND_NOT}",
        ),
        (
            "drop table events",
            f"public.sessions and public.events (which does not exist) {AND_NOT}",
        ),
        (
            "drop table events; drop table sessions; create sequence sessions;"
            "create table events (id uuid)",
            f"public.sessions (no table) and public.events {AND_NOT}",
        ),
    ],
    ids=[
        "unlogged",
        "inherited",
        "another trigger",
        "view",
        "views",
        "foreign",
        "gone",
        "sequence",
    ],
)
def test_nothing_is_watched(state: str, sentence: str, baseline: Database) -> None:
    baseline.execute(f"set search_path = public; {state}", user=SUPERUSER)
    assert only(look(baseline, OWNER_OF_TABLES)).detail.startswith(sentence)


def test_tables_that_are_not_there(baseline: Database) -> None:
    baseline.execute("drop table public.events; drop table public.sessions", user=SUPERUSER)
    finding = only(look(baseline, OWNER_OF_TABLES))
    assert finding.detail.startswith(
        "public.sessions does not exist, nor does public.events: this database does not have what "
        "this watches; "
    )
    assert finding.remedy is not None
    assert "brought back\n-- from a backup" in finding.remedy


@pytest.mark.parametrize(
    "state",
    [
        "alter table events rename to e; create table events (like e) partition by range "
        "(session_month); create table events_default partition of events default",
        triggered("sessions_set_created_month", "trg_sessions_set_created_month", RIGHT_KEY),
        triggered("sessions_set_created_month", "trg_sessions_set_created_month", RIGHT_KEY)
        + "alter table sessions disable trigger all",
        triggered("own_name", "own_function", RIGHT_KEY),
        "create table sessions_2026_11 () inherits (sessions);"
        + triggered("own_name", "own_function", RIGHT_KEY).replace(
            "on public.sessions", "on public.sessions_2026_11"
        ),
    ],
    ids=["one partitioned", "guarded", "guard off", "other names", "a child guarded"],
)
def test_part_of_it_is_there(state: str, baseline: Database) -> None:
    baseline.execute(f"set search_path = public; {state}", user=SUPERUSER)
    report = look(baseline, OWNER_OF_TABLES)
    assert report.apart == ()
    assert not report.ok


def test_view_beside_a_partitioned_table_is_called_a_view(database: Database) -> None:
    database.execute(
        "alter table public.sessions rename to s; create view public.sessions as table public.s",
        user=SUPERUSER,
    )
    report = look(database, SUPERUSER)
    said = "public.sessions is a view, and no table: it has no partitions and takes no guard"
    assert said in [finding.detail for finding in report["guard_triggers"].failing()]
    assert said in [finding.detail for finding in report["partition_coverage"].failing()]


@pytest.mark.parametrize(
    ("state", "said"),
    [
        (
            "create or replace function public.verify_partition_triggers_exist() returns boolean"
            " language sql as 'select true'",
            "; verify_partition_triggers_exist() says true, which is wrong"
            "; watchtower_partition_drift_check_v1() says false, rightly",
        ),
        (
            "create or replace function public.verify_partition_triggers_exist() returns boolean"
            " language sql as 'select null::boolean'",
            "; watchtower_partition_drift_check_v1() says false, rightly",
        ),
        (
            "create or replace function public.watchtower_partition_drift_check_v1() returns jsonb"
            " language plpgsql as $$ begin raise exception 'out of order'; end $$",
            "; verify_partition_triggers_exist() says false, rightly",
        ),
        (
            "drop function public.watchtower_partition_drift_check_v1();"
            "drop function public.verify_partition_triggers_exist()",
            "",
        ),
    ],
    ids=["lies", "null", "raises", "gone"],
)
def test_what_the_rpcs_say_there(state: str, said: str, baseline: Database) -> None:
    baseline.execute(state, user=SUPERUSER)
    assert only(look(baseline, OWNER_OF_TABLES)).detail == f"{BOTH}{said}"


def test_lock_on_the_tables_holds_nothing_up(baseline: Database) -> None:
    with baseline.connect(SUPERUSER, autocommit=False) as other:
        other.execute("lock table public.sessions, public.events in access exclusive mode")
        assert only(look(baseline, OWNER_OF_TABLES)).detail.startswith(BOTH)


def test_row_checks_by_themselves_prove_nothing_there(baseline: Database) -> None:
    with closing(watched(baseline.url(OWNER_OF_TABLES))) as handle:
        report = verification.rows(handle, window_days=30)
    assert report.status.word == "unknown"
    assert len(report.apart) == len(verification.OF_WINDOWS)
