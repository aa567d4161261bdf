"""Is a real error recognised, with and without its code, however it was wrapped?"""

from __future__ import annotations

import html
import json
import re
import time
import tomllib

import psycopg
import pytest

from lib import runbook
from lib.checks import CHECKS
from lib.faces.commands.verify import as_text
from lib.runbook.symptoms import LONGEST, Symptom, diagnose
from lib.runbook.symptoms.matching import CODES, TABLE, WrongEntry, read_table, unwrapped
from tests.guards import GUARDS
from tests.looking import look
from tests.servers import SUPERUSER, Database, setup_files

NAMES = {"", "history", *(check.name for check in CHECKS)}
EVENTS_GUARD = "events_set_session_month_from_session"
SESSION = (
    "insert into public.sessions (id, created_month, site_id, created_at) values"
    " (gen_random_uuid(), {month}, gen_random_uuid(), {moment})"
)
EVENT = (
    "insert into public.events (id, session_month, session_id, site_id, url, created_at) values"
    " (gen_random_uuid(), {month}, {session}, gen_random_uuid(), '/', now())"
)
GUARDS_FILE = setup_files()[0].read_text(encoding="utf-8")
KEEP = f"set watchtower.unknown = 'keep';\n{GUARDS_FILE};"
THIS = "date_trunc('month', now() at time zone 'UTC')::date"
NEW = "gen_random_uuid()"
FAR = "date '2031-05-01'"
NO_DEFAULT = (
    "alter table public.events drop constraint fk_events_session;"
    "alter table public.{0} detach partition public.{0}_default;"
)
STRAY = SESSION.format(month=FAR, moment="'2031-05-03'")

