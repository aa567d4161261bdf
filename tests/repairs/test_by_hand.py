"""Does a printed plan run in psql, from the top to the bottom, where sql/setup never ran?"""

from __future__ import annotations

import subprocess
from datetime import UTC, datetime
from pathlib import Path

import pytest

from lib.core.remedies import shown
from lib.core.results import Status
from lib.faces import cli
from lib.remedies.new_months import make_months
from lib.repairs.plan import Plan, as_sql, plan
from tests.dealing import some
from tests.guards import EVENTS, SESSIONS
from tests.looking import check, look
from tests.real import OWNER_OF_TABLES
from tests.repairs.test_repairs import REFUSING, STILL_WRONG, WRONG, break_it
from tests.servers import OWNER, ROLE, ROOT, SUPERUSER, Database, binaries

ROWS = "select count(*), md5(string_agg({0}::text, '' order by {0}::text)) from public.{0}"
TABLES = ("sessions", "events", "calls")
OPEN_LEAVES = """
select c.relname from pg_class as c join pg_inherits as i on i.inhrelid = c.oid
where c.relkind = 'r' and not c.relrowsecurity
"""
# Every partition of either table, in the moment in which it is made: what anon may do with it then.
WATCH = """
create table public.seen_open (relation text);
create function public.see_open() returns event_trigger language plpgsql
security definer set search_path = '' as $$
declare
    opened text[] := array(
        select c.oid::regclass::text from pg_class as c
        where c.relispartition and not c.relrowsecurity and c.relkind = 'r'
            and has_table_privilege('anon', c.oid, 'select'));
begin
    if opened <> '{}' then  -- a transaction that only reads may make temporary tables as well
        insert into public.seen_open select unnest(opened);
    end if;
end $$;
create event trigger see_open on ddl_command_end when tag in ('CREATE TABLE', 'ALTER TABLE')
    execute function public.see_open();
"""
SEEN_OPEN = "select distinct relation from public.seen_open"

IDS = "select string_agg(id::text, ' ' order by id) from public.{}"
TORN = """
select count(*) from public.events where (session_id, session_month) not in (
    select id, created_month from public.sessions)
"""
FAR = "select (date_trunc('month', now() at time zone 'UTC') + interval '7 months')::date"
LONG_AGO = FAR.replace("+ interval '7", "- interval '20")
IDENTITY = """
select c.relreplident, x.indexrelid::regclass::text
from pg_class as c left join pg_index as x on x.indrelid = c.oid and x.indisreplident
where c.relname = %s
"""


def psql(database: Database, text: str, user: str) -> subprocess.CompletedProcess[str]:
    """As the head of each plan says: as the owner, from the top, and stop at an error."""
    return subprocess.run(
        [
            *(binaries("15") / "psql", "-X", "-q", "-v", "ON_ERROR_STOP=1"),
            *("-d", database.url(user), "-f", "-"),
        ],
        input=text,
        text=True,
        capture_output=True,
        check=False,
        timeout=120,
    )


def by_hand(database: Database, found: Plan, user: str) -> None:
    """All of it, without an error."""
    done = psql(database, as_sql(found, made=datetime.now(UTC)), user)
    assert (done.returncode, "ERROR" in done.stderr) == (0, False), done.stderr


def rows(database: Database) -> list[tuple[object, ...]]:
    return [database.rows(ROWS.format(table), user=SUPERUSER)[0] for table in TABLES]


@pytest.mark.parametrize("who", ["owner", "role"])
def test_plan_of_production_runs_to_its_end_and_leaves_every_row(
    production: Database, who: str
) -> None:
    user = OWNER_OF_TABLES
    if who == "role":
        production.run_file(ROOT / "sql/setup/50_role.sql", OWNER_OF_TABLES)
        user = ROLE
    before = rows(production)
    by_hand(production, plan(look(production, user)), OWNER_OF_TABLES)
    after = look(production, user)
    assert rows(production) == before
    assert not plan(after).actions, "what is left is a decision"
    assert after["partition_coverage"].status is Status.OK
    assert after["default_partition_rows"].status is Status.OK
    assert production.rows(OPEN_LEAVES, user=SUPERUSER) == []


