"""Does applying the plan lose nothing, whoever writes, holds a lock or cuts it off, and say why?"""

from __future__ import annotations

import json
import random
import re
import time
from collections.abc import Callable
from typing import Any

import pytest

from lib.core.errors import RepairFailed, RepairStopped
from lib.repairs import execution, owner
from lib.repairs.execution import Outcome
from lib.repairs.plan import plan
from lib.settings.settings import parse_url
from tests import ingestion
from tests.drills.drill import drills
from tests.ingestion import Ingestion
from tests.kills import Applying, cut_off, cut_off_often
from tests.looking import look, statuses
from tests.servers import OWNER, ROLE, SUPERUSER, Database

KEPT = (
    "select details from public.watchtower_checks"
    " where check_name = 'partition_watchtower_applied' order by created_at, ok"
)
# A session of last month under the key of this one, with two events, and the guards on again.
WRONG = """
alter table public.sessions disable trigger sessions_set_created_month;
insert into public.sessions (id, created_month, site_id, created_at)
select md5('wrong ' || n)::uuid, date_trunc('month', now() at time zone 'UTC'), md5('a')::uuid,
    date_trunc('month', now()) - interval '3 days'
from generate_series(1, 5) as n;
alter table public.sessions enable trigger sessions_set_created_month;
insert into public.events (id, session_month, session_id, site_id, url, created_at)
select gen_random_uuid(), s.created_month, s.id, s.site_id, '/' || n, s.created_at
from public.sessions as s, generate_series(1, 2) as n
where s.site_id = md5('a')::uuid;
"""
STILL_WRONG = (
    "select count(*) from public.sessions"
    " where created_month <> date_trunc('month', created_at at time zone 'UTC')::date"
)


def apply(
    database: Database, as_: str = OWNER, say: Callable[[str], None] = print, **more: Any
) -> Outcome:
    """What comes of it?"""
    watched, url = (parse_url("the test's", database.url(user)) for user in (ROLE, as_))
    return execution.apply(watched, url, who="ann", say=say, **more)


def break_it(database: Database, name: str) -> None:
    """As the drill does."""
    (drill,) = (drill for drill in drills("drills") if drill.name == name)
    drill.break_it(database)


def states(database: Database) -> list[str]:
    """How far each run came, by the history."""
    return [row[0]["state"] for row in database.rows(KEPT)]


REFUSING = """
create or replace function public.trg_events_set_session_month_from_session() returns trigger
language plpgsql security definer set search_path = '' as $$
begin
    select s.created_month into strict new.session_month from public.sessions as s
    where s.id = new.session_id order by s.created_month = new.session_month desc limit 1;
    if new.session_id = md5('wrong 3')::uuid then
        raise exception 'that session is closed';
    end if;
    return new;
end
$$
"""


def test_row_that_a_guard_refuses_stays_and_is_counted(database: Database) -> None:
    database.execute(WRONG)
    database.execute(REFUSING)
    (said,) = (line for line in apply(database).done if "public.sessions" in line)
    assert ": 4 rows, with 8 of public.events; 1 row refused (that session is closed)" in said
    assert database.value(STILL_WRONG) == 1


@pytest.mark.parametrize("how", ["apply", "printed"])
def test_row_whose_month_has_no_place_stays_and_no_guard_is_blamed(
    how: str, database18: Database
) -> None:
    database18.execute(
        f"{WRONG} alter table public.sessions detach partition public.sessions_default;"
        "drop table public.sessions_default;"
        "alter table public.sessions disable trigger sessions_set_created_month;"
        "update public.sessions set created_at = now() + interval '9 years'"
        " where id = md5('wrong 3')::uuid;"
        "alter table public.sessions enable trigger sessions_set_created_month"
    )
    if how == "apply":
        said = " ".join(apply(database18).done)
        assert ": 4 rows, with 8 of public.events; 1 row refused (no partition of relation" in said
    else:
        repairs = tuple(each for each in plan(look(database18)).actions if each.remedy.repair)
        told = [notice for each in repairs for notice in database18.execute(each.sql)]
        assert any("because they were refused: 1 (no partition of" in each for each in told)
    assert database18.value(STILL_WRONG) == 1


def test_site_that_the_guard_fills_is_no_loss(database: Database) -> None:
    database.execute(WRONG)
    database.execute(
        "alter table events disable trigger events_set_session_month_from_session;"
        "update events set site_id = null where site_id = md5('a')::uuid;"
        "alter table events enable trigger events_set_session_month_from_session"
    )
    outcome = apply(database)
    assert outcome.failed == ()
    assert outcome.report.status.word == "ok"
    filled = "select count(*) from events where site_id = md5('a')::uuid and url ~ '^/[12]$'"
    assert database.value(filled) == 10