# What somebody does, as whom; the SQLSTATE; words of `what`; the check and the step.
Case = tuple[str, str, str, str, str, str, str]
CASES: tuple[Case, ...] = (
    ("a month without a partition", "owner",
     NO_DEFAULT.format("sessions") + SESSION.format(month=FAR, moment="'2031-05-03'"),
     "23514", "sessions has no partition for May 2031",
     "partition_coverage", "make-partitions"),
    ("no guard and no key", "owner",
     NO_DEFAULT.format("sessions")
     + "drop trigger sessions_set_created_month on public.sessions;"
     + SESSION.format(month="null", moment="now()"),
     "23514", "came without created_month", "guard_triggers", "repair-the-writer"),
    ("no guard and no key, with DEFAULT", "owner",
     "drop trigger sessions_set_created_month on public.sessions;"
     + SESSION.format(month="null", moment="now()"),
     "23502", "without sessions_default.created_month", "guard_triggers", "restore-triggers"),
    ("the day instead of the month", "owner",
     NO_DEFAULT.format("events")
     + EVENT.format(month="date '2031-05-17'", session=NEW),
     "23514", "2031-05-17 is not the first day of", "partition_coverage", "make-partitions"),
    ("rows of the month in DEFAULT", "owner",
     STRAY + "; create table public.sessions_2031_05 partition of public.sessions"
     " for values from ('2031-05-01') to ('2031-06-01')",
     "23514", "sessions_default holds rows of the month",
     "default_partition_rows", "make-partitions"),
    ("a table of another month attached", "owner",
     "create table public.events_2031_05 (like public.events including all);"
     "insert into public.events_2031_05 select * from public.events limit 3;"
     "alter table public.events attach partition public.events_2031_05"
     " for values from ('2031-05-01') to ('2031-06-01')",
     "23514", "events_2031_05 holds rows of another month",
     "unattached_partitions", "make-partitions"),
    ("written straight into DEFAULT", "owner",
     f"alter table public.events disable trigger {EVENTS_GUARD};"
     + EVENT.replace("events (", "events_default (").format(month=THIS, session=NEW),
     "23514", "written straight into events_default", "trigger_order", "repair-the-writer"),
    ("another month sent", "owner",
     SESSION.format(month=f"({THIS} - interval '2 months')::date", moment="now()"),
     "0A000", "the guard set the right one", "guard_behaviour", "repair-the-writer"),
    ("a month sent that has no partition", "owner",
     SESSION.format(month="date '1999-01-01'", moment="now()"),
     "0A000", "with no key, or with one of a month", "guard_behaviour", "repair-the-writer"),
    ("a session that is not there", "owner",
     KEEP + EVENT.format(month=THIS, session=NEW),
     "23503", "there is none in that month", "orphan_rows", "repair-keys"),
    ("a session that is still needed", "owner",
     "alter table public.events drop constraint fk_events_session;"
     "alter table public.events add constraint fk_events_session foreign key"
     " (session_id, session_month) references public.sessions (id, created_month);"
     "delete from public.sessions",
     "23503", "cannot be deleted or moved", "foreign_key", "restore-foreign-key"),
    ("an unknown session without a month", "owner",
     EVENT.format(month="null", session=NEW),
     "23503", "is not stored, and brought no month",
     "orphan_rows", "repair-the-writer"),
    ("an event before its session", "owner",
     EVENT.format(month=THIS, session=NEW),
     "23503", ", which is not stored", "orphan_rows", "repair-the-writer"),
    ("an event of no session", "owner",
     EVENT.format(month=THIS, session="null"),
     "23502", "without a session_id", "guard_behaviour", "repair-the-writer"),
    ("a session twice", "owner",
     "insert into public.sessions select * from public.sessions limit 1",
     "23505", "already", "duplicate_ids", "repair-keys"),
    ("nulls under NOT NULL", "owner",
     f"alter table public.events disable trigger {EVENTS_GUARD};"
     "alter table public.events drop constraint fk_events_session;"
     "alter table public.events drop constraint events_pkey;"
     "alter table public.events alter column session_month drop not null;"
     + EVENT.format(month="null", session=NEW)
     + "; alter table public.events alter column session_month set not null",
     "23502", "holds rows without session_month", "null_keys", "repair-keys"),
    ("an RPC that is gone", "owner",
     "drop function public.verify_partition_triggers_exist();"
     "select public.verify_partition_triggers_exist()",
     "42883", "verify_partition_triggers_exist() is missing", "rpc_answers", "restore-rpcs"),
    ("a guard's function that is gone", "owner",
     "drop function public.trg_sessions_set_created_month() cascade;"
     "create trigger sessions_set_created_month before insert on public.sessions"
     " for each row execute function public.trg_sessions_set_created_month()",
     "42883", "part of a drift guard", "guard_functions", "restore-functions"),
    ("the maintenance routine that is gone", "owner",
     "drop function public.create_next_month_partitions();"
     "select public.create_next_month_partitions()",
     "42883", "part of the partition maintenance", "maintenance", "schedule-maintenance"),
    ("what a guard calls is gone", "owner",
     "create or replace function public.trg_sessions_set_created_month() returns trigger"
     " language plpgsql as $$ begin new.created_month := public.first_day(new.created_at);"
     " return new; end $$;" + SESSION.format(month=THIS, moment="now()"),
     "42883", "first_day() does not exist", "guard_functions", "restore-functions"),
    ("an RPC in two forms", "owner",
     "create function public.verify_partition_triggers_exist(x int default 1) returns boolean"
     " language sql as 'select true'; select public.verify_partition_triggers_exist()",
     "42725", "several forms", "rpc_answers", "restore-rpcs"),
    ("an RPC of another type", "owner",
     "create or replace function public.verify_partition_triggers_exist() returns text"
     " language sql as 'select 1::text'",
     "42P13", "another shape", "rpc_answers", "restore-rpcs"),
    ("a function in use dropped", "owner",
     "drop function public.trg_sessions_set_created_month()",
     "2BP01", "is in use", "guard_triggers", "restore-functions"),
    ("no right on a table", "watchtower", "select * from public.events",
     "42501", "may not use the table events", "row_visibility", "let-the-role-see"),
    ("no right on a function", "watchtower",
     "select public.watchtower_guard_fires('x', 'y', 'z', '{}')",
     "42501", "function watchtower_guard_fires", "rpc_privileges", "restore-rpcs"),
    ("no policy to write", SUPERUSER,
     "grant insert on public.sessions to watchtower; set role watchtower;"
     "set transaction_read_only = off;" + SESSION.format(month=THIS, moment="now()"),
     "42501", "no policy lets it", "partition_security", "repair-the-writer"),
    ("not the owner", "watchtower",
     "set transaction_read_only = off; alter table public.events disable trigger all",
     "42501", "Only the owner of events", "", "keep-what-is-live"),
    ("triggers switched off by a role that may not", "owner",
     "set session_replication_role = replica",
     "42501", "may not switch triggers off", "guard_settings", "nothing-bypasses-the-guards"),
    ("the drift check, read-only", "watchtower",
     "select public.watchtower_partition_drift_check_v1()",
     "25006", "INSERT was sent in a read-only transaction", "rpc_answers", "rpcs-answer-true"),
    ("a partition that is not there", "owner", "select * from public.events_2031_05",
     "42P01", "events lacks May 2031", "partition_coverage", "make-partitions"),
    ("the history that is not there", "owner",
     "drop table public.watchtower_checks; select * from public.watchtower_checks",
     "42P01", "watchtower_checks is missing", "history", "keep-the-history"),
    ("the tables that are not there", "owner",
     "drop table public.events; select * from public.events",
     "42P01", "does not exist here", "guard_triggers", "reach-the-database"),
    ("a partition that exists already", "owner",
     "create table public.events_2031_05 (x int); create table public.events_2031_05 (x int)",
     "42P07", "exists already", "unattached_partitions", "make-partitions"),
    ("months that overlap", "owner",
     f"do $$ begin execute format('create table public.twice partition of public.events"
     f" for values from (%L) to (%L)', {THIS}, {THIS} + 5); end $$",
     "42P17", "twice would take months that events_", "partition_coverage", "months-are-covered"),
    ("a table without partitions", "owner",
     "create table public.plain (a int);"
     "create table public.part partition of public.plain for values from (1) to (2)",
     "42P17", "plain is a plain table", "partition_coverage", "months-are-covered"),
    ("a statement that takes too long", "owner",
     "set statement_timeout = '20ms'; select count(*) from generate_series(1, 99999999)",
     "57014", "took longer than it may", "", "who-holds-a-lock"),
    ("a column that is not there", "owner", "select nope from public.events",
     "42703", "no column nope", "", "repair-the-writer"),
    ("a guard on another table", "owner",
     "create table public.other (a int); create trigger t before insert on public.other"
     " for each row execute function public.trg_sessions_set_created_month();"
     "insert into public.other values (1)",
     "42703", "a table that has no column created_at", "guard_functions", "restore-functions"),
    ("a trigger that is there", "owner",
     "create trigger sessions_set_created_month before insert on public.sessions"
     " for each row execute function public.trg_sessions_set_created_month()",
     "42710", "the trigger sessions_set_created_month already", "guard_triggers", "guards-fire"),
    ("a trigger that is not there", "owner",
     f"drop trigger {EVENTS_GUARD} on public.events;"
     f"alter table public.events enable trigger {EVENTS_GUARD}",
     "42704", "the guard is missing", "guard_triggers", "restore-triggers"),
    ("a role that is not there", "owner", "grant select on public.events to nobody_here",
     "42704", "no role nobody_here", "", "reach-the-database"),
)  # fmt: skip


