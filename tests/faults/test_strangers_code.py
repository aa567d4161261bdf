"""Does looking run what a stranger made, with rights that the stranger has not?"""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, datetime, timedelta

import pytest
from psycopg import errors

from lib.checks import maintenance
from lib.checks.guard_behaviour import observe
from lib.core.context import Context
from lib.core.errors import PruneFailed, RepairFailed
from lib.core.results import Finding, Report
from lib.db.sql import by_hand
from lib.history import fingerprints, prune
from lib.repairs.execution import apply
from lib.settings.settings import parse_url
from lib.trials.strangers import strangers
from tests.guards import GUARDS
from tests.looking import glance, look, watched
from tests.pages import conftest
from tests.pages.conftest import Show
from tests.servers import OWNER, ROLE, ROOT, SUPERUSER, Database

show = conftest.show
RPC = "public.verify_partition_triggers_exist()"
DRIFT = "public.watchtower_partition_drift_check_v1()"
EVENTS = "public.trg_events_set_session_month_from_session()"
# Whatever runs leaves its mark where a rollback does not reach: the connection ends with it.
EVIL = """
grant create on schema public to intruder;
create table public.caught (ran_as text);
grant insert on public.caught to public;
set role intruder;
create function public.evil() returns trigger language plpgsql as
    'begin insert into public.caught values (current_user); return new; end';
create function public.evil(int) returns int language plpgsql immutable as 'begin return $1; end';
create function public.evil(text) returns boolean language plpgsql immutable as
    'begin return true; end';
create operator public.=-= (leftarg = int, rightarg = int, function = int4eq);
create domain public.theirs as int check (value > 0);
create view public.seen as select 1 as one;
reset role;
"""
ARMED = (
    "create trigger evil before insert on public.watchtower_checks"
    " for each row execute function public.evil()"
)


@pytest.fixture
def intruded(database18: Database) -> Iterator[Database]:
    """A healthy database, in which a role that may create in public has made something."""
    database18.server.execute("create role intruder")
    database18.execute(EVIL, user=SUPERUSER)
    yield database18
    database18.execute("drop owned by intruder cascade", user=SUPERUSER)
    database18.server.execute("drop role intruder")


def of(report: Report, check: str, subject: str) -> Finding:
    (found,) = (each for each in report[check].findings if each.subject == subject)
    return found


def test_rpc_of_a_stranger_is_not_called(intruded: Database) -> None:
    intruded.execute(
        f"create or replace function {RPC} returns boolean language plpgsql as"
        " 'begin raise exception ''ran''; end';"
        f"alter function {RPC} owner to intruder",
        user=SUPERUSER,
    )
    for user, ask in ((ROLE, look), (OWNER, glance), (SUPERUSER, glance)):
        found = of(ask(intruded, user), "rpc_answers", RPC)
        assert found.status.word == "critical"
        assert f"is not called: {RPC} belongs to intruder, a stranger here" in found.detail
        assert found.detail.endswith(f"would run with the rights of {user}")


def test_armed_history_takes_no_row(intruded: Database, show: Show) -> None:
    """Neither a verification's, nor the drift RPC's as its owner, nor apply's as the owner."""
    intruded.execute(ARMED)
    why = "takes no row: function public.evil() belongs to intruder, a stranger here"
    for user in (ROLE, OWNER):
        report = look(intruded, user)
        found = of(report, "rpc_answers", DRIFT)
        assert (found.status.word, why in found.detail) == ("critical", True), found.detail
        assert why in (report.unrecorded or "")
    intruded.execute("drop trigger sessions_set_created_month on public.sessions")
    said: list[str] = []
    urls = (parse_url("x", intruded.url(user)) for user in (ROLE, OWNER))
    done = apply(*urls, who="a test", say=said.append)
    assert (len(done.done), done.failed) == (1, ())
    assert [line for line in said if why in line]
    assert glance(intruded)["guard_triggers"].status.word == "ok", "it is repaired"
    page = conftest.text(show("verify", conftest.known(report, verified=report)))
    assert why in page.replace("\\", "")
    assert intruded.value("select count(*) from public.caught", user=SUPERUSER) == 0


