"""Does a verification's row keep what the review counts, and say what it could not see?"""

from __future__ import annotations

from contextlib import closing
from datetime import UTC, datetime, timedelta
from typing import Any

from lib import verification
from lib.core.results import Status
from lib.db.database import Database as Connection
from lib.history import rows as history_rows
from lib.history.history import History, Migrations, Run
from lib.history.incidents import incidents
from lib.history.migrations import NOT_KEPT, Applied, applied
from lib.settings.settings import parse_url
from tests.looking import follow, look, worst_finding
from tests.servers import Database

MIGRATIONS = """
create schema supabase_migrations;
create table supabase_migrations.schema_migrations (
    version text primary key, statements text[], name text
);
insert into supabase_migrations.schema_migrations values ('1', '{secret}', 'init');
"""
MARKS = (
    "select details -> 'marks' from public.watchtower_checks"
    " where check_name = 'partition_watchtower' order by created_at desc limit 1"
)


def verified(database: Database) -> Run:
    """What the history knows of a verification made now."""
    with closing(Connection(parse_url("x", database.role_url))) as connection:
        verification.verify(connection, who="t", face="t")
        return history_rows.read(connection, History(), datetime.now(UTC)).verifications()[-1]


def test_row_keeps_figures_definitions_and_migrations(database: Database) -> None:
    first = verified(database)
    assert first.figures is not None
    assert first.figures.join_rate == 1.0
    assert (first.figures.total("wrong"), first.figures.days) == (0, 7)
    assert set(first.figures.ahead) == {"sessions", "events"}
    assert first.migrations == Migrations(
        trouble="there is no table supabase_migrations.schema_migrations"
    )
    database.execute(MIGRATIONS)
    blind = verified(database)
    assert blind.definitions == first.definitions, "nothing of ours changed"
    assert blind.migrations is not None
    assert "may not read" in str(blind.migrations.trouble)
    database.run_setup()
    seen = verified(database)
    assert seen.migrations == Migrations(1, ("1 init",))


def test_marks_tell_each_definition_that_is_another(database18: Database) -> None:
    before, old = verified(database18), marks(database18)
    database18.execute(
        "drop trigger sessions_set_created_month on public.sessions;"
        " alter table only public.events disable trigger events_set_session_month_from_session;"
        " alter table public.sessions alter created_month set default current_date;"
        " create or replace function public.verify_partition_triggers_exist() returns boolean"
        "  language sql as 'select true'"
    )
    after, new = verified(database18), marks(database18)
    assert before.definitions != after.definitions
    assert {name for name in {*old, *new} if old.get(name) != new.get(name)} == {
        "trigger sessions_set_created_month on public.sessions",
        "trigger events_set_session_month_from_session on public.events",
        "column public.sessions.created_month",
        "function public.verify_partition_triggers_exist()",
    }


def marks(database: Database) -> dict[str, str]:
    found: dict[str, str] = database.value(MARKS)
    return found


def test_break_that_an_alert_was_sent_for_outlives_the_process(database18: Database) -> None:
    began = datetime.now(UTC) - timedelta(minutes=20)
    database18.execute(
        "insert into public.watchtower_checks (check_name, ok, details, created_at) values"
        ' (\'partition_watchtower\', true, \'{"status": "ok", "checks":'
        ' [{"check": "guard_triggers", "status": "ok"}]}\', now() - interval \'30 minutes\'),'
        " ('partition_watchtower_alert', false, jsonb_build_object('kind', 'open', 'since',"
        " %s::text, 'checks', '{\"guard_triggers\": \"critical\"}'::jsonb),"
        " now() - interval '18 minutes'),"
        ' (\'partition_watchtower_alert\', true, \'{"kind": "recovery", "checks": {}}\','
        " now() - interval '12 minutes')",
        [began.isoformat()],
    )
    with closing(Connection(parse_url("x", database18.role_url))) as connection:
        known = history_rows.read(connection, History(), datetime.now(UTC))
    (incident,) = incidents(known)
    assert incident.began == began
    assert dict(incident.checks) == {"guard_triggers": Status.CRITICAL}
    assert timedelta(minutes=7) < incident.lasted(datetime.now(UTC)) < timedelta(minutes=9)


NOON = datetime(2026, 11, 25, 12, tzinfo=UTC)


def run(minute: int, *latest: str, count: int = 0, **more: Any) -> Run:
    at = NOON + timedelta(minutes=minute)
    kept = Migrations(count or len(latest), latest, **more)
    return Run(f"run {minute}", at, "partition_watchtower", Status.OK, {}, migrations=kept)


def between(before: Run, after: Run) -> Applied:
    return applied(History((before, after)), before.at, after.at)


def test_migrations_between_two_runs_are_those_that_only_the_second_saw() -> None:
    old = run(0, "5 e", "4 d", "3 c", "2 b", "1 a")
    assert between(old, run(15, "5 e", "4 d", "3 c", "2 b", "1 a")) == Applied()
    new = run(15, "7 g", "6 f", "5 e", "4 d", "3 c", count=7)
    assert between(old, new) == Applied(("6 f", "7 g"))
    assert between(old, run(15, *old.migrations.latest, count=6)) == Applied(more=1)  # type: ignore[union-attr]
    taken_back = run(15, "4 d", "3 c", "2 b", "1 a", "0 z", count=5)
    assert between(run(0, "5 e", "4 d", "3 c", "2 b", "1 a", count=6), taken_back) == Applied()
    assert between(run(0), run(15, "1 a")) == Applied(("1 a",))


def test_migrations_that_nobody_saw_are_not_said_to_be_none() -> None:
    assert between(run(0, "1 a"), run(15, trouble="no rights")).trouble == "no rights"
    assert applied(History((run(0, "1 a"),)), None, NOON).trouble == NOT_KEPT
    assert applied(History(), NOON, NOON).trouble == NOT_KEPT


def test_another_role_is_told_what_lets_it_keep_its_row(database18: Database) -> None:
    """The setup grants to its own role alone."""
    database18.execute(
        "do $$ begin if to_regrole('reporter') is null then create role reporter login; end if;"
        " end $$"
    )
    follow(worst_finding(look(database18, "reporter"), "history").remedy, database18)
    assert look(database18, "reporter").unrecorded is None
