"""Does the plan read as a careful DBA would have it, run as it stands, and touch nothing itself?"""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import pytest

from lib.core.statements import statements, transactions
from lib.faces import cli
from lib.repairs.plan import as_sql, plan
from tests.checks.test_remedies import IN_DEFAULT
from tests.drifting import NULLABLE
from tests.looking import look, statuses
from tests.repairs.test_repairs import WRONG, apply, break_it
from tests.servers import SUPERUSER, Database

Plan = Callable[..., tuple[int, str, str]]


@pytest.fixture
def command(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], database18: Database
) -> Plan:
    """One command on this test's database: its exit code, and what it printed."""
    monkeypatch.setenv("DATABASE_URL", database18.role_url)
    monkeypatch.delenv("WATCHTOWER_ADMIN_URL", raising=False)

    def run(*arguments: str) -> tuple[int, str, str]:
        code = cli.main(list(arguments))
        return code, *capsys.readouterr()

    return run


def text_of(database: Database) -> str:
    """The plan of this database."""
    return as_sql(plan(look(database)), made=datetime.now(UTC))


def test_each_step_says_why_its_lock_and_the_way_back(database18: Database) -> None:
    database18.execute(IN_DEFAULT)
    break_it(database18, "events-guard-dropped")
    break_it(database18, "partition-open-to-anon")
    found = plan(look(database18))
    assert all(action.why and action.lock and action.undo for action in found.actions)
    text = text_of(database18)
    blocks = text.split("\n\n")[1:]
    assert [block[:5] for block in blocks[:3]] == ["-- 1.", "-- 2.", "-- 3."]
    assert "-- Why      : events_set_session_month_from_session is missing" in blocks[0]
    assert "-- Lock     : SHARE ROW EXCLUSIVE on the table and its partitions" in blocks[0]
    drop = "drop trigger events_set_session_month_from_session on public.events;"
    assert f"-- Roll back: {drop}" in blocks[0]
    assert all("-- Lock     : " in block for block in blocks if block.startswith("-- 1"))
    moves = next(block for block in blocks if "detach partition" in block)
    assert "ACCESS EXCLUSIVE on both tables for the exchange" in moves
    assert re.match(r"-- \d\. Make or attach .+: public\.(sessions|events)_\d{4}_\d\d\n", moves)


def test_text_runs_as_it_stands_one_statement_after_the_other(database18: Database) -> None:
    """As psql and the Supabase command line do it: no command of psql's own, nothing left open."""
    database18.execute(WRONG)
    for name in ("both-guards-dropped", "sessions-function-emptied", "foreign-key-missing"):
        break_it(database18, name)
    text = text_of(database18)
    assert not any(line.startswith("\\") for line in text.splitlines())
    with database18.connect() as connection:
        for statement in statements(text):
            connection.execute(statement)
        assert connection.info.transaction_status.name == "IDLE"
    assert statuses(look(database18)) == {}
    assert "The plan is empty: there is nothing to repair." in text_of(database18)


def test_order_lets_each_step_succeed(database18: Database) -> None:
    """Rows leave DEFAULT, which makes their month; sessions before the events that follow."""
    break_it(database18, "default-rows-of-the-current-month")
    database18.execute(WRONG)
    break_it(database18, "events-written-past-both")
    sql = [action.sql for action in plan(look(database18)).actions]
    moves = next(n for n, text in enumerate(sql) if "detach partition" in text)
    assert not any("$months$" in text for text in sql), "the move makes that month as well"
    ties = next(n for n, text in enumerate(sql) if "from here on new rows are judged" in text)
    sets = [n for n, text in enumerate(sql) if "create temporary table moved" in text]
    assert moves < min(sets)
    assert max(sets) < ties
    assert "update public.sessions" in sql[sets[0]]


def test_function_comes_back_by_its_own_statement(database18: Database) -> None:
    """The whole file would leave alone what it does not know."""
    break_it(database18, "sessions-function-emptied")
    (action,) = plan(look(database18)).actions
    assert action.file is None
    assert action.sql.startswith("create or replace function public.trg_sessions_set_created_month")
    (why,) = action.why
    assert "is wrong in" in why
    assert "differs from the reviewed text: its body is empty" in why