MAY = (
    "create table public.{0}_2031_05 partition of public.{0}"
    " for values from ('2031-05-01') to ('2031-06-01');"
)
FULL = (
    MAY.format("sessions")
    + MAY.format("events")
    + STRAY
    + ";"
    + EVENT.format(
        month=FAR, session=f"(select id from public.sessions where created_month = {FAR})"
    )
    + ";"
)
CRON = (
    "create schema cron; create table cron.job (a int); create table cron.job_run_details (a int);"
    "{0} set role watchtower; select * from cron.{1}"
)
USAGE = "grant usage on schema cron to watchtower;"

# What one meets on partitions and keys: on either server.
PARTITIONS: tuple[Case, ...] = (
    ("no replica identity", SUPERUSER,
     "create table public.plain (a int); insert into public.plain values (1);"
     "create publication p for table public.plain; delete from public.plain",
     "55000", "Rows of plain cannot be changed", "replica_identity", "align-replica-identity"),
    ("a foreign key's own trigger", "owner", "alter table public.events disable trigger all",
     "42501", "belongs to a foreign key", "guard_triggers", "guards-fire"),
    ("detached concurrently beside DEFAULT", "owner",
     "alter table public.events detach partition public.events_default concurrently",
     "55000", "while the table has a DEFAULT", "partition_coverage", "months-are-covered"),
    ("detached concurrently in a transaction", "owner",
     "begin; alter table public.events detach partition public.events_default concurrently",
     "25001", "within a transaction", "partition_coverage", "months-are-covered"),
    ("sessions detached before their events", "owner",
     FULL + "alter table public.sessions detach partition public.sessions_2031_05",
     "23503", "sessions_2031_05 was not removed: events still point", "foreign_key",
     "keep-what-is-live"),
    ("a partition of sessions dropped", "owner",
     MAY.format("sessions") + "drop table public.sessions_2031_05",
     "2BP01", "sessions_2031_05 was not dropped: the foreign key fk_events_session",
     "foreign_key", "keep-what-is-live"),
    ("the sessions' key dropped", "owner",
     "alter table public.sessions drop constraint sessions_pkey",
     "2BP01", "was not dropped: the foreign key fk_events_session", "foreign_key",
     "keep-what-is-live"),
    ("the sessions emptied", "owner", "truncate public.sessions",
     "0A000", "a foreign key points to it", "foreign_key", "keep-what-is-live"),
    ("a key without the month", "owner", "alter table public.sessions add unique (id)",
     "0A000", "must name the month too", "key_constraints", "constraints-hold"),
    ("a primary key without the month", "owner",
     "alter table public.events drop constraint events_pkey;"
     "alter table public.events add primary key (id)",
     "0A000", "must name the month too", "key_constraints", "constraints-hold"),
    ("on conflict without the month", "owner",
     "insert into public.sessions select * from public.sessions on conflict (id) do nothing",
     "42P10", "ON CONFLICT names columns", "key_constraints", "repair-the-writer"),
    ("a foreign key without the month", "owner",
     "create table public.child (session_id uuid references public.sessions (id))",
     "42830", "A foreign key to sessions was refused", "key_constraints", "constraints-hold"),
    ("a table attached with a nullable key", "owner",
     "create table public.sessions_2031_05 (like public.sessions);"
     "alter table public.sessions_2031_05 alter created_month drop not null;"
     "alter table public.sessions attach partition public.sessions_2031_05"
     " for values from ('2031-05-01') to ('2031-06-01')",
     "42804", "its column created_month may be null", "unattached_partitions", "make-partitions"),
    ("a table attached without a column", "owner",
     "create table public.events_2031_05 (like public.events);"
     "alter table public.events_2031_05 drop column url;"
     "alter table public.events attach partition public.events_2031_05"
     " for values from ('2031-05-01') to ('2031-06-01')",
     "42804", "differs from its parent in the column url", "unattached_partitions",
     "make-partitions"),
    ("a table attached with a column too many", "owner",
     "create table public.events_2031_05 (like public.events, more int);"
     "alter table public.events attach partition public.events_2031_05"
     " for values from ('2031-05-01') to ('2031-06-01')",
     "42804", "differs from its parent in the column more", "unattached_partitions",
     "make-partitions"),
    ("a partition attached again", "owner",
     MAY.format("events") + "alter table public.events attach partition public.events_2031_05"
     " for values from ('2031-06-01') to ('2031-07-01')",
     "42809", "events_2031_05 is attached already", "partition_coverage", "months-are-covered"),
    ("a partition of another table detached", "owner",
     "alter table public.events detach partition public.sessions_default",
     "42P01", "sessions_default is no partition of events", "unattached_partitions",
     "make-partitions"),
    ("the foreign key of one partition dropped", "owner",
     MAY.format("events") + "alter table public.events_2031_05 drop constraint fk_events_session",
     "42P16", "the table above has it", "foreign_key", "keep-what-is-live"),
    ("the index of a key dropped", "owner", "drop index public.sessions_pkey",
     "2BP01", "the constraint sessions_pkey of sessions is made of it", "key_constraints",
     "keep-what-is-live"),
    ("the guard of one partition dropped", "owner",
     MAY.format("sessions")
     + "drop trigger sessions_set_created_month on public.sessions_2031_05",
     "2BP01", "the table above it requires it", "guard_triggers", "keep-what-is-live"),
    ("a month key of another type", "owner",
     "alter table public.sessions alter created_month type text",
     "42P16", "The column created_month cannot be changed", "key_constraints",
     "keep-what-is-live"),
    ("a month key that may be null", "owner",
     "alter table public.sessions alter created_month drop not null",
     "42P16", "The column created_month cannot be changed", "key_constraints",
     "keep-what-is-live"),
    ("a second DEFAULT", "owner",
     "create table public.more partition of public.events default",
     "42P17", "more was not made: events_default is", "default_partition_rows",
     "keep-what-is-live"),
    ("a guard that returns nothing", "owner",
     "create or replace function public.trg_sessions_set_created_month() returns trigger"
     " language plpgsql as $$ begin end $$;" + SESSION.format(month=THIS, moment="now()"),
     "2F005", "trg_sessions_set_created_month() ended without", "guard_functions",
     "restore-functions"),
    ("no pg_cron", "owner", "select * from cron.job",
     "42P01", "cron.job does not exist", "maintenance", "schedule-maintenance"),
    ("no schema of pg_cron", "owner", "select cron.schedule('a', '@daily', 'select 1')",
     "3F000", "pg_cron is not installed", "maintenance", "schedule-maintenance"),
    ("pg_cron's schedule", SUPERUSER,
     "create schema cron; create function cron.schedule() returns int language sql as 'select 1';"
     f"revoke all on function cron.schedule() from public; {USAGE}"
     "set role watchtower; select cron.schedule()",
     "42501", "may not use the function schedule", "maintenance", "schedule-maintenance"),
    ("pg_cron's schema", SUPERUSER, CRON.format("", "job"),
     "42501", "may not use the schema cron", "maintenance", "schedule-maintenance"),
    ("pg_cron's jobs", SUPERUSER, CRON.format(USAGE, "job"),
     "42501", "may not use the table job", "maintenance", "schedule-maintenance"),
    ("pg_cron's runs", SUPERUSER, CRON.format(USAGE, "job_run_details"),
     "42501", "may not use the table job_run_details", "maintenance", "schedule-maintenance"),
)  # fmt: skip


