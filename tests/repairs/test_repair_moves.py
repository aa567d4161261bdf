"""Can a row of DEFAULT be lost, doubled or altered on its way? Can a name become a command?"""

from __future__ import annotations

import pytest

from lib.core.statements import bare, statements, transactions
from lib.repairs.plan import as_sql, plan
from tests import ingestion
from tests.checks.test_remedies import IN_DEFAULT, MISSING
from tests.ingestion import Ingestion
from tests.looking import check, look, statuses
from tests.repairs.test_repairs import apply
from tests.servers import SUPERUSER, Database

EVIL = "x\ndrop table public.robbed;\n-- sql/setup/../drills/month-missing.sql\n--"
ROWS = (
    "select md5(string_agg(s::text, '' order by s::text)) from public.sessions as s"
    " union all select md5(string_agg(e::text, '' order by e::text)) from public.events as e"
)
COPYING = "create table "
COPIES = "select count(*) from pg_class where relname ~ '_moving_'"


def none_lost(database: Database) -> bool:
    """Is every row there, once and as it was?"""
    with Ingestion(database, writers=0) as nobody:
        pass
    return ingestion.lost(database, nobody) == {}


def test_whatever_else_lives_on_the_tables_stays_with_the_rows(database: Database) -> None:
    database.execute(
        """
        alter table public.sessions add column gone text, add column label text default 'none',
            add column double text generated always as (site_id::text || '!') stored;
        alter table public.sessions drop column gone;
        alter table public.sessions_default
            add constraint sensible check (created_at > '2001-01-01');
        create index on public.sessions_default (site_id, created_at);
        create table public.calls (id uuid primary key, session_id uuid, session_created_month date,
            constraint of_session foreign key (session_id, session_created_month)
            references public.sessions (id, created_month) on delete cascade);
        create table public.told (what text);
        create function public.tell() returns trigger language plpgsql as
            $$ begin insert into public.told values (tg_op); return null; end $$;
        """
    )
    database.execute(IN_DEFAULT)
    database.execute(
        """
        update public.sessions set label = id::text;
        insert into public.calls select gen_random_uuid(), id, created_month
        from public.sessions_default;
        create trigger tells after insert or update or delete on public.sessions
            for each row execute function public.tell();
        """
    )
    ingestion.keep(database)
    calls = database.rows("table public.calls order by id")
    done = apply(database)
    assert done.failed == ()
    assert statuses(done.report).keys() <= {"partition_coverage"}, "the months between are missing"
    assert none_lost(database)
    assert database.value("select count(*) from only public.sessions_default") == 0
    assert database.rows("table public.calls order by id") == calls
    assert database.value("select count(*) from public.told") == 0, "no trigger fires for a move"
    assert database.value(
        "select bool_and(convalidated) from pg_constraint where conname in"
        " ('of_session', 'fk_events_session')"
    )
    assert database.value(COPIES) == 0


def test_what_is_written_after_the_copy_follows(database: Database) -> None:
    """Each row that is inserted, altered or deleted between the copy and the exchange."""
    database.execute(IN_DEFAULT)
    remedy = check(database, "default_partition_rows").failing()[0].remedy
    before = database.value("select count(*) from public.sessions")
    with database.connect() as connection:
        for text in transactions(remedy or ""):
            with connection.transaction():
                connection.execute(text)
            if COPYING in text:
                database.execute(
                    f"""
                    delete from public.sessions where id = md5('1')::uuid;
                    update public.sessions set site_id = md5('new')::uuid where id = md5('2')::uuid;
                    insert into public.sessions (id, created_month, created_at)
                    select md5('late ' || n)::uuid, {MISSING}, {MISSING} + interval '1 day'
                    from generate_series(1, 4) as n;
                    """
                )
    assert database.value("select count(*) from public.sessions") == before + 3
    assert database.value("select count(*) from only public.sessions_default") == 0
    moved = "select site_id = md5('new')::uuid from public.sessions where id = md5('2')::uuid"
    assert database.value(moved)
    assert apply(database).failed == ()
    assert statuses(look(database)).keys() <= {"partition_coverage"}


def events_remedy(database: Database) -> list[str]:
    """The transactions that take the events of the missing month out of DEFAULT."""
    texts = [finding.remedy or "" for finding in check(database, "default_partition_rows").findings]
    (remedy,) = [text for text in texts if "events_moving" in text]
    return list(transactions(remedy))


