"""Does the setup leave guards alone that it does not know, and renew its own in kind?"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing, contextmanager
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from typing import Any
from uuid import UUID, uuid4

import psycopg
import pytest
from psycopg import errors

from lib.history.prune import old as old_rows
from lib.history.prune import remove
from lib.trials.texts.shipped import MARK, MARK_OF_KEEPING
from tests.looking import look, watched
from tests.real import OWNER_OF_TABLES
from tests.servers import OWNER, ROOT, SUPERUSER, Database, setup_files
from tests.sql import shipped
from tests.template import build_tables

GUARDS_FILE = setup_files()[0]
SESSIONS, EVENTS = (
    "public.trg_sessions_set_created_month()",
    "public.trg_events_set_session_month_from_session()",
)
TEXT = "select pg_get_functiondef(%s::regprocedure)"
BODY = "select prosrc from pg_proc where oid = %s::regprocedure"
COMMENT = "select obj_description(%s::regprocedure, 'pg_proc')"
TRIGGERS = """
select tgrelid::regclass::text, tgenabled::text, pg_get_triggerdef(oid) from pg_trigger
where tgname in ('sessions_set_created_month', 'events_set_session_month_from_session')
order by 1, 3
"""
# The first of this month: what PostgreSQL chooses the partition by before a guard runs.
MONTH = "date_trunc('month', now() at time zone 'UTC')::date"
ON_PURPOSE, REFUSE, KEEP = (
    "set watchtower.replace_guards = 'yes';\n",
    "set watchtower.unknown = 'refuse';\n",
    "set watchtower.unknown = 'keep';\n",
)
UNTOLD = "treats an event without its session could not be tried: it is kept from now on"


def run(database: Database, before: str = "", user: str = OWNER) -> list[str]:
    """The notices of the file, after these lines of the same session."""
    return database.execute(before + GUARDS_FILE.read_text(encoding="utf-8"), user=user)


def texts(database: Database) -> list[str]:
    return [database.value(TEXT, [name], SUPERUSER) for name in (SESSIONS, EVENTS)]


def comment(database: Database, name: str = EVENTS) -> str | None:
    found: str | None = database.value(COMMENT, [name], SUPERUSER)
    return found


def keeps(database: Database, user: str = OWNER) -> bool:
    """Is an event taken that comes before its session in one transaction?"""
    with database.connect(user, autocommit=False) as connection:
        session = uuid4()
        try:
            connection.execute(
                "insert into public.events (session_id, session_month, url)"
                f" values (%s, {MONTH}, '/')",
                [session],
            )
        except (errors.ForeignKeyViolation, errors.RaiseException):
            return False
        finally:
            connection.rollback()
    return True


@contextmanager
def session_of(database: Database, user: str = OWNER) -> Iterator[tuple[Any, UUID, UUID]]:
    """A connection whose work is rolled back, a new session there, and its site."""
    with database.connect(user, autocommit=False) as connection:
        site, session = uuid4(), uuid4()
        if user != OWNER:
            connection.execute(
                "insert into public.sites (id, user_id) values (%s, %s)", [site, site]
            )
        connection.execute(
            "insert into public.sessions (id, site_id, created_month, created_at)"
            f" values (%s, %s, {MONTH}, now())",
            [session, site],
        )
        yield connection, session, site
        connection.rollback()


def site_of_an_event(connection: psycopg.Connection[Any], session: UUID, sent: UUID | None) -> Any:
    (found,) = connection.execute(
        "insert into public.events (session_id, session_month, site_id, url)"
        f" values (%s, {MONTH}, %s, '/') returning site_id",
        [session, sent],
    ).fetchone()  # type: ignore[misc]
    return found


def assert_fills_and_refuses(database: Database, user: str) -> None:
    """Does ingestion of the real database go on as it did?"""
    with session_of(database, user) as (connection, session, site):
        assert site_of_an_event(connection, session, None) == site
        sent = uuid4()
        assert site_of_an_event(connection, session, sent) == sent
        (month,) = connection.execute(
            "insert into public.sessions (site_id, created_month, created_at)"
            f" values (%s, {MONTH}, null) returning created_month",
            [site],
        ).fetchone()
        assert month == datetime.now(UTC).date().replace(day=1)
    assert not keeps(database, user)


def test_real_guards_stay_as_they_are(production: Database) -> None:
    before, armed = texts(production), production.rows(TRIGGERS, user=SUPERUSER)
    said = " ".join(production.run_setup(OWNER_OF_TABLES))
    for name in (SESSIONS, EVENTS):
        assert f"{name} is left alone: no version of this file had its text" in said
        assert f"select pg_get_functiondef('{name}'::regprocedure)" in said
    assert "set watchtower.replace_guards = 'yes'" in said
    assert texts(production) == before
    assert production.rows(TRIGGERS, user=SUPERUSER) == armed
    assert [comment(production, name) for name in (SESSIONS, EVENTS)] == [None, None]
    assert_fills_and_refuses(production, OWNER_OF_TABLES)
    run(production, user=OWNER_OF_TABLES)
    assert texts(production) == before


def test_real_guards_are_healthy(production: Database) -> None:
    production.run_setup(OWNER_OF_TABLES)
    for user in ("watchtower", OWNER_OF_TABLES):
        report = look(production, user)
        behaviour = report["guard_behaviour"]
        assert behaviour.status.word == "ok", [f.detail for f in behaviour.findings]
        functions = report["guard_functions"]
        assert functions.status.word == "warning", [f.detail for f in functions.findings]


def test_real_guards_are_replaced_on_purpose(production: Database) -> None:
    production.run_setup(OWNER_OF_TABLES)
    old = texts(production)
    said = " ".join(run(production, ON_PURPOSE + REFUSE, OWNER_OF_TABLES))
    assert all(f"{name} is replaced on purpose" in said for name in (SESSIONS, EVENTS))
    assert old[1] in said, "so that it can be put back"
    assert comment(production) == MARK
    assert_fills_and_refuses(production, OWNER_OF_TABLES)
    report = look(production, OWNER_OF_TABLES)
    assert report["guard_functions"].status.word == "ok"
    assert report["guard_behaviour"].status.word == "ok"


def test_what_replaces_a_stranger_refuses_where_that_did_unless_another_is_asked_for(
    production: Database,
) -> None:
    said = " ".join(run(production, ON_PURPOSE, OWNER_OF_TABLES))
    assert "by one that refuses an event whose session is not there" in said
    assert UNTOLD not in said
    assert not keeps(production, OWNER_OF_TABLES)
    assert comment(production) == MARK
    run(production, ON_PURPOSE + KEEP, OWNER_OF_TABLES)
    assert keeps(production, OWNER_OF_TABLES)
    assert comment(production) == f"{MARK}\n{MARK_OF_KEEPING}"


STRANGER = f"""
create or replace function {{}} returns trigger language plpgsql security definer as $$ begin
    select s.created_month into new.session_month from public.sessions as s
    where s.id = new.session_id;
    {{}}
    return new;