def test_whole_file_stands_once_and_holds_what_it_repeats(database18: Database) -> None:
    database18.execute(
        "drop function public.verify_partition_triggers_exist();"
        "drop function public.watchtower_partition_drift_check_v1()"
    )
    (action,) = plan(look(database18)).actions
    assert action.file == "sql/setup/40_rpcs.sql"
    assert len(action.why) >= 2


def test_default_that_writers_rely_on_stays(database18: Database) -> None:
    """A row without a key is routed by it; without it, the guard would have to move the row."""
    break_it(database18, "guard-dropped-behind-a-default")
    assert [action.step for action in plan(look(database18)).actions] == ["restore-triggers"]
    assert apply(database18).left.empty
    made = "insert into public.sessions (id, created_at) values (md5('new')::uuid, now())"
    assert database18.value(f"{made} returning extract(day from created_month)::int") == 1


def test_strangers_keep_what_a_policy_lets_them_do(database18: Database) -> None:
    """A site's pages write as anon, say: to take the right away would end that."""
    database18.execute(
        "create policy pages on public.sessions for insert to anon with check (true);"
        "grant insert on public.sessions to anon; grant usage on schema public to anon"
    )
    break_it(database18, "table-open-to-anon")
    assert apply(database18).left.empty
    database18.execute(
        "set role anon; insert into public.sessions (id, created_month, created_at)"
        " values (md5('page')::uuid, date_trunc('month', now() at time zone 'UTC'), now())",
        user=SUPERUSER,
    )


def test_routine_of_older_databases_still_makes_partitions(database18: Database) -> None:
    """Its names are found by the path that it has: another path alone would end it, unseen."""
    database18.execute(
        "drop function public.create_next_month_partitions();"
        "create function public.create_next_month_partitions() returns void language plpgsql"
        " security definer set search_path = public as $$ begin perform 1 from sessions; end $$;"
        "revoke all on function public.create_next_month_partitions() from public"
    )
    assert apply(database18).left.empty
    assert database18.value("select public.create_next_month_partitions() is not null")


def test_form_that_a_file_drops_is_not_altered_afterwards(database18: Database) -> None:
    break_it(database18, "rpc-in-two-forms")
    (action,) = plan(look(database18)).actions
    assert action.file == "sql/setup/40_rpcs.sql"
    assert any("no longer SECURITY DEFINER" in why for why in action.why)


def test_what_the_role_may_not_read_is_granted_first(database18: Database) -> None:
    """Every check that is blind for it names the same file, the last of them about the writer."""
    break_it(database18, "blind-by-grants")
    (action,) = plan(look(database18)).actions
    assert (action.step, action.file) == ("let-the-role-see", "sql/setup/50_role.sql")


@pytest.mark.parametrize(
    ("name", "choices"),
    [
        ("session-id-in-two-months", ""),
        ("events-without-any-session", "ring the session back, or delete the event"),
        ("table-without-row-security", "First a policy for every role that reads or writes it"),
        ("rule-drops-inserts", "Look at it first, in pg_rules; then disable the rule"),
        ("earlier-trigger-keeps-deleted-events", "then perhaps switch it off"),
        ("blind-by-a-restrictive-policy", "Take the role watchtower out of the policies"),
    ],
)
def test_what_a_person_must_decide_is_asked_and_not_run(
    database18: Database, name: str, choices: str
) -> None:
    break_it(database18, name)
    found = plan(look(database18))
    assert found.actions == ()
    assert any(choices in decision.choices for decision in found.decisions)
    assert all(decision.told.endswith(("?", ".")) for decision in found.decisions), "no word is cut"
    cut = re.compile(r"\b(perhaps|then|else)\W+python -m lib plan")
    assert not any(cut.search(decision.told) for decision in found.decisions), "nor a sentence"
    text = text_of(database18)
    assert "-- Left to a person: nothing below is run." in text
    assert list(statements(text)) == []