# Under writers, cut off at random


@pytest.mark.landing
@pytest.mark.parametrize(
    "wrong", [pytest.param(ingestion.drift, marks=pytest.mark.everything), ingestion.strand]
)
def test_nothing_is_lost_though_it_is_cut_off_under_writers(
    database: Database, wrong: Callable[[Database, int, int], None], record_property: Any
) -> None:
    wrong(database, 600, 2)
    ingestion.keep(database)
    with Ingestion(database, pause=0.02) as writing:
        dice = random.Random()
        told = cut_off_often(database, 2, 1.0, dice)
        left = statuses(look(database))  # a quick machine may have done all before it was cut off
        end = Applying(database).ended()
        writing.settled(20)
    record_property("slowest insert, ms", round(1000 * writing.longest))
    print("\n".join([*told, f"the slowest insert: {1000 * writing.longest:.0f} ms"]))
    assert end.code == 0, end
    done = re.search(r"^(\d+) done, 0 could not be done", end.out, re.MULTILINE)
    assert (done is not None and int(done[1]) > 0) is bool(left), end
    assert ("\nNothing was changed: there is nothing to run.\n" in end.out) is not bool(left), end
    assert writing.refused == []
    assert ingestion.lost(database, writing) == {}
    assert statuses(look(database)) == {}
    assert states(database)[-1] == "ended"
    assert writing.longest < 5, "a busy machine may be slow; the benchmark measures"


@pytest.mark.landing
def test_lost_connection_and_stop_leave_what_can_be_resumed(database18: Database) -> None:
    ingestion.drift(database18, 3000, 2)
    ingestion.keep(database18)
    lost = cut_off(database18, "terminate", f"select ({STILL_WRONG}) < 3000")
    assert lost.code == 3
    assert "connection was lost" in lost.err
    assert "What was done before stays done: run it again." in lost.err
    left = database18.value(STILL_WRONG)
    stopped = cut_off(database18, "stop", f"select ({STILL_WRONG}) < {left}")
    assert stopped.code == 130, stopped
    assert "Stopping after the transaction under way" in stopped.err
    assert "Stopped before: Repair the keys of public.sessions." in stopped.err
    assert database18.value(STILL_WRONG) > 0
    assert states(database18) == ["begun", "broken off", "begun", "stopped"]
    partly = database18.rows(KEPT)[-1][0]
    assert partly["by"]
    assert partly["done"][0].startswith("Repair the keys of public.sessions: ")
    assert apply(database18).report.status.word == "ok"
    with Ingestion(database18, writers=0) as nobody:
        pass
    assert ingestion.lost(database18, nobody) == {}