def provoked(database: Database, statements: str, user: str) -> psycopg.Error:
    """The error that these statements end with."""
    with pytest.raises(psycopg.Error) as caught:
        database.execute(statements, user=user)
    return caught.value


def as_log(error: psycopg.Error) -> str:
    """The error as PostgreSQL's own log has it."""
    diag = error.diag
    lines = [f"2026-11-24 13:02:11.086 UTC [991] app@prod ERROR:  {diag.message_primary}"]
    for word, value in (
        ("DETAIL", diag.message_detail),
        ("HINT", diag.message_hint),
        ("CONTEXT", diag.context),
    ):
        if value:
            lines.append(f"2026-11-24 13:02:11.086 UTC [991] app@prod {word}:  {value}")
    return "\n".join(lines)


def as_rest(error: psycopg.Error) -> str:
    """The error as PostgREST answers it."""
    diag = error.diag
    body = {
        "code": error.sqlstate,
        "details": diag.message_detail,
        "hint": diag.message_hint,
        "message": diag.message_primary,
    }
    return json.dumps(body)


def first(text: str) -> Symptom:
    """The first symptom; there must be one."""
    found = diagnose(text)
    assert found, text
    return found[0]


def is_recognised(case: Case, database: Database) -> None:
    """However it is wrapped: one symptom, with this check and this step."""
    _, user, statements, code, words, check, step = case
    error = provoked(database, statements, user)
    assert error.sqlstate == code
    context = f"\nCONTEXT:  {error.diag.context}" if error.diag.context else ""
    alone = f"{error}{context}"
    for text in (
        alone,
        f"psycopg.errors.{type(error).__name__}: {alone}",
        f"ERROR:  {code}: {alone}",
        as_log(error),
        f"{as_log(error)}\n\n{as_log(error)}",
        f"psql:30_partitions.sql:12: ERROR:  {alone}",
        f"<pre>{html.escape(as_log(error))}</pre>",
        f"> `{alone}`\n",
        *([as_rest(error)] if "trg_" not in context else []),
    ):
        found = diagnose(text)
        assert [(each.check, each.step) for each in found] == [(check, step)], text
        assert words in found[0].what
        assert found[0].cause
        assert found[0].sign.startswith(code)


@pytest.mark.parametrize("case", CASES, ids=[case[0] for case in CASES])
def test_a_real_error_is_recognised(case: Case, database18: Database) -> None:
    is_recognised(case, database18)


@pytest.mark.parametrize("case", PARTITIONS, ids=[case[0] for case in PARTITIONS])
def test_what_partitions_refuse_is_recognised(case: Case, database: Database) -> None:
    is_recognised(case, database)


def test_a_detach_that_broke_off(database: Database) -> None:
    """Between its two steps it waits for who reads the table: there it is cut off."""
    database.execute(
        "create table public.half (a int) partition by range (a);"
        "create table public.half_1 partition of public.half for values from (1) to (2)"
    )
    detach = "alter table public.half detach partition public.half_1 concurrently"
    with database.connect(autocommit=False) as reader, database.connect() as other:
        reader.execute("select * from public.half")
        other.execute("set statement_timeout = '100ms'")
        with pytest.raises(psycopg.errors.QueryCanceled):
            other.execute(detach)
    for statement in (detach, "alter table public.half_1 set (fillfactor = 50)"):
        said = first(str(provoked(database, statement, "owner")))
        assert said.what == "half_1 is half detached: new rows of its month are refused."
        assert (said.check, said.step) == ("partition_coverage", "make-partitions")


@pytest.mark.parametrize("case", CASES[:10], ids=[case[0] for case in CASES[:10]])
def test_errors_on_either_server(case: Case, database: Database) -> None:
    _, user, statements, _, words, check, step = case
    found = first(str(provoked(database, statements, user)))
    assert (found.check, found.step) == (check, step)
    assert words in found.what