end $$; comment on function {EVENTS} is null;
"""
RAISES = "if not found then raise exception 'no such session'; end if;"
AS_SENT = """if not found then
    new.session_month := date_trunc('month', new.created_at at time zone 'UTC');
end if;"""
NOTES = "create table public.notes (id uuid)"
NOTED = "if not found then insert into public.notes values (new.session_id); end if;"
ANOTHER = """
drop trigger events_set_session_month_from_session on events;
create trigger events_set_session_month_from_session before insert or update on events
    for each row execute function own();
"""


@pytest.mark.parametrize(
    ("stranger", "kept", "told"),
    [
        (STRANGER.format(EVENTS, RAISES), False, True),
        (STRANGER.format(EVENTS, AS_SENT), True, True),
        # What is no guard, or cannot be tried, tells nothing: no event is to be lost.
        (STRANGER.format(EVENTS, "raise exception 'no';"), True, False),
        (STRANGER.format(EVENTS, "return null;"), True, False),
        (STRANGER.format(EVENTS, "new.session_month := '2000-01-01';"), True, False),
        (f"{NOTES}; {STRANGER.format(EVENTS, NOTED + AS_SENT)}", True, False),
        (STRANGER.format(EVENTS, RAISES) + "truncate public.sessions cascade;", True, False),
        # What fires is what counts, whatever stands unused beside it.
        (KEEP + GUARDS_FILE.read_text() + STRANGER.format("own()", RAISES) + ANOTHER, False, True),
        (STRANGER.format("own()", AS_SENT) + ANOTHER, True, True),
        (f"drop function {EVENTS} cascade;"
         + STRANGER.format("own()", AS_SENT).partition("comment")[0]
         + ANOTHER.partition(";")[2], True, True),
    ],
)  # fmt: skip
def test_what_replaces_a_stranger_does_as_that_did_with_an_unknown_session(
    stranger: str, kept: bool, told: bool, database18: Database
) -> None:
    """Over a guard that keeps, one that keeps; where that cannot be told, no event is lost."""
    database18.execute(stranger)
    rows = "select (select count(*) from sessions), (select count(*) from events)"
    before = database18.rows(rows)
    said = " ".join(run(database18, ON_PURPOSE))
    assert (UNTOLD not in said) is told, said
    assert keeps(database18) is kept
    assert (comment(database18) == MARK) is not kept
    assert database18.rows(rows) == before
    if NOTES in stranger:
        assert database18.value("select count(*) from public.notes") == 0
    assert run(database18) == [], "ours from now on, and nothing is left of the try"


def test_what_a_stranger_made_is_not_run_by_who_sets_up(database18: Database) -> None:
    """It would run with the rights of whoever runs the file."""
    database18.server.execute("create role someone_else")
    spying = "perform pg_catalog.pg_advisory_lock(4711); return new;"  # no rollback takes it back
    try:
        database18.execute(
            "grant create on schema public to someone_else;"
            f"create or replace function {EVENTS} returns trigger language plpgsql"
            f" as 'begin {spying} end'; comment on function {EVENTS} is null;"
            f"alter function {EVENTS} owner to someone_else",
            user=SUPERUSER,
        )
        with database18.connect(SUPERUSER) as connection:
            connection.execute((ON_PURPOSE + GUARDS_FILE.read_text()).encode())
            spied = "select count(*) from pg_locks where locktype = 'advisory' and objid = 4711"
            assert connection.execute(spied).fetchone() == (0,)
        assert keeps(database18)
    finally:
        database18.execute("drop owned by someone_else", user=SUPERUSER)
        database18.server.execute("drop role someone_else")


def test_on_purpose_is_said_for_one_run(production: Database) -> None:
    production.execute(ON_PURPOSE + REFUSE + GUARDS_FILE.read_text(), user=OWNER_OF_TABLES)
    with production.connect(OWNER_OF_TABLES) as connection:
        text = GUARDS_FILE.read_text(encoding="utf-8")
        connection.execute((ON_PURPOSE + text).encode())
        connection.execute(
            "create or replace function public.trg_sessions_set_created_month() returns trigger"
            " language plpgsql as 'begin return new; end'"
        )
        connection.execute(text.encode())
    assert production.value(BODY, [SESSIONS], SUPERUSER) == "begin return new; end"


# Ours: a fresh setup refuses, and what was installed goes on as it does.


def test_fresh_setup_refuses_an_unknown_session_and_fills(bare: Database) -> None:
    bare.run_setup()
    assert not keeps(bare)
    assert comment(bare) == MARK
    with session_of(bare) as (connection, session, site):
        assert site_of_an_event(connection, session, None) == site
    assert run(bare, KEEP) == []
    assert keeps(bare)
    assert run(bare) == []
    assert keeps(bare)
    assert run(bare, REFUSE) == []
    assert not keeps(bare)


def test_wrong_word_is_refused(bare: Database) -> None:
    with pytest.raises(errors.InvalidParameterValue, match="say refuse or keep"):
        run(bare, "set watchtower.unknown = 'forget';\n")


# Each text that the file ever had, to 1 December 2026, and whether it keeps an event whose session
# is not there: a shallow clone knows few of them, and what is out there stays.
EVER = {
    "ffb6297adff2cb5f0e42749f96c361d2af52772f24dcb41c492bc41f7c78d707": False,
    "1e88b4176d323e8cd77eca96a8c0bdf695296e53a693d389c845cfa036f20d45": True,
    "9042b2116f73d0c7929ac61163e216c0a88bd702558ad131e96592c624cb459a": True,
    "6e636f2eedc91bb334df8a4bbe5e3acfa84d4adabecc2dafb7dd564dd863fdd5": False,
    "e749e251e2f2914bdfc0b64d24024e725b6d9d0d292afcd02e6bf39eabdd5c65": False,
    "15d41946725d4c3ee099f1ff6bf701d2fbf0c82a1b004320f16695f25c04942c": False,
    "93106205eef9e31c2a975484ddcee6e0bb5530343062ca0f62a68838a5213162": True,
    "890e11d0919c8e1c809e9716cfb4097135399d72b0dcfc56ad8658852cef8815": True,
}


def forget(database: Database) -> None:
    """As if no guard had been there."""
    for name in (SESSIONS, EVENTS):
        database.execute(f"drop routine if exists {name} cascade")


@pytest.mark.parametrize("word", ["refuse", "keep"])
def test_every_version_with_the_mark_is_renewed_and_does_as_it_did(
    word: str, bare: Database
) -> None:
    """Among them the one of today: a text that refuses goes on refusing, one that keeps keeps."""
    asked = f"set watchtower.unknown = '{word}';\n"
    run(bare, asked)
    new, told = texts(bare), [comment(bare, name) for name in (SESSIONS, EVENTS)]
    marked = [file for file in shipped.earlier() if MARK in file]
    for file in dict.fromkeys((*marked, GUARDS_FILE.read_text(encoding="utf-8"))):
        forget(bare)
        bare.execute(asked + file)
        assert keeps(bare) is (word == "keep")
        assert run(bare) == []
        assert keeps(bare) is (word == "keep")
        assert texts(bare) == new
        assert [comment(bare, name) for name in (SESSIONS, EVENTS)] == told


def test_every_version_ever_shipped_is_renewed_and_keeps(bare: Database) -> None:
    """Those before the mark kept an event whose session was not there: renewed, they still do."""
    for file in dict.fromkeys(shipped.earlier()):
        if MARK in file:
            continue
        forget(bare)
        bare.execute(file)
        assert run(bare) == []
        assert keeps(bare)
        assert comment(bare) == f"{MARK}\n{MARK_OF_KEEPING}"


def test_file_knows_every_text_that_git_knows() -> None:
    """python -m tests.sql.shipped prints what is to be in the file."""
    text = GUARDS_FILE.read_text(encoding="utf-8")
    lacking = {key: kept for key, kept in (EVER | shipped.digests()).items()
               if f'"{key}": {str(kept).lower()}' not in text}  # fmt: skip
    assert not lacking


@pytest.mark.parametrize(
    ("alike", "renewed"),
    [
        ("replace(pg_get_functiondef('{0}'::regprocedure), chr(10), chr(13) || chr(10))", True),
        ("$x$alter function {0} set search_path to ''$x$", True),
        ("'alter function {0} security invoker'", False),
        ("'alter function {0} reset search_path'", False),
        ("'alter function {0} set search_path = public'", False),
        ("'alter function {0} set timezone = ''Europe/Berlin'''", False),
        ("'alter function {0} stable'", False),
        ("replace(pg_get_functiondef('{0}'::regprocedure), 'return new', 'return null')", False),
    ],
)  # fmt: skip
def test_only_what_equals_a_text_of_ours_is_ours(
    alike: str, renewed: bool, database18: Database
) -> None:
    original = texts(database18)
    database18.execute(f"do $$ begin execute {alike.format(EVENTS)}; end $$")
    changed = texts(database18)
    said = " ".join(run(database18))
    assert ("is left alone" in said) is not renewed
    assert texts(database18) == (original if renewed else changed)
    assert comment(database18) == MARK, "it outlives what somebody put in its place"


def test_what_was_changed_later_comes_back_as_it_was(database18: Database) -> None:
    """The mark says whether it kept or refused."""
    for word, kept in ((KEEP, True), (REFUSE, False)):
        run(database18, word)
        database18.execute(
            f"create or replace function {EVENTS} returns trigger language plpgsql"
            " security definer set search_path = '' as 'begin return new; end'"
        )
        run(database18, ON_PURPOSE)
        assert keeps(database18) is kept


def test_comment_of_somebody_else_stays_beside_the_mark(bare: Database) -> None:
    bare.run_setup()
    bare.execute(f"comment on function {EVENTS} is 'See the wiki.\nAsk Olga.'")
    run(bare)
    assert comment(bare) == f"See the wiki.\nAsk Olga.\n{MARK}"
    run(bare, KEEP)
    assert comment(bare) == f"See the wiki.\nAsk Olga.\n{MARK}\n{MARK_OF_KEEPING}"


def test_function_of_a_stranger_is_left_alone_whatever_its_text(database18: Database) -> None:
    database18.server.execute("create role someone_else")
    try:
        database18.execute(
            f"grant create on schema public to someone_else;"
            f" alter function {EVENTS} owner to someone_else",
            user=SUPERUSER,
        )
        (said,) = run(database18)
        assert "it belongs to someone_else, a stranger here" in said
        assert run(database18, user=SUPERUSER) != []
        run(database18, ON_PURPOSE, SUPERUSER)
        owner = "select proowner::regrole::text from pg_proc where oid = %s::regprocedure"
        assert database18.value(owner, [EVENTS]) == SUPERUSER
    finally:
        database18.execute("drop owned by someone_else", user=SUPERUSER)
        database18.server.execute("drop role someone_else")


def test_helper_under_the_same_name_stays_with_a_guard_that_stays(bare: Database) -> None:
    """A stranger's guard may call it: without it, every insert would fail."""
    bare.execute(
        "create function trg_sessions_set_created_month(timestamptz) returns date"
        " language sql immutable as $$ select date_trunc('month', $1 at time zone 'UTC')::date $$;"
        "create function trg_sessions_set_created_month() returns trigger language plpgsql as $$"
        " begin new.created_month := trg_sessions_set_created_month(new.created_at);"
        " return new; end $$;"
        "create trigger sessions_set_created_month before insert or update on sessions"
        " for each row execute function trg_sessions_set_created_month()"
    )
    said = " ".join(bare.run_setup())
    assert f"{SESSIONS} is left alone" in said
    with session_of(bare) as (_, session, _site):
        assert session