def cut_off(database: Database) -> list[str]:
    """Cuts the move of the events off when the copy has its keys; a session went just before.

    Returns the move's transactions.
    """
    texts = events_remedy(database)
    with database.connect() as connection:
        for text in texts:
            with connection.transaction():
                connection.execute(text)
            if COPYING in text:
                database.execute("delete from public.sessions where id = md5('1')::uuid")
            if "not valid" in text:
                return texts
    raise AssertionError("no key was added")


def test_events_that_go_with_their_session_after_the_copy_stop_nothing(database: Database) -> None:
    """The cascade of the key reaches the copy only from when that has one of its own."""
    database.execute(IN_DEFAULT)
    with database.connect() as connection:
        for text in events_remedy(database):
            with connection.transaction():
                connection.execute(text)
            if COPYING in text:
                database.execute("delete from public.sessions where id = md5('1')::uuid")
    assert database.value("select count(*) from only public.events_default") == 0
    assert (
        database.value(
            "select count(*) from public.events where created_at < now() - interval '18 months'"
        )
        == 2
    )


def test_copy_that_was_left_behind_is_dropped_before_the_next_one_is_made(
    database: Database,
) -> None:
    """Dropping it takes its foreign keys, and with them an exclusive lock on the other table."""
    database.execute(IN_DEFAULT)
    texts = cut_off(database)
    locks = (
        "select count(*) from pg_locks where relation = 'public.sessions'::regclass"
        " and mode = 'AccessExclusiveLock' and pid = pg_backend_pid()"
    )
    with database.connect() as connection:
        for text in texts:
            with connection.transaction():
                connection.execute(text)
                held = connection.execute(locks).fetchone()
            if COPYING in text:
                break
    assert held == (0,)


def test_copy_that_was_left_behind_keeps_no_other_table_from_its_move(database: Database) -> None:
    database.execute(IN_DEFAULT)
    cut_off(database)
    said: list[str] = []
    assert apply(database, say=said.append).failed == ()
    assert not any("not done" in line for line in said), said
    assert database.value(COPIES) == 0


def test_keys_that_a_cut_off_exchange_has_left_are_proven_by_the_next_run(
    database: Database,
) -> None:
    """Also of a table that the watch does not know, and which is partitioned itself."""
    database.execute(IN_DEFAULT)
    database.execute(
        """
        create table public.calls (id uuid, session_id uuid, month date, constraint of_session
            foreign key (session_id, month) references public.sessions (id, created_month))
            partition by range (month);
        create table public.calls_default partition of public.calls default;
        create table public.calls_later partition of public.calls
            for values from ('2100-01-01') to ('2101-01-01');
        """
    )
    remedy = check(database, "default_partition_rows").failing()[0].remedy
    with database.connect() as connection:
        for text in transactions(remedy or ""):
            with connection.transaction():
                connection.execute(text)
            if "detach partition" in text:
                break
    valid = (
        "select coalesce(bool_and(convalidated and obj_description(oid) is null), false)"
        " from pg_constraint where conname = '%s' and conrelid = 'public.%s'::regclass"
    )
    assert not database.value(valid % ("of_session", "calls"))
    done = apply(database)
    assert done.failed == ()
    assert done.done[0] == "Compare what refers to public.sessions"
    assert database.value(valid % ("of_session", "calls"))
    assert database.value(valid % ("fk_events_session", "events"))


def test_months_that_are_divided_further_are_repaired_too(database18: Database) -> None:
    database18.execute(
        """
        do $$ declare
            month date := date_trunc('month', now() at time zone 'UTC') + interval '4 months';
        begin
            execute format('create table public.sessions_busy partition of public.sessions'
                ' for values from (%L) to (%L) partition by hash (id)',
                month, (month + interval '1 month')::date);
        end $$;
        create table public.sessions_busy_0 partition of public.sessions_busy
            for values with (modulus 2, remainder 0);
        create table public.sessions_busy_1 partition of public.sessions_busy
            for values with (modulus 2, remainder 1);
        alter table public.sessions_busy enable row level security;
        alter table public.sessions_busy_0 enable row level security;
        alter table public.sessions_busy_1 enable row level security;
        alter table public.sessions disable trigger sessions_set_created_month;
        insert into public.sessions (id, created_month, created_at)
        select md5('busy ' || n)::uuid,
            date_trunc('month', now() at time zone 'UTC') + interval '4 months', now()
        from generate_series(1, 20) as n;
        alter table public.sessions enable trigger sessions_set_created_month;
        """
    )
    ingestion.keep(database18)
    assert apply(database18).failed == ()
    assert none_lost(database18)
    assert database18.value("select count(*) from public.sessions_busy") == 0