def test_a_lock_held_by_another_session(database18: Database) -> None:
    with database18.connect(autocommit=False) as other:
        other.execute("lock table public.sessions")
        error = provoked(database18, "set lock_timeout = '20ms'; lock public.sessions", "owner")
        assert database18.rows("select 1 from pg_locks where mode = 'AccessExclusiveLock'")
    assert first(str(error)).step == "who-holds-a-lock"


def test_the_names_are_read_out_of_the_text(database18: Database) -> None:
    session = "5f1d7c7e-0000-4000-8000-000000000001"
    month = database18.value(f"select to_char({THIS}, 'FMMonth YYYY')")
    early = EVENT.format(month=THIS, session=f"'{session}'")
    refused = provoked(database18, early, "owner")
    assert f"names the session {session}, which is not stored" in first(str(refused)).what
    error = provoked(database18, KEEP + early, "owner")
    assert f"the session {session} of {month}" in first(str(error)).what
    assert f"the session {session} of {month}" in first(as_rest(error)).what
    twice = first(
        'ERROR: duplicate key value violates unique constraint "events_2026_11_pkey"\n'
        f"Detail: Key (id, session_month)=({session}, 2026-11-01) already exists."
    )
    assert twice.what == f"A row with the id {session} stands in November 2026 already."


def test_a_connection_that_fails_says_why(database18: Database) -> None:
    for url, words in (
        (database18.server.database("nope").url("owner"), "no database nope"),
        (database18.url("nobody_here"), "no role nobody_here"),
        ("postgresql://x@127.0.0.1:1/x", "could not be reached"),
    ):
        with pytest.raises(psycopg.OperationalError) as caught:
            psycopg.connect(url)
        (found,) = diagnose(str(caught.value))
        assert words in found.what
        assert found.step == "reach-the-database"


SAID: tuple[tuple[str, str, str, str], ...] = (
    ("SQLSTATE[23514]", "fits no partition", "partition_coverage", "make-partitions"),
    ("23503", "names a session", "orphan_rows", "repair-keys"),
    ("pg: ERROR (42883)", "function is called", "guard_functions", "restore-functions"),
    ("ForeignKeyViolation", "names a session", "orphan_rows", "repair-keys"),
    ("pg: lock_not_available", "waited for a lock", "", "who-holds-a-lock"),
    ("FEHLER: 23514: keine Partition von Relation »events« für die Zeile gefunden",
     "fits no partition", "partition_coverage", "make-partitions"),
    ("code: '53300'", "no free connection", "", "reach-the-database"),
    ("could not connect: 08006", "could not be reached", "", "reach-the-database"),
    ("dial tcp 10.0.0.1:5432: connect: connection refused", "could not be reached", "",
     "reach-the-database"),
    ("Error: connect ECONNREFUSED 127.0.0.1:5432", "could not be reached", "",
     "reach-the-database"),
    ('FATAL: password authentication failed for user "watchtower"', "role or its password", "",
     "reach-the-database"),
    ("FATAL:  Max client connections reached", "no free connection", "", "reach-the-database"),
    ("FATAL: Tenant or user not found", "does not let this user in", "", "reach-the-database"),
    ('prepared statement "s1" does not exist', "prepared statement", "freshness",
     "repair-the-writer"),
    ('{"code":"PGRST202","details":"Searched for the function '
     'public.verify_partition_triggers_exist without parameters or with a single unnamed '
     'json/jsonb parameter, but no matches were found in the schema cache.","hint":null,'
     '"message":"Could not find the function public.verify_partition_triggers_exist without '
     'parameters in the schema cache"}',
     "PostgREST knows no verify_partition_triggers_exist()", "rpc_answers", "restore-rpcs"),
    ('{"code":"PGRST203","message":"Could not choose the best candidate function between: '
     'public.create_next_month_partitions(), public.create_next_month_partitions(x => integer)"}',
     "several forms", "maintenance", "schedule-maintenance"),
    ('{"code":"PGRST301","details":null,"hint":null,"message":"JWSError JWSInvalidSignature"}',
     "refused the key", "", "reach-the-database"),
    ('{"message":"Invalid API key","hint":"Double check your API key."}', "refused the key", "",
     "reach-the-database"),
    ('{"code":"PGRST002","message":"Could not query the database for the schema cache. '
     'Retrying."}', "does not reach the database", "", "reach-the-database"),
    ('{"code":"PGRST205","message":"Could not find the table \'public.events_2031_05\' in the '
     'schema cache"}', "events lacks May 2031", "partition_coverage", "make-partitions"),
    ('{"error": "Unauthorized"}', "refused the secret", "", "verify-again"),
    ('{"ok": false, "status": "unknown", "error": "The database at db:5432 refuses the '
     'connection: nothing listens there."}', "could not be reached", "", "reach-the-database"),
    ("Partition triggers OK (sessions_set_created_month, events_set_session_month_from_session)",
     "both guards in place", "rpc_answers", "verify-again"),
    ("warning: the replica identity of public.events_2026_11 is NOTHING, and that of public.events "
     "DEFAULT (id, session_month); the publication p publishes their updates or deletes",
     "is NOTHING", "replica_identity", "align-replica-identity"),
    ("CRITICAL - partition_coverage: 1 of 20 months missing | months=20", "1 of 20 months",
     "partition_coverage", "make-partitions"),
    ("unknown: freshness not observed", "freshness is unknown", "freshness", "repair-the-writer"),
    (" verify_partition_triggers_exist \n------\n f\n(1 row)", "answers false", "guard_triggers",
     "restore-triggers"),
    ("{ ok: false, triggers_ok: false, events_partition_ok: true }", "triggers_ok false",
     "guard_triggers", "restore-triggers"),
    ("{'ok': None, 'triggers_ok': None}", "could not tell", "guard_triggers", "restore-triggers"),
    ('{"ok": false}', "ok false", "", "guards-fire"),
)  # fmt: skip