def test_history_armed_by_a_member_of_the_role_takes_no_row(intruded: Database) -> None:
    """It has our rights, and not those of the drift RPC's owner, with which the row is written."""
    intruded.execute(f"grant {ROLE} to intruder", user=SUPERUSER)
    intruded.execute(ARMED)
    why = "takes no row: function public.evil() belongs to intruder, a stranger here"
    report = look(intruded)
    found = of(report, "rpc_answers", DRIFT)
    assert (found.status.word, why in found.detail, report.drift) == ("critical", True, None)
    assert why in (report.unrecorded or "")
    assert intruded.value("select count(*) from public.watchtower_checks") == 0
    assert intruded.value("select count(*) from public.caught", user=SUPERUSER) == 0


def test_history_that_goes_on_in_a_strangers_table(intruded: Database) -> None:
    """What prune removes is removed there too, and fires what its owner likes."""
    assert look(intruded).ok
    intruded.execute(
        "create table public.child () inherits (public.watchtower_checks);"
        "insert into public.child (check_name, ok, created_at)"
        " values ('partition_watchtower', true, now() - interval '400 days');"
        "create trigger evil before delete on public.child for each row"
        " execute function public.evil();"
        "alter table public.child owner to intruder",
        user=SUPERUSER,
    )
    why = "takes no row: function public.evil() belongs to intruder, a stranger here"
    report = look(intruded)
    assert why in of(report, "rpc_answers", DRIFT).detail
    assert why in (report.unrecorded or "")
    with closing(watched(intruded.owner_url)) as handle:
        old = prune.old(handle, timedelta(days=90), datetime.now(UTC))
        assert sum(removed for removed, _ in old.names.values()) == 1
        with pytest.raises(PruneFailed, match=re.escape(why)):
            prune.remove(handle, old, by="a test")
    assert intruded.value("select count(*) from public.caught", user=SUPERUSER) == 0


def test_try_runs_no_strangers_guard_with_rights_of_others(intruded: Database) -> None:
    """The role that only looks goes on trying it: it has nothing to lose."""
    name = EVENTS
    intruded.execute(
        f"grant execute on function {name} to public; alter function {name} owner to intruder",
        user=SUPERUSER,
    )
    for user in (OWNER, SUPERUSER):
        found = of(look(intruded, user), "guard_behaviour", name)
        assert found.status.word == "unknown"
        assert found.detail == (
            f"{name} was not tried: function {name} belongs to intruder, a stranger here, and "
            f"would run with the rights of {user}"
        )
    assert "was not tried" not in of(look(intruded), "guard_behaviour", name).detail


def test_try_runs_no_strangers_trigger_with_rights_of_others(intruded: Database) -> None:
    intruded.execute(
        "create trigger zz before insert on public.events for each row"
        " execute function public.evil()"
    )
    report = look(intruded, SUPERUSER)
    (found,) = report["trigger_order"].failing()
    assert (found.subject, found.status.word) == ("public.events", "unknown")
    assert "not tried: function public.evil() belongs to intruder" in found.detail
    assert of(report, "guard_behaviour", EVENTS).status.word == "ok", "tried by itself"