@pytest.mark.parametrize("lacking", ["sessions", "events"])
def test_without_the_column_no_site_is_filled(lacking: str, bare: Database) -> None:
    bare.execute(f"alter table public.{lacking} drop column site_id")
    assert run(bare) == []
    assert run(bare) == []
    session = uuid4()
    with bare.connect() as connection:
        connection.execute(
            f"insert into public.sessions (id, created_month) values (%s, {MONTH})", [session]
        )
        connection.execute(
            f"insert into public.events (session_id, session_month) values (%s, {MONTH})",
            [session],
        )
        if lacking == "sessions":
            other = uuid4()
            assert site_of_an_event(connection, session, other) == other
            assert site_of_an_event(connection, session, None) is None


def test_columns_that_come_later_are_filled_after_the_next_run(bare: Database) -> None:
    bare.execute("alter table public.sessions drop column site_id")
    run(bare)
    bare.execute("alter table public.sessions add column site_id uuid")
    run(bare)
    with session_of(bare) as (connection, session, site):
        assert site_of_an_event(connection, session, None) == site


def test_site_of_another_type_is_left_alone(bare: Database) -> None:
    bare.execute("alter table public.events drop column site_id, add column site_id text")
    assert run(bare) == []
    with session_of(bare) as (connection, session, _):
        assert site_of_an_event(connection, session, None) is None