@pytest.mark.parametrize(
    "own",
    [
        "create table public.noted (id uuid, month date, foreign key (id, month)"
        " references public.sessions_default (id, created_month) on delete cascade);"
        "insert into public.noted select id, created_month from public.sessions_default",
        "create function public.away() returns trigger language plpgsql as"
        " $$ begin delete from public.events where session_id = old.id; return old; end $$;"
        "create trigger away before delete on public.sessions_default"
        " for each row execute function public.away()",
    ],
    ids=["foreign key", "trigger"],
)
def test_default_from_which_more_would_be_deleted_is_left_alone(
    database18: Database, own: str
) -> None:
    database18.execute(IN_DEFAULT)
    database18.execute(own)
    before = database18.rows(ROWS)
    done = apply(database18)
    assert any("a foreign key to it, or a trigger of its own" in said for said in done.failed)
    assert database18.rows(ROWS) == before
    assert "fk_events_session" not in str(statuses(done.report).get("foreign_key"))
    assert done.report["foreign_key"].status.word == "ok"


def test_rows_that_are_hidden_from_the_owner_are_not_left_behind(database18: Database) -> None:
    database18.execute(IN_DEFAULT)
    database18.execute(
        "alter table public.sessions_default force row level security;"
        "alter table public.sessions force row level security"
    )
    before = database18.rows(ROWS, user=SUPERUSER)
    done = apply(database18)
    assert any("row-level security" in said for said in done.failed), done.failed
    assert database18.rows(ROWS, user=SUPERUSER) == before


def test_row_that_stands_in_both_tables_stops_the_attaching(database18: Database) -> None:
    """The month was detached, and DEFAULT took a row under an id that it holds already."""
    database18.execute(
        """
        insert into public.sessions (id, created_month, created_at)
        values (md5('twice')::uuid, date_trunc('month', now() at time zone 'UTC'), now());
        insert into public.events (id, session_month, session_id, created_at)
        select id, created_month, id, created_at from public.sessions where id = md5('twice')::uuid;
        create table public.twice as select * from public.events where id = md5('twice')::uuid;
        do $$ begin execute format('alter table public.events detach partition public.events_%s',
            to_char(now() at time zone 'UTC', 'YYYY_MM')); end $$;
        insert into public.events select * from public.twice;
        """
    )
    done = apply(database18)
    assert any("duplicate key value" in said for said in done.failed), done.failed
    assert database18.value("select count(*) from only public.events_default") == 1


def test_name_with_a_line_break_is_never_a_command(database18: Database) -> None:
    quoted = '"' + EVIL + '"'
    month = database18.value("select to_char(now() - interval '2 months', 'YYYY_MM')")
    database18.execute("create table public.robbed ()")
    database18.execute(
        f"""
        alter table public.events_{month} rename to {quoted};
        alter table public.{quoted} disable row level security;
        alter table public.{quoted} disable trigger events_set_session_month_from_session;
        create function public.{quoted}() returns trigger language plpgsql as
            $$ begin new.session_month := '2001-01-01'; return new; end $$;
        create trigger {quoted} before insert on public.events
            for each row execute function public.{quoted}();
        create policy {quoted} on public.sessions as restrictive for select to watchtower
            using (false);
        create rule {quoted} as on insert to public.events where false do instead nothing;
        """
    )
    database18.execute(
        f"create role {quoted} login; alter role {quoted} set session_replication_role = replica",
        user=SUPERUSER,
    )
    try:
        found = plan(look(database18))
        assert len(found.actions) > 1
        assert len(found.decisions) > 1
        for text in [action.sql for action in found.actions] + [as_sql(found, made=ingestion.NOW)]:
            assert not any(bare(each).startswith("drop table") for each in statements(text))
        assert all("drills" not in (action.file or "") for action in found.actions)
        apply(database18)
        assert database18.value("select to_regclass('public.robbed')") is not None
    finally:
        database18.execute(f"drop role {quoted}", user=SUPERUSER)