def test_role_that_may_see_nothing_yet_gets_a_plan_that_runs(production: Database) -> None:
    production.execute("grant create on schema public to watchtower", user=SUPERUSER)
    found = plan(look(production, ROLE))
    assert "sql/setup/50_role.sql" in [action.file for action in found.actions]
    by_hand(production, found, OWNER_OF_TABLES)


@pytest.mark.parametrize(
    ("refused", "left"), [("new.session_id = md5('wrong 3')::uuid", 1), ("true", 5)]
)
def test_row_that_a_guard_refuses_stays_and_the_others_are_set_right(
    database: Database, refused: str, left: int
) -> None:
    database.execute(WRONG)
    database.execute(REFUSING.replace("new.session_id = md5('wrong 3')::uuid", refused))
    found = plan(look(database))
    repairs = tuple(each for each in found.actions if each.remedy.repair)
    before = [database.value(IDS.format(table)) for table in TABLES[:2]]
    done = psql(database, as_sql(Plan(found.report, repairs, ()), made=datetime.now(UTC)), OWNER)
    assert done.returncode == 0, done.stderr
    assert (
        f"rows left as they are, because they were refused: {left} (that session is closed)"
        in done.stderr
    )
    assert database.value(STILL_WRONG) == left
    assert [database.value(IDS.format(table)) for table in TABLES[:2]] == before
    assert database.value(TORN) == 0, "what repeats the key of a row that stays, stays too"