def test_null_key_whose_session_is_unknown_is_a_decision(database18: Database) -> None:
    database18.execute(NULLABLE)
    database18.execute(
        "alter table public.events disable trigger events_set_session_month_from_session;"
        "insert into public.events (id, session_id, created_at)"
        " values (md5('null')::uuid, md5('nobody')::uuid, now());"
        "alter table public.events enable trigger events_set_session_month_from_session;"
    )
    found = plan(look(database18))
    (choices,) = (decision.choices for decision in found.decisions)
    assert "Where a session is nowhere, bring it back, or delete the event" in choices
    repairs = [action for action in found.actions if action.step == "repair-keys"]
    assert len(repairs) == 1, "the recent rows are among all"


def test_plan_changes_nothing_and_a_migration_is_never_written_over(
    command: Plan, database18: Database, tmp_path: Path
) -> None:
    break_it(database18, "events-guard-dropped")
    rows = database18.value("select count(*) from public.watchtower_checks")
    code, said, _ = command("plan")
    assert code == 0
    assert "create or replace trigger events_set_session_month_from_session" in said
    assert database18.value("select count(*) from public.watchtower_checks") == rows
    assert command("plan", "--migration", str(tmp_path))[0] == 0
    (file,) = tmp_path.iterdir()
    assert file.name.endswith("_partition_watchtower.sql")
    assert file.name[:14].isdigit()
    written = file.read_text(encoding="utf-8")
    assert written.partition("\n")[2] == said.partition("\n")[2]
    code, _, why = command("plan", "--migration", str(file))
    assert (code, file.read_text(encoding="utf-8")) == (64, written)
    assert "cannot be written: File exists" in why
    assert statuses(look(database18))["guard_triggers"] == "critical"


def test_healthy_database_has_an_empty_plan_and_no_migration(command: Plan, tmp_path: Path) -> None:
    code, said, _ = command("plan")
    assert code == 0
    assert said.endswith("-- The plan is empty: there is nothing to repair.\n")
    code, said, _ = command("plan", "--migration", str(tmp_path))
    assert (code, list(tmp_path.iterdir())) == (0, [])
    assert "Nothing was written: there is nothing to run." in said


def test_apply_without_the_owner_or_the_word_runs_nothing(
    command: Plan, database18: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    break_it(database18, "events-guard-dropped")
    assert "WATCHTOWER_ADMIN_URL is not set" in command("apply", "--yes")[2]
    monkeypatch.setenv("WATCHTOWER_ADMIN_URL", database18.owner_url)
    code, said, why = command("apply")
    assert code == 64
    assert "create or replace trigger" in said
    assert "Nothing was changed. To run it: python -m lib apply --yes" in why
    assert statuses(look(database18))["guard_triggers"] == "critical"
    assert command("apply", "--yes")[0] == 0


# What is one statement, and what travels together?


def test_semicolons_in_texts_names_and_comments_end_nothing() -> None:
    text = "select ';', \"a;b\", $x$;$x$ -- ;\n, 1 /* ; */;\n-- the last;\nselect 'it''s;'"
    assert len(list(statements(text))) == 2


def test_transactions_go_by_begin_and_commit_and_what_must_stand_alone_does() -> None:
    text = "select 1;\nbegin;\nselect 2;\nselect 3;\ncommit;\nselect 4;\nalter system reset all;"
    found = list(transactions(text))
    assert found == ["select 1;", "select 2;\nselect 3;", "select 4;", "alter system reset all;"]


@pytest.mark.parametrize("body", ["'events_2019_01'::regclass is not null", "null::boolean"])
def test_rpc_that_no_file_makes_is_left_to_a_person(database18: Database, body: str) -> None:
    """The file of the RPCs would leave it as it is, at every run of the plan."""
    database18.execute(
        "create function public.verify_current_events_partition_exists() returns boolean"
        f" language plpgsql as $$ begin return {body}; end $$;"
        "grant execute on function public.verify_current_events_partition_exists() to watchtower"
    )
    found = plan(look(database18))
    assert not found.actions
    (decision,) = found.decisions
    assert decision.choices.startswith("Correct the function, or drop it")