BODY = (
    "create or replace function public.own() returns trigger language plpgsql as $$ begin {}"
    " return new; end $$;"
)
OWN = (
    "create trigger zz before insert on public.events for each row {}execute function public.own();"
)
# What arms the table, and what is found of it; of the other triggers alone it says so.
REACHED = {
    "domain of a column": ("alter table events add z theirs", "type public.theirs", False),
    "list of such": ("alter table events add z theirs[]", "type public.theirs", False),
    "domain over such": (
        "create domain mine as theirs; alter table events add z mine", "type public.theirs", False),
    "domain that checks by such": (
        "create domain mine as int check (evil(value) > 0); alter table events add z mine",
        "function public.evil(integer)", False),
    "default": (
        "alter table events add z int default 0; alter table events alter z set default evil(1)",
        "function public.evil(integer)", False),
    "condition": (
        BODY.format("") + OWN.format("when (evil(new.url)) "), "function public.evil(text)", True),
    "what a text calls": (
        BODY.format("perform public . Evil ( 1 );") + OWN.format(""),
        "function public.evil(integer)", True),
    "what a helper calls": (
        "create function helper() returns int language sql as 'select evil(1)';"
        + BODY.format("perform helper();") + OWN.format(""),
        "function public.evil(integer)", True),
    "operator": (
        BODY.format("if 1 =-= 1 then null; end if;") + OWN.format(""),
        "operator public.=-=(integer,integer)", True),
    "view": (
        BODY.format("perform 1 from seen;") + OWN.format(""), "view public.seen", True),
}  # fmt: skip


@pytest.mark.parametrize("what", REACHED)
def test_everything_that_a_try_would_run_is_looked_at(what: str, intruded: Database) -> None:
    text, object_, beside = REACHED[what]
    intruded.execute(f"set client_min_messages = error; {text}")
    events = next(guard for guard in GUARDS if guard.table == "events")

    def found(user: str, *, beside: bool) -> set[str]:
        with closing(watched(intruded.url(user))) as handle, handle.session(5) as session:
            context = Context(GUARDS, datetime.now(UTC))
            place = observe(session, context)[GUARDS.index(events)]
            theirs = strangers(session, context, events, place, beside=beside)
            return {row["object"] for row in theirs}

    for user in (OWNER, SUPERUSER):
        assert object_ in found(user, beside=True)
        assert (object_ in found(user, beside=False)) is not beside
    assert found(ROLE, beside=True) == set()


def test_what_shows_the_jobs_is_no_strangers(intruded: Database) -> None:
    """Whoever may create a schema may name it as pg_partman's, and the function that we ask."""
    may = f"grant create on database {intruded.name} to intruder; set role intruder;"
    intruded.execute(
        f"{may} create schema aa; create table aa.part_config (parent_table text);"
        "insert into aa.part_config values ('public.sessions'), ('public.events');"
        "grant usage on schema aa to public; grant select on aa.part_config to public; reset role;"
        "set allow_system_table_mods = on;"
        "insert into pg_extension select 1, 'pg_cron', 10, 11, false, '1', null, null;"
        "set role intruder;"
        "create function public.watchtower_maintenance_job() returns int language plpgsql as"
        " 'begin raise exception ''ran''; end'",
        user=SUPERUSER,
    )
    for user in (ROLE, SUPERUSER):
        with closing(watched(intruded.url(user))) as handle, handle.session(5) as session:
            (place,) = maintenance.run(session, Context(GUARDS, datetime.now(UTC))).tables["place"]
        assert (place["observer_of"], place["partman_schema"]) == ("intruder", None)
        for report in (look(intruded, user), glance(intruded, user)):
            (found,) = report["maintenance"].failing()
            assert found.status.word == "warning"
            assert found.detail == (
                "pg_cron's job maintain-partitions was not seen: "
                "public.watchtower_maintenance_job() belongs to intruder, a stranger here, and "
                f"would run with the rights of {user}"
            )


def test_apply_names_strangers_on_the_guarded_tables(intruded: Database) -> None:
    """The owner's writes run them every day; a superuser's would give more than the owner has."""
    intruded.execute(
        "create trigger zz after insert on public.events for each row"
        " execute function public.evil();"
        "drop trigger sessions_set_created_month on public.sessions"
    )
    said: list[str] = []
    watched_url = parse_url("x", intruded.role_url)
    note = (
        "note: function public.evil() belongs to intruder, a stranger here, and runs with the "
        "rights of whoever writes to public.events"
    )
    with pytest.raises(RepairFailed, match=r"Code of strangers .* the rights of postgres, a super"):
        apply(watched_url, parse_url("x", intruded.superuser_url), who="t", say=said.append)
    assert said == [note]
    done = apply(watched_url, parse_url("x", intruded.owner_url), who="t", say=said.append)
    assert (said.count(note), done.failed, len(done.done)) == (2, (), 1)