def test_session_without_a_time_gets_one(bare: Database) -> None:
    bare.run_setup()
    bare.execute("alter table public.sessions alter column created_at drop not null")
    made = f"insert into public.sessions (created_at, created_month) values (null, {MONTH})"
    assert bare.value(f"{made} returning created_at is not null")


# Triggers: what is missing is made, what is off is made anew, what is on and unknown stays.


def test_trigger_that_is_switched_on_and_unknown_stays(bare: Database) -> None:
    bare.execute(
        "create function own() returns trigger language plpgsql as 'begin return new; end';"
        "create trigger sessions_set_created_month before insert on sessions"
        " for each row when (new.site_id is null) execute function own()"
    )
    before = bare.rows(TRIGGERS)
    (said,) = run(bare)
    assert "the trigger sessions_set_created_month on public.sessions is left alone" in said
    assert "WHEN ((new.site_id IS NULL)) EXECUTE FUNCTION public.own()" in said
    assert [row for row in bare.rows(TRIGGERS) if "events" not in row[0]] == before
    run(bare, ON_PURPOSE)
    assert bare.value(
        "select public.watchtower_guard_fires('public.sessions', 'sessions_set_created_month',"
        f" '{SESSIONS}', array['created_at', 'created_month'])"
    )


def test_stranger_on_a_partition_alone_stays_too(bare: Database) -> None:
    bare.execute(
        "create function own() returns trigger language plpgsql as 'begin return new; end';"
        "create trigger sessions_set_created_month before insert on sessions_default"
        " for each row execute function own()"
    )
    before = bare.rows(TRIGGERS)
    assert "on public.sessions_default is left alone" in " ".join(run(bare))
    assert [row for row in bare.rows(TRIGGERS) if "events" not in row[0]] == before