@pytest.mark.parametrize(("text", "words", "check", "step"), SAID, ids=[s[0][:40] for s in SAID])
def test_what_others_say(text: str, words: str, check: str, step: str) -> None:
    (found,) = diagnose(text)
    assert words in found.what
    assert (found.check, found.step) == (check, step)


REACH = "reach-the-database"
SCRIPT = "the system's scripts/verify-partition-triggers.mjs"
VERIFY_DB = "the system's scripts/verify-db.mjs"
ROUTE = "the system's route api/watchtower/partition-drift"
PG_CRON = "pg_cron, src/pg_cron.c"
LIBPQ = "libpq, fe-secure-openssl.c"
NODE = "Node, doc/api/errors.md and tls"
SUPAVISOR = "Supavisor, lib/supavisor/errors"
PGBOUNCER = "PgBouncer, src/client.c and src/objects.c"

# A message that no test server says; its source; words of `what`; the check and the step.
QUOTED: tuple[tuple[str, str, str, str, str], ...] = (
    ("Partition triggers MISSING - drift guards may have been dropped", SCRIPT,
     "a guard is missing, disabled or changed", "guard_triggers", "restore-triggers"),
    ("verify_partition_triggers_exist failed: fetch failed", SCRIPT,
     "could not ask verify_partition_triggers_exist()", "rpc_answers", "rpcs-answer-true"),
    ("ERROR:  Session 5f1d7c7e-0000-4000-8000-000000000001 not found for event insert/update",
     "production's trg_events_set_session_month_from_session()",
     "which its guard does not find", "guard_behaviour", "repair-the-writer"),
    ("DB verify failed. Missing=2 Failed=3. Report: tmp/verify.json", VERIFY_DB,
     "verify-db failed. Missing: 2.", "rpc_answers", "restore-rpcs"),
    ("DB verify failed. Missing=0 Failed=1. Report: tmp/verify.json", VERIFY_DB,
     "nothing is missing, but a call was refused", "rpc_answers", "rpcs-answer-true"),
    ("DB verify failed. Missing=", VERIFY_DB, "verify-db failed.", "rpc_answers", "restore-rpcs"),
    ("watchtower_health_check_failed", ROUTE, "own health check answered", "rpc_answers",
     "rpcs-answer-true"),
    ('{"level":"warn","message":"watchtower health check failure","request_id":"a1"}', ROUTE,
     "own health check answered", "rpc_answers", "rpcs-answer-true"),
    ("cron job 7 connection failed", PG_CRON, "could not connect to run its job", "maintenance",
     "schedule-maintenance"),
    (" 7 | 991 |  | postgres | failed | connection failed | 2026-11-25 03:00:00+00", PG_CRON,
     "could not connect to run its job", "maintenance", "schedule-maintenance"),
    ('{"status": "failed", "return_message": "connection failed"}', PG_CRON,
     "could not connect to run its job", "maintenance", "schedule-maintenance"),
    ("cron job 7 job startup timeout", PG_CRON, "could not start its job in time", "maintenance",
     "schedule-maintenance"),
    (" failed | job startup timeout | ", PG_CRON, "could not start its job in time",
     "maintenance", "schedule-maintenance"),
    ("ERROR: updated partition constraint for default partition would be violated by some row",
     "PostgreSQL, partbounds.c, without the name", "The DEFAULT partition holds rows of the month",
     "default_partition_rows", "make-partitions"),
    ('connection to server at "db.x.supabase.co" (2a05::1), port 5432 failed: SSL error: '
     "certificate verify failed", LIBPQ, "does not trust the server's certificate", "", REACH),
    ('root certificate file "/home/app/.postgresql/root.crt" does not exist', LIBPQ,
     "does not trust the server's certificate", "", REACH),
    ('server certificate for "*.pooler.supabase.com" (and 1 other name) does not match host name '
     '"db.example.org"', LIBPQ, "does not trust the server's certificate", "", REACH),
    ("Error: self-signed certificate in certificate chain code: 'SELF_SIGNED_CERT_IN_CHAIN'",
     NODE, "does not trust the server's certificate", "", REACH),
    ("Error: unable to verify the first certificate", NODE,
     "does not trust the server's certificate", "", REACH),
    ("[SSL: CERTIFICATE_VERIFY_FAILED] certificate verify failed: certificate has expired", LIBPQ,
     "is past its last day", "", REACH),
    ("Error: certificate has expired code: 'CERT_HAS_EXPIRED'", NODE,
     "is past its last day", "", REACH),
    ("tls: failed to verify certificate: x509: certificate signed by unknown authority",
     "Go, crypto/x509", "does not trust the server's certificate", "", REACH),
    ("PKIX path building failed: unable to find valid certification path to requested target",
     "Java, sun.security.provider.certpath", "does not trust the server's certificate", "", REACH),
    ("connect ENETUNREACH 2a05:d018::1:5432 - Local (:::0)", NODE, "No network route", "", REACH),
    ('connection to server at "10.0.0.9", port 5432 failed: No route to host', LIBPQ,
     "No network route", "", REACH),
    ('connection to server at "127.0.0.1", port 5432 failed: server does not support SSL, but SSL '
     "was required", LIBPQ, "wants an encrypted connection", "", REACH),
    ("getaddrinfo EAI_AGAIN db.example.org", NODE, "could not be resolved", "", REACH),
    ("FATAL:  (ENOTFOUND) tenant/user postgres.abcdefgh not found", SUPAVISOR,
     "knows no such user or database", "", REACH),
    ("FATAL: (ENOIDENTIFIER) no tenant identifier provided (external_id or sni_hostname required)",
     SUPAVISOR, "knows no such user or database", "", REACH),
    ("FATAL: (EMAXCONNSESSION) max clients reached in session mode - max clients are limited to "
     "pool_size: 15", SUPAVISOR, "has no free connection", "", REACH),
    ("FATAL: (EMAXCONN) max client connections reached, limit: 200", SUPAVISOR,
     "has no free connection", "", REACH),
    ("FATAL: (ECHECKOUTTIMEOUT) Pool checkout timeout. Request was dropped after 60000ms in "
     "Transaction mode.", SUPAVISOR, "has no free connection", "", REACH),
    ("FATAL: (ESSLREQUIRED) SSL connection is required for user: postgres", SUPAVISOR,
     "wants an encrypted connection", "", REACH),
    ("FATAL: (EADDRNOTALLOWED) address not in tenant allow_list: {10, 0, 0, 7}", SUPAVISOR,
     "takes no connections from this address", "", REACH),
    ("FATAL: (EAUTHQUERY) authentication query failed: connection to database not available",
     SUPAVISOR, "does not get into the database itself", "", REACH),
    ("FATAL: (EDBHANDLEREXITED) DbHandler exited. Check logs for more information", SUPAVISOR,
     "does not get into the database itself", "", REACH),
    ("FATAL: (EBANNED) tenant is banned: abuse", SUPAVISOR, "no longer serves this database", "",
     REACH),
    ("FATAL: (EAUTHTIMEOUT) timeout while waiting for message", SUPAVISOR,
     "was not finished in time", "", REACH),
    ("FATAL:  server login has been failing, try again later (server_login_retry)", PGBOUNCER,
     "does not get into the database itself", "", REACH),
    ("ERROR:  pgbouncer cannot connect to server", PGBOUNCER,
     "does not get into the database itself", "", REACH),
    ("WARNING C-0x7fbee0d0d120: (nodb)/(nouser)@172.10.31.18:50270 pooler error: "
     "client_login_timeout", PGBOUNCER, "was not finished in time", "", REACH),
    ("FATAL:  no such database: prod", PGBOUNCER, "knows no such user or database", "", REACH),
    ("ERROR: tuple to be locked was already moved to another partition due to concurrent update",
     "PostgreSQL, nodeModifyTable.c", "Another session moved", "", "who-holds-a-lock"),
    ('ERROR: out of shared memory HINT: You might need to increase "max_locks_per_transaction".',
     "PostgreSQL, lock.c", "more locks at once", "", "who-holds-a-lock"),
    ("ERROR: canceling statement due to conflict with recovery", "PostgreSQL, postgres.c",
     "A replica ended a statement", "", REACH),
    ("Error: Connection terminated unexpectedly", "node-postgres, client.js",
     "could not be reached", "", REACH),
    ("Can't reach database server at `db.example.org:5432`", "Prisma, P1001",
     "could not be reached", "", REACH),
    ("FATAL:  query_wait_timeout", PGBOUNCER, "has no free connection", "", REACH),
    ("FATAL:  unsupported startup parameter: search_path", PGBOUNCER,
     "refuses the startup parameter search_path", "", REACH),
    ('FATAL:  database "prod" is disabled', PGBOUNCER, "no longer serves this database", "", REACH),
)  # fmt: skip