def test_progress_has_an_estimate(database18: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("lib.repairs.row_repairs._SAY_SECONDS", 0.0)
    ingestion.drift(database18, 300, 1)
    said: list[str] = []
    apply(database18, say=said.append)
    assert said[0].startswith("1 of 1  Repair wrong and null keys: public.sessions")
    assert any(" rows, " in line and " s to go" in line for line in said)
    assert said[-1].strip() == (
        "Repair the keys of public.sessions: 300 rows, with 300 of public.events"
    )


# What stands in the way


def test_role_without_rights_is_told_and_nothing_is_done(database18: Database) -> None:
    break_it(database18, "events-guard-dropped")
    with pytest.raises(RepairFailed, match=r"The role watchtower may not repair: it is not the"):
        apply(database18, ROLE)
    assert statuses(look(database18))["guard_triggers"] == "critical"
    assert states(database18) == []


@pytest.mark.parametrize(
    "lost",
    [
        "revoke insert on public.watchtower_checks from watchtower",
        "revoke all on public.watchtower_checks from watchtower",
        "drop policy watchtower_writes on public.watchtower_checks",
        "drop table public.watchtower_checks",
    ],
)
def test_right_to_keep_a_row_comes_back(lost: str, database18: Database) -> None:
    """By the plan, which writes none itself: a verification warned, and nothing was to be run."""
    database18.execute(lost)
    done = apply(database18)
    assert any("history" in title.lower() or "kept" in title for title in done.done), done
    assert (done.failed, statuses(done.report)) == ((), {})
    assert done.report.unrecorded is None


def test_superuser_makes_what_it_makes_for_the_owner(database18: Database) -> None:
    break_it(database18, "sessions-function-emptied")
    assert apply(database18, SUPERUSER).report.status.word == "ok"
    owned = "select proowner::regrole::text from pg_proc where proname = 'watchtower_guard_fires'"
    assert database18.value(owned) == OWNER


def test_second_apply_says_so(database18: Database) -> None:
    break_it(database18, "events-guard-dropped")
    url = parse_url("the test's", database18.owner_url)
    with (
        owner.alone(url, [], print, lambda: False),
        pytest.raises(RepairFailed, match="Another apply is at work on this database"),
    ):
        apply(database18)
    assert apply(database18).report.status.word == "ok"


def test_run_that_lost_its_turn_runs_nothing_more(database18: Database) -> None:
    url = parse_url("the test's", database18.owner_url)
    with owner.alone(url, [], print, lambda: False) as first:
        first.run("create table public.before ();", "before")
        keeper = database18.value(
            "select pid from pg_locks where locktype = 'advisory' and objsubid = 1"
        )
        database18.value("select pg_terminate_backend(%s, 5000)", [keeper], user=SUPERUSER)
        with pytest.raises(Exception, match="keeps a second apply away was lost"):
            first.run("create table public.after ();", "after")
    assert database18.value("select to_regclass('public.after')") is None


def test_lock_of_somebody_else_is_told_and_waited_for(
    database18: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(owner, "PATIENCE_SECONDS", 0.5)
    monkeypatch.setattr(owner, "_TOLD_SECONDS", 0.0)
    break_it(database18, "events-guard-dropped")
    said: list[str] = []
    with database18.connect(autocommit=False, application_name="long report") as other:
        other.execute("insert into public.events select * from public.events where false")
        done = apply(database18, say=said.append)
        assert any("waiting for a lock; locks are held by process" in line for line in said)
    assert "(owner, long report, idle in transaction, " in done.failed[0]
    assert "End that session, or run this again later." in done.failed[0]
    assert done.report.status.word == "critical"
    last = database18.rows(KEPT)[-1][0]
    assert (last["state"], last["failed"]) == ("ended", list(done.failed))
    assert apply(database18).report.status.word == "ok"


def test_lock_is_asked_for_again(database18: Database) -> None:
    break_it(database18, "events-guard-dropped")
    with database18.connect(autocommit=False) as other:
        other.execute("insert into public.events select * from public.events where false")

        def say(line: str) -> None:
            if "Restore the triggers" in line:
                time.sleep(0.1)
            if "waiting" in line:
                other.rollback()

        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(owner, "_TOLD_SECONDS", 0.0)
            assert apply(database18, say=say).failed == ()


def test_stop_before_the_first_statement_leaves_everything(database18: Database) -> None:
    break_it(database18, "events-guard-dropped")
    with pytest.raises(RepairStopped, match="run it again"):
        apply(database18, stopped=lambda: True)
    assert statuses(look(database18))["guard_triggers"] == "critical"


def test_two_databases_are_not_mixed_up(database18: Database, servers: Any) -> None:
    _, other = servers("18")
    urls = [parse_url("the test's", url) for url in (database18.role_url, other.owner_url)]
    with pytest.raises(RepairFailed, match="lead to two different databases"):
        execution.apply(*urls, who="ann", say=print)


def test_statement_that_ran_and_repaired_nothing_is_not_done(database18: Database) -> None:
    """The guard is switched on, and what switched it off does so again."""
    break_it(database18, "events-guard-disabled")
    database18.execute(
        """
        create function public.off() returns event_trigger language plpgsql as $$ begin
            if exists (select from pg_trigger where tgrelid = 'public.events'::regclass
                    and tgname = 'events_set_session_month_from_session' and tgenabled <> 'D') then
                alter table public.events disable trigger events_set_session_month_from_session;
            end if;
        end $$;
        create event trigger off on ddl_command_end execute function public.off();
        """,
        user=SUPERUSER,
    )
    apply(database18)  # what it leaves is what the next one finds
    done = apply(database18)
    assert any("it ran, and the fault is still there." in said for said in done.failed)
    last = database18.rows(KEPT)[-1][0]
    assert (last["done"], last["failed"]) == (list(done.done), list(done.failed))


def test_what_is_repaired_by_another_after_it_failed_is_done(
    database18: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Once, where it stands in the account: neither left out nor called a failure."""
    monkeypatch.setattr(owner, "PATIENCE_SECONDS", 0.5)
    break_it(database18, "events-guard-disabled")
    with database18.connect(autocommit=False) as other:
        other.execute("insert into public.events select * from public.events where false")

        def say(line: str) -> None:
            if "not done" in line:
                other.rollback()
                database18.execute(
                    "alter table public.events enable trigger events_set_session_month_from_session"
                )

        done = apply(database18, say=say)
    assert (done.failed, done.left.actions) == ((), ())
    (title,) = done.done
    assert title.startswith("Restore the triggers")
    assert done.words.startswith("1 done, 0 could not be done")


def test_healthy_database_has_nothing_done_to_it_and_a_row(database18: Database) -> None:
    named = f"alter role {OWNER} in database {database18.name} set"
    database18.execute(f"{named} default_transaction_read_only = on", user=SUPERUSER)
    done = apply(database18)
    assert (done.done, done.failed, done.left.empty) == ((), (), True)
    assert [json.loads(json.dumps(row[0]))["state"] for row in database18.rows(KEPT)] == [
        "begun",
        "ended",
    ]


def test_earlier_functions_are_kept_in_the_history(database18: Database) -> None:
    break_it(database18, "sessions-function-emptied")
    apply(database18)
    begun = database18.rows(KEPT)[0][0]
    begins = "create or replace function public.trg_sessions_set"
    (emptied,) = (text for text in begun["before"] if text.lower().startswith(begins))
    database18.execute(emptied)
    assert statuses(look(database18))["guard_behaviour"] == "critical", "as it was"


def test_secret_in_another_trigger_is_not_kept_in_the_history(database18: Database) -> None:
    """A webhook's trigger bears its headers as arguments."""
    database18.execute(
        """
        create function public.http_request() returns trigger language plpgsql
            set search_path = '' as 'begin return null; end';
        create trigger hook after insert on public.sessions for each row execute function
            public.http_request('https://example.org', '{"Authorization": "Bearer hush"}');
        """
    )
    break_it(database18, "events-guard-disabled")
    assert apply(database18).failed == ()
    begun = database18.rows(KEPT)[0][0]
    assert [text for text in begun["before"] if "sessions_set_created_month" in text]
    assert "hush" not in json.dumps([row[0] for row in database18.rows(KEPT)])


# What else lives on the tables


def test_trigger_that_changes_another_column_stops_the_repair(database18: Database) -> None:
    database18.execute(WRONG)
    database18.execute(
        """
        create function public.touch() returns trigger language plpgsql as
            $$ begin new.site_id := gen_random_uuid(); return new; end $$;
        create trigger touched before update on public.sessions
            for each row execute function public.touch();
        """
    )
    rows = "select md5(string_agg(s::text, '' order by id)) from public.sessions as s"
    before = database18.value(rows)
    done = apply(database18)
    assert "a trigger or a rule changes more of the rows than their key" in done.failed[0]
    assert database18.value(rows) == before
    database18.execute("drop trigger touched on public.sessions")
    assert apply(database18).report.status.word == "ok"


def test_rows_that_the_owner_cannot_see_stop_the_repair(database18: Database) -> None:
    database18.execute(WRONG)
    database18.execute("alter table public.sessions_default force row level security")
    done = apply(database18)
    assert "row level security hides rows of public.sessions_default" in done.failed[0]
    assert database18.value(STILL_WRONG) == 5


def test_session_as_a_replica_repairs_nothing(database18: Database) -> None:
    database18.execute(WRONG)
    database18.execute(
        f"grant set on parameter session_replication_role to {OWNER};"
        f"alter role {OWNER} in database {database18.name}"
        " set session_replication_role = replica",
        user=SUPERUSER,
    )
    try:
        done = apply(database18)
    finally:  # it is the whole server's, and other tests count on the owner's having no such right
        database18.execute(
            f"revoke set on parameter session_replication_role from {OWNER}", user=SUPERUSER
        )
    assert done.report.status.word == "ok", "the setting goes first, and then another connection"
    assert done.failed == ()


def test_nothing_of_somebody_elses_in_public_is_run(database18: Database) -> None:
    database18.execute(WRONG)
    database18.execute(
        """
        create table public.robbed ();
        create table public.moved (id uuid, was date, month date);
        create function public.hashtextextended(text, integer) returns bigint
            language sql as $$ drop table public.robbed; select 0::bigint $$;
        create function public.date_trunc(text, timestamp) returns timestamp
            language sql as $$ drop table public.robbed; select now()::timestamp $$;
        """
    )
    database18.execute(f"alter role {OWNER} in database {database18.name} set search_path = public")
    assert apply(database18).report.status.word == "ok"
    assert database18.value("select to_regclass('public.robbed')") is not None


def test_every_decision_is_shown_and_nothing_is_touched(database18: Database) -> None:
    for name in ("session-id-in-two-months", "events-without-any-session"):
        break_it(database18, name)
    rows = (
        "select md5(string_agg(s::text, '' order by s::text)) from public.sessions as s"
        " union all select md5(string_agg(e::text, '' order by e::text)) from public.events as e"
    )
    before = database18.rows(rows)
    done = apply(database18)
    assert done.done == ()
    assert database18.rows(rows) == before
    choices = [decision.choices for decision in done.left.decisions]
    assert any("ring the session back, or delete the event" in words for words in choices)
    assert len(choices) == 2