def test_stranger_that_is_off_gives_way(bare: Database) -> None:
    bare.execute(
        "create function own() returns trigger language plpgsql as 'begin return new; end';"
        "create trigger sessions_set_created_month before insert on sessions"
        " for each row execute function own();"
        "alter table sessions disable trigger sessions_set_created_month"
    )
    assert run(bare) == []


def test_sql_editors_paste_is_one_message(bare: Database) -> None:
    """Each file whole, sent at once, by whatever strings the session takes."""
    build_tables(bare)
    bare.execute(
        "set standard_conforming_strings = off; set escape_string_warning = off;"
        + (ROOT / shipped.FILE).read_text(encoding="utf-8")
    )
    assert not keeps(bare)


# What bears our own names is replaced, and can be put back.

OLDER = (
    "create_next_month_partitions",
    "verify_partition_triggers_exist",
    "watchtower_partition_drift_check_v1",
)
KEPT = """
select details ->> 'name', details ->> 'text', details ->> 'digest' from public.watchtower_checks
where check_name = 'partition_watchtower_definition' order by 1
"""


def test_replaced_routines_are_told_and_kept(production: Database) -> None:
    old = {name: production.value(TEXT, [f"public.{name}()"], SUPERUSER) for name in OLDER}
    said = " ".join(production.run_setup(OWNER_OF_TABLES))
    kept = production.rows(KEPT, user=OWNER_OF_TABLES)
    replaced = {f"public.{name}()": old[name] for name in OLDER}
    assert {name: text for name, text, _ in kept} == replaced
    for name, text, digest in kept:
        assert f"{name} was replaced. Its text was: {text}" in said
        assert digest == sha256(text.encode()).hexdigest()
    production.run_setup(OWNER_OF_TABLES)
    assert production.rows(KEPT, user=OWNER_OF_TABLES) == kept, "its own texts it does not keep"
    production.execute("drop function public.create_next_month_partitions()", user=OWNER_OF_TABLES)
    production.execute(old[OLDER[0]], user=OWNER_OF_TABLES)
    assert production.value(TEXT, [f"public.{OLDER[0]}()"], SUPERUSER) == old[OLDER[0]]