@pytest.mark.landing
def test_migration_runs_too_and_a_second_time_changes_nothing(
    production: Database,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    """A move that is over says so, and stops there: nothing of it is done twice."""
    monkeypatch.setenv("DATABASE_URL", production.url(OWNER_OF_TABLES))
    assert cli.main(["plan", "--migration", str(tmp_path)]) == 0
    (file,) = tmp_path.iterdir()
    before = rows(production)
    for told in (None, "Where it is the partition of that month by now, nothing is left to do."):
        done = psql(production, file.read_text(encoding="utf-8"), OWNER_OF_TABLES)
        assert ("ERROR" in done.stderr, bool(done.returncode)) == (bool(told), bool(told))
        assert (told or "") in done.stderr
        after = look(production, OWNER_OF_TABLES)
        assert rows(production) == before
        assert not plan(after).actions
        assert after["partition_coverage"].status is Status.OK
        assert after["default_partition_rows"].status is Status.OK
    capsys.readouterr()
    assert cli.main(["plan", "--migration", str(tmp_path)]) == 0
    assert "Nothing was written: there is nothing to run." in capsys.readouterr().out
    assert list(tmp_path.iterdir()) == [file]


def test_months_are_made_whatever_the_routine_is_and_never_open(production: Database) -> None:
    """The older routine leaves what it makes open to anon, and here it is a stranger's as well."""
    production.execute(WATCH, user=SUPERUSER)
    production.execute(
        "create role stranger;"
        "alter function public.create_next_month_partitions() owner to stranger",
        user=SUPERUSER,
    )
    try:
        found = plan(look(production, OWNER_OF_TABLES))
        months = [each for each in found.actions if each.step == "make-partitions"]
        by_hand(production, Plan(found.report, tuple(months), ()), OWNER_OF_TABLES)
        assert check(production, "partition_coverage", OWNER_OF_TABLES).status is Status.OK
        assert production.rows(SEEN_OPEN, user=SUPERUSER) == []
    finally:
        production.execute("drop owned by stranger cascade; drop role stranger", user=SUPERUSER)


@pytest.mark.parametrize("without_default", [False, True])
def test_month_of_one_table_alone_is_made(database: Database, without_default: bool) -> None:
    break_it(database, "next-month-missing")
    database.execute("drop table public.events_default" if without_default else "select 1")
    by_hand(database, plan(look(database)), OWNER)
    assert check(database, "partition_coverage").status is Status.OK


def test_name_that_is_taken_is_a_decision(database: Database) -> None:
    break_it(database, "next-month-missing")
    name = database.value(
        "select format('%s_%s', 'events', to_char(date_trunc('month', now() at time zone 'UTC')"
        " + interval '1 month', 'YYYY_MM'))"
    )
    database.execute(f"create table public.{name} (note text)")
    found = plan(look(database))
    assert not any(name in action.sql for action in found.actions)
    assert any(f"ename public.{name}: " in each.choices for each in found.decisions)
    by_hand(database, found, OWNER)
    assert database.value(f"select count(*) from public.{name}") == 0


DETACHED = """
do $$
declare
    month date := (date_trunc('month', now() at time zone 'UTC') - interval '1 month')::date;
    part text := to_char(month, '"public.events_"YYYY_MM');
begin
    execute format('alter table public.events detach partition %s', part);
    execute format('insert into public.events (id, session_month, session_id, url, created_at)'
        ' select gen_random_uuid(), session_month, session_id, url, created_at'
        ' from %s limit 5', part);
end $$;
"""


def test_detached_month_is_attached_with_what_default_took_meanwhile(database: Database) -> None:
    """And nothing moves those rows once more, under a name that is taken by then."""
    count = "select count(*) from public.events"
    before = database.value(count)
    database.execute(DETACHED)
    found = plan(look(database))
    (action,) = found.actions
    assert len(action.why) == 2, "that it is missing, and what lies in DEFAULT"
    assert not found.decisions
    by_hand(database, found, OWNER)
    assert database.value(count) == before + 5
    after = look(database)
    assert after["partition_coverage"].status is Status.OK
    assert after["default_partition_rows"].status is Status.OK


# What a partition takes after its table


@pytest.mark.parametrize(
    ("identity", "mark", "index"),
    [
        ("default", "d", None),
        ("full", "f", None),
        ("nothing", "n", None),
        ("using index one", "i", "_created_at_id_created_month_idx"),
    ],
)
@pytest.mark.parametrize("how", some(["remedy", "routine", "move"], 3))
def test_new_partition_has_its_tables_replica_identity(
    database: Database, identity: str, mark: str, index: str | None, how: str
) -> None:
    database.execute(
        "create unique index one on public.sessions (created_at, id, created_month);"
        f"alter table public.sessions replica identity {identity}"
    )
    month = database.value(FAR if how != "move" else LONG_AGO)
    if how == "routine":
        made = database.value("select watchtower_make_partition('public.sessions', %s)", [month])
        assert made == {"made": f"public.sessions_{month:%Y_%m}"}
    elif how == "remedy":
        assert psql(database, shown(make_months(SESSIONS, month, month)), OWNER).returncode == 0
        assert psql(database, shown(make_months(SESSIONS, month, month)), OWNER).returncode == 0, (
            "again"
        )
    else:
        database.execute(
            "insert into public.sessions (id, created_at, created_month)"
            f" values (md5('old')::uuid, '{month}', '{month}')"
        )
        by_hand(database, plan(look(database)), OWNER)
    found = database.rows(IDENTITY, [f"sessions_{month:%Y_%m}"])
    assert found == [(mark, index and f"sessions_{month:%Y_%m}{index}")]


@pytest.mark.parametrize("how", ["remedy", "routine"])
def test_identity_whose_index_is_gone_leaves_the_default(database: Database, how: str) -> None:
    database.execute(
        "create unique index one on public.sessions (created_at, id, created_month);"
        "alter table public.sessions replica identity using index one; drop index one"
    )
    month = database.value(FAR)
    if how == "routine":
        made = database.value("select watchtower_make_partition('public.sessions', %s)", [month])
        said = made["note"]
    else:
        said = psql(database, shown(make_months(SESSIONS, month, month)), OWNER).stderr
    assert "the index of " in said
    assert database.rows(IDENTITY, [f"sessions_{month:%Y_%m}"]) == [("d", None)]


def test_published_table_takes_updates_in_the_partition_that_was_made(database: Database) -> None:
    database.execute(
        "alter table public.events drop constraint events_pkey;"
        "alter table public.events replica identity full"
    )
    month = database.value(FAR)
    assert psql(database, shown(make_months(EVENTS, month, month)), OWNER).returncode == 0
    database.execute("create publication whole for table public.events", user=SUPERUSER)
    database.execute(f"update public.events_{month:%Y_%m} set url = ''")


def test_forced_row_security_is_the_partitions_too(database: Database) -> None:
    database.execute("alter table public.sessions force row level security")
    month = database.value(FAR)
    assert psql(database, shown(make_months(SESSIONS, month, month)), OWNER).returncode == 0
    forced = "select relforcerowsecurity from pg_class where relname = %s"
    assert database.value(forced, [f"sessions_{month:%Y_%m}"]) is True