def test_migrations_of_a_stranger_are_not_read(intruded: Database) -> None:
    intruded.execute(
        f"grant create on database {intruded.name} to intruder; set role intruder;"
        "create schema supabase_migrations; grant usage on schema supabase_migrations to public;"
        "create view supabase_migrations.schema_migrations as"
        " select 'x'::text as version, public.evil('x')::text as name;"
        "grant select on supabase_migrations.schema_migrations to public",
        user=SUPERUSER,
    )
    for user in (ROLE, SUPERUSER):
        with closing(watched(intruded.url(user))) as handle, handle.session(5) as session:
            found = fingerprints.observed(session, GUARDS)["migrations"]
        assert "is a stranger's" in found["trouble"]


def test_apply_writes_to_no_table_of_a_strangers(intruded: Database) -> None:
    """One that is guarded where it is there, and was not: its owner arms it as they like."""
    intruded.execute(
        "set role intruder;"
        "create table public.calls (id uuid, matched_session_id uuid, matched_at timestamptz,"
        " session_created_month date); grant all on public.calls to public;"
        "create trigger evil before insert or update on public.calls for each row"
        " execute function public.evil()",
        user=SUPERUSER,
    )
    intruded.execute(
        "insert into public.calls"
        " select id, id, created_at, '1999-01-01' from public.sessions; delete from public.caught",
        user=SUPERUSER,
    )
    urls = (parse_url("x", intruded.url(user)) for user in (ROLE, OWNER))
    with pytest.raises(RepairFailed, match=r"^public.calls is a stranger's, who may have anything"):
        apply(*urls, who="a test", say=lambda _: None)
    assert intruded.value("select count(*) from public.caught", user=SUPERUSER) == 0


SUPABASE = """
create role supabase_admin superuser;
create role supabase_auth_admin;
create schema auth authorization supabase_admin;
grant all on schema auth to supabase_auth_admin;
grant usage on schema auth to public;
set role supabase_auth_admin;
create function auth.uid() returns uuid language sql stable as 'select null::uuid';
create table auth.sessions (id uuid);
alter table auth.sessions enable row level security;
reset role;
create policy own on public.events for select using (auth.uid() = site_id);
create policy own on public.watchtower_checks for select using (auth.uid() is not null);
"""


@pytest.fixture
def supabase(database18: Database) -> Iterator[Database]:
    """A healthy database whose policies call what Supabase has made there."""
    database18.execute(SUPABASE, user=SUPERUSER)
    yield database18
    database18.execute(
        "drop owned by supabase_admin, supabase_auth_admin cascade;"
        "drop role supabase_admin, supabase_auth_admin",
        user=SUPERUSER,
    )


def told(database: Database, *users: str) -> list[str]:
    """What is said of strangers: by the setup, by apply, by a try and before a row is written."""
    said = [*database.run_file(ROOT / "sql" / "setup" / "20_history.sql")]
    asked = by_hand("repairs/strangers", {}, {"relations": [each.relation for each in GUARDS]})
    said += map(str, database.rows(asked))
    for user in users:
        said += (finding.detail for _, finding in look(database, user).failing())
    return [each for each in said if "strange" in each or "supabase" in each]


def test_platforms_own_roles_raise_no_alarm(supabase: Database) -> None:
    """Not by their names alone: the schema is its superuser's, who is one."""
    assert told(supabase, ROLE, OWNER) == []
    supabase.execute("alter role supabase_admin nosuperuser", user=SUPERUSER)
    with pytest.raises(errors.ObjectNotInPrerequisiteState, match="supabase_auth_admin, a strang"):
        told(supabase)
    assert "auth.uid() belongs to supabase_auth_admin" in str(look(supabase).unrecorded)