def test_the_last_text_of_each_outlives_every_pruning(production: Database) -> None:
    production.run_setup(OWNER_OF_TABLES)
    production.execute(
        "insert into public.watchtower_checks (check_name, ok, details)"
        ' select check_name, ok, details || \'{"text": "an earlier one"}\''
        " from public.watchtower_checks where check_name = 'partition_watchtower_definition'",
        user=OWNER_OF_TABLES,
    )
    production.execute(
        "update public.watchtower_checks set created_at = now() - interval '900 days' - case"
        " when details ->> 'text' = 'an earlier one' then interval '1 day' else interval '0' end",
        user=OWNER_OF_TABLES,
    )
    with closing(watched(production.url(OWNER_OF_TABLES))) as handle:
        found = old_rows(handle, timedelta(days=730), datetime.now(UTC))
        assert remove(handle, found, by="a test") >= 3
    texts = [text for _, text, _ in production.rows(KEPT, user=OWNER_OF_TABLES)]
    assert len(texts) == 3
    assert "an earlier one" not in texts


def test_month_rpc_of_older_databases_stays_and_is_compared(production: Database) -> None:
    name = "public.verify_current_events_partition_exists()"
    before = production.value(TEXT, [name], SUPERUSER)
    production.run_setup(OWNER_OF_TABLES)
    assert production.value(TEXT, [name], SUPERUSER) == before

    def said() -> tuple[str, str]:
        (finding,) = (f for f in look(production)["rpc_answers"].findings if f.subject == name)
        return finding.status.word, finding.detail

    assert said() == ("critical", f"{name} answers false")
    lie = before.replace("to_regclass(", "coalesce(to_regclass(").replace(
        "'YYYY_MM'))", "'YYYY_MM')), 'public.events'::regclass)"
    )
    production.execute(lie, user=OWNER_OF_TABLES)
    assert said() == ("critical", f"{name} answers true although no partition covers the month")


def test_role_that_is_made_after_the_rpcs_may_call_the_older_one_as_well(
    production: Database,
) -> None:
    """A first setup makes the role last; here another database of the server has it already."""
    name = "public.verify_current_events_partition_exists()"
    *before, of_the_role = setup_files()
    for file in before:
        production.run_file(file, OWNER_OF_TABLES)
    production.execute(f"revoke all on function {name} from watchtower", user=OWNER_OF_TABLES)
    production.run_file(of_the_role, OWNER_OF_TABLES)
    may = "select has_function_privilege('watchtower', %s, 'execute')"
    assert production.value(may, [name], SUPERUSER) is True