@pytest.mark.parametrize("quoted", QUOTED, ids=[each[0][:50] for each in QUOTED])
def test_what_no_test_server_says(quoted: tuple[str, str, str, str, str]) -> None:
    text, _, words, check, step = quoted
    for wrapped in (text, f"{text}\n{text}", json.dumps({"log": text}), f"> `{text}`"):
        (found,) = diagnose(wrapped)
        assert words in found.what
        assert (found.check, found.step) == (check, step)


ENTRY = """
[words]
[pattern]
[[message]]
sign = "99999 tried"
pattern = 'tried on "{relation}"'
what = "It was tried on {relation}."
cause = "A test."
to = ["freshness", "verify-again"]
"""


@pytest.mark.parametrize(
    ("right", "wrong", "words"),
    [
        ('to = ["freshness"', 'to = ["fresh"', "no check fresh"),
        ("verify-again", "verify-never", "no step verify-never"),
        ("on {relation}.", "on {table_name}.", "nothing is caught as {'table_name'}"),
        ("cause =", "kause =", "kause"),
        ("'tried on", "'tried|done on", "alternatives"),
        ("what =", "when = { x = '1' }\nwhat =", "is no part of a message"),
    ],
)
def test_a_wrong_entry_of_the_table_fails_loudly(right: str, wrong: str, words: str) -> None:
    others = "\ncode = []\nendpoint = []\n"
    assert read_table(f"{others}{ENTRY}").messages[0].codes == ("99999",)
    with pytest.raises(WrongEntry, match=re.escape(words)):
        read_table(f"{others}{ENTRY.replace(right, wrong)}")


def test_every_pattern_is_bounded() -> None:
    """No repetition without an end: what a message costs does not grow with what follows it."""
    entries = tomllib.loads(TABLE.read_text(encoding="utf-8"))
    of_messages = [each[key] for each in entries["message"] for key in ("pattern", "near")
                   if key in each]  # fmt: skip
    for given in (*of_messages, *(pattern for check in CHECKS for pattern in check.reads)):
        for pattern in [given] if isinstance(given, str) else given:
            outside = re.sub(r"\\.", "", re.sub(r"\[(?:[^\]\\]|\\.)*\]", "", pattern))
            assert not set("*+") & set(outside), pattern


def test_of_ten_megabytes_both_ends_are_read() -> None:
    noise = "noise " * 900_000
    error = "ERROR: canceling statement due to lock timeout"
    assert first(f"{error} {noise}{noise}").step == "who-holds-a-lock"
    assert first(f"{noise}{noise} {error}").step == "who-holds-a-lock"
    assert diagnose(f"{noise}{error} {noise}") == ()
    assert len(unwrapped(f"{noise}{noise}")) <= LONGEST + 1


BREAK = f"""
drop trigger {EVENTS_GUARD} on public.events;
alter table public.events drop constraint fk_events_session;
"""


def test_our_own_reports_are_read_in_every_form(database18: Database) -> None:
    database18.execute(BREAK)
    report = look(database18)
    failing = {(check.check, runbook.step_of(check.check).slug) for check, _ in report.failing()}
    body = json.dumps(report.to_json())
    for text in (
        body,
        json.dumps(report.to_json(), indent=2),
        json.dumps({"level": "error", "body": body}),
        body[: body.index('"check": "key_constraints"')],
        as_text(report),
        database18.value(
            "select details::text from watchtower_checks"
            " where check_name = 'partition_watchtower' order by created_at desc limit 1"
        ),
    ):
        found = {(each.check, each.step) for each in diagnose(text)}
        assert {("guard_triggers", "restore-triggers"), ("foreign_key", "restore-foreign-key")} <= (
            found
        )
        assert found <= failing
    lines = [f"{f.status.word}: {f.detail}" for _, f in report.failing()]
    assert {each.check for each in diagnose("\n".join(lines))} == {name for name, _ in failing}


def test_the_rpcs_own_answers_are_read(database18: Database) -> None:
    call = "select public.watchtower_partition_drift_check_v1()::text"
    (well,) = diagnose(database18.value(call))
    assert well.what == "The drift check answers true throughout."
    database18.execute(BREAK)
    (found,) = diagnose(database18.value(call))
    assert f"trigger_{EVENTS_GUARD} false: the events guard does not fire" in found.what
    month = database18.value("select to_char(now() + interval '3 months', '_YYYY_MM')")
    database18.execute(
        f"drop table public.events{month}; create table public.events{month} (x int)"
    )
    (made,) = diagnose(database18.value("select public.create_next_month_partitions()::text"))
    assert "create_next_month_partitions() did not make" in made.what
    assert f"events{month} exists already" in made.what
    assert made.step == "make-partitions"


def test_every_symptom_leads_to_a_check_and_a_step() -> None:
    found = [each for code in CODES for each in diagnose(f"SQLSTATE {code}")]
    assert len(found) == len(CODES)
    for each in (*found, *(first(said[0]) for said in (*SAID, *QUOTED))):
        assert each.check in NAMES, each
        assert runbook.step(each.step) is not None, each
        assert each.what.endswith("."), each


def test_several_errors_are_several_symptoms_and_one_is_one() -> None:
    one = 'ERROR: no partition of relation "events" found for row (SQLSTATE 23514)'
    assert len(diagnose("\n".join([one] * 500))) == 1
    found = diagnose(f"{one}\nERROR: canceling statement due to lock timeout\n{one}")
    assert [each.step for each in found] == ["make-partitions", "who-holds-a-lock"]


@pytest.mark.parametrize(
    "text",
    ["", " \n", "hello", "42", "got 23514 rows", "call 08006 now" * 0, "order 42883 shipped",
     "<script>alert(1)</script>", "**bold** [a](http://b)", "\x00", "ok", "critical", "🙂" * 50,
     json.dumps({"a": [1, 2]}), "select * from public.events;"],
)  # fmt: skip
def test_what_is_not_known_is_not_guessed(text: str) -> None:
    assert diagnose(text) == ()


def test_the_wrapping_does_not_matter() -> None:
    plain = 'no partition of relation "events" found for row'
    key = "Partition key of the failing row contains (session_month) = (2027-03-01)."
    wanted = first(f"{plain} {key}")
    assert "March 2027" in wanted.what
    for text in (
        f"\x1b[31mERROR\x1b[0m: {plain}\nDETAIL: {key}",
        f"{plain}\x00\x00 {key}",
        plain.replace(" ", "\n   ") + "\n" + key.replace(" ", "\n"),
        f"**{plain}** `{key}`",
        plain.replace('"', "“") + key,
        html.escape(f"<b>{plain}</b>") + key,
        json.dumps({"a": json.dumps({"b": f"{plain} {key}"})}),
        plain.upper() + " " + key,
        plain.replace("relation", "rela\u200btion") + key,
        "noise " * 5_000 + f"{plain} {key}" + " noise" * 5_000,
    ):
        assert first(text).what.lower() == wanted.what.lower(), text[:80]


RUBBISH = ("\x00", "a", "<", '"', "\\", "(", " \n", "&lt;", "critical ", 'relation "', "ERROR: ",
           "public.trg_", "[23514]", "check : ", "may not read a, b", "{", "1", "-- ",
           '"check": "guard_triggers", "status": "critical", "summary": "')  # fmt: skip


@pytest.mark.parametrize("seed", RUBBISH)
def test_a_megabyte_of_rubbish_is_read_in_no_time(seed: str) -> None:
    text = seed * (1_000_000 // len(seed))
    began = time.process_time()
    found = diagnose(text)
    assert time.process_time() - began < 3
    assert len(found) <= 8


def test_a_name_out_of_the_text_is_never_long() -> None:
    found = first(f'no partition of relation "{"x" * 199}" found for row')
    assert len(found.what) < 250


def test_every_trigger_and_function_of_ours_is_known() -> None:
    for guard in GUARDS:
        gone = first(f"function public.{guard.function}() does not exist")
        assert gone.check == "guard_functions"
        missing = first(f"{guard.trigger} is missing on {guard.relation}")
        assert missing.check == "guard_triggers"
    assert not re.search(r"\{\w+\}", "".join(each.what for each in diagnose(CASES[0][2])))
