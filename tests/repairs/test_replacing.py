"""When does the plan put another text in the place of a guard's function, and when does it ask?"""

from __future__ import annotations

from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest

from lib.core.results import Status
from lib.faces import cli
from lib.history.adoption import adopt
from lib.repairs.plan import plan
from lib.trials import references
from lib.trials.texts.shipped import MARK, MARK_OF_KEEPING
from tests.looking import glance, look, statuses, watched, worst_finding
from tests.real import OWNER_OF_TABLES
from tests.servers import SUPERUSER, Database, setup_files

Command = Callable[..., tuple[int, str, str]]
NAME = "public.trg_events_set_session_month_from_session"
TEXT = f"select prosrc from pg_proc where oid = '{NAME}()'::regprocedure"
COMMENT = f"select obj_description('{NAME}()'::regprocedure, 'pg_proc')"
KEEPS = "elsif new.session_month is null then"
EMPTIED = (
    f"create or replace function {NAME}() returns trigger language plpgsql security definer"
    " set search_path = '' as 'begin return new; end'"
)
# Right, and none of ours.
HARMLESS = f"""
create or replace function {NAME}() returns trigger
language plpgsql security definer set search_path = '' as $$
begin
    select s.created_month into new.session_month from public.sessions as s
    where s.id = new.session_id order by s.created_month = new.session_month desc limit 1;
    if not found then
        raise exception 'there is no session %', new.session_id;
    end if;
    return new;
end
$$
"""

KEEPING = HARMLESS.replace("begin", "declare sent date := new.session_month; begin", 1).replace(
    "if not found then",
    "if not found and sent is not null then new.session_month := sent; elsif not found then",
)


@pytest.fixture
def command(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Command:
    """One command on a database: its exit code, and what it printed."""

    def run(database: Database, owner: str, *arguments: str) -> tuple[int, str, str]:
        monkeypatch.setenv("DATABASE_URL", database.role_url)
        monkeypatch.setenv("WATCHTOWER_ADMIN_URL", database.url(owner))
        code = cli.main(list(arguments))
        return code, *capsys.readouterr()

    return run


def test_unknown_guard_that_is_wrong_is_a_decision_that_apply_can_be_told(
    production: Database, command: Command
) -> None:
    production.run_setup(OWNER_OF_TABLES)
    production.execute(EMPTIED, user=OWNER_OF_TABLES)
    found = plan(look(production))
    assert not [action for action in found.actions if NAME in action.sql]
    asked = [each for each in found.decisions if each.replaces]
    assert {each.replaces for each in asked} >= {NAME}
    (one,) = (each for each in asked if each.replaces == NAME)
    assert "it does not behave (guard_behaviour)" in one.why
    assert f"python -m lib apply --yes --replace {NAME}" in one.told

    code, said, why = command(production, OWNER_OF_TABLES, "apply", "--yes", "--replace", "trg_x")
    assert (code, said) == (64, "")
    assert "The plan replaces no function trg_x. What can be replaced: " in why
    assert NAME in why
    assert production.value(TEXT, user=SUPERUSER) == "begin return new; end"

    for form in (NAME.partition(".")[2], f'"public".{NAME.partition(".")[2]}()'):
        production.execute(EMPTIED, user=OWNER_OF_TABLES)
        command(production, OWNER_OF_TABLES, "apply", "--yes", "--replace", form)
        report = look(production)
        (finding,) = (f for f in report["guard_functions"].findings if NAME in f.subject)
        assert finding.detail == f"{NAME}() is the reviewed text"
    assert production.value(COMMENT, user=SUPERUSER) == f"{MARK}\n{MARK_OF_KEEPING}"


@pytest.mark.landing
@pytest.mark.parametrize("wrong", [False, True])
def test_what_takes_a_strangers_place_refuses_where_that_did(
    wrong: bool, production: Database, command: Command
) -> None:
    """As the probe saw it, whether or not all the rest is right."""
    production.run_setup(OWNER_OF_TABLES)
    if wrong:
        text = production.value(f"select pg_get_functiondef('{NAME}()'::regprocedure)")
        late = "\nif new.created_at < now() - interval '1 year' then return new; end if;"
        text = text.replace("begin", "begin" + late, 1)
        production.execute(text, user=OWNER_OF_TABLES)
    command(production, OWNER_OF_TABLES, "apply", "--yes", "--replace", NAME)
    assert production.value(COMMENT, user=SUPERUSER) == MARK
    assert KEEPS not in production.value(TEXT, user=SUPERUSER)


@pytest.mark.landing
def test_mark_is_set_right_with_the_text(database18: Database, command: Command) -> None:
    """Ours refused; somebody's own, proven since, keeps, and so does what comes after it."""
    database18.execute(KEEPING)
    look(database18)
    command(database18, "owner", "apply", "--yes", "--replace", NAME)
    assert database18.value(COMMENT) == f"{MARK}\n{MARK_OF_KEEPING}"
    assert KEEPS in database18.value(TEXT)


def test_guard_under_the_mark_comes_back_by_itself_and_as_it_was(
    database: Database, command: Command
) -> None:
    """One that refuses an unknown session goes on refusing, one that keeps keeps."""
    for word in ("refuse", "keep"):
        guards = setup_files()[0].read_text(encoding="utf-8")
        database.execute(f"set watchtower.unknown = '{word}';\n{guards}")
        text, comment = database.value(TEXT), database.value(COMMENT)
        database.execute(EMPTIED)
        assert command(database, "owner", "apply", "--yes")[0] == 0
        assert database.value(TEXT) == text
        assert database.value(COMMENT) == comment


@pytest.mark.landing
@pytest.mark.parametrize("adopted", [False, True])
def test_guard_that_was_not_tried_is_never_replaced_unasked(
    adopted: bool, database18: Database, tmp_path: Path, command: Command
) -> None:
    """Not even an emptied one under our mark, of which the text says it all: that is asked."""
    more = {"canonical": tmp_path} if adopted else {}
    if adopted:
        with closing(watched(database18.role_url)) as handle:
            adopt(handle, tmp_path)
    database18.execute(EMPTIED)
    (by_a_refresh,) = plan(glance(database18, **more)).decisions
    database18.execute(
        f"revoke temporary on database {database18.name} from watchtower, public", user=SUPERUSER
    )
    report = look(database18, **more)
    assert report["guard_behaviour"].status is Status.UNKNOWN
    assert report["guard_functions"].status is Status.CRITICAL
    found = plan(report)
    assert not [action for action in found.actions if f"function {NAME}" in action.sql]
    assert found.decisions == (by_a_refresh,)
    assert by_a_refresh.replaces == NAME
    assert by_a_refresh.choices.startswith("Adopt a text that is right, or take ")
    if not adopted:
        command(database18, "owner", "apply", "--yes")
        assert statuses(look(database18)) == {}, "what kept it from being tried is fixed, then it"


def test_mark_holds_no_more_once_another_text_was_proven(database18: Database) -> None:
    look(database18)
    database18.execute(EMPTIED)
    (action,) = plan(look(database18)).actions
    assert NAME in action.sql
    database18.execute(HARMLESS)
    assert statuses(look(database18)) == {"guard_functions": "warning"}
    database18.execute(EMPTIED)
    found = plan(look(database18))
    assert found.actions == ()
    was, ours = found.decisions
    assert was.as_it_was
    assert ours.replaces == NAME
    guards = setup_files()[0].read_text(encoding="utf-8")
    database18.execute(f"set watchtower.replace_guards = 'yes';\n{guards}")
    look(database18)
    database18.execute(EMPTIED)
    assert plan(look(database18)).decisions == (), "ours was proven again since"


@pytest.mark.landing
@pytest.mark.parametrize("proven", [HARMLESS, None], ids=["another", "ours"])
def test_row_from_the_future_tells_nothing_of_the_mark(
    proven: str | None, database18: Database
) -> None:
    """Neither that another text was proven, nor that ours was since."""
    text = database18.value(f"select pg_get_functiondef('{NAME}()'::regprocedure)")
    for last in (text, HARMLESS) if proven else (HARMLESS, text):
        database18.execute(last)
        look(database18)
    database18.execute(
        "update public.watchtower_checks set created_at = now() + interval '400 days'"
        " where created_at = (select max(created_at) from public.watchtower_checks)"
    )
    database18.execute(EMPTIED)
    found = plan(look(database18))
    if proven:
        assert (len(found.actions), found.decisions) == (1, ())
    else:
        assert found.actions == ()
        was, ours = found.decisions
        assert was.as_it_was, "what the row before it proved"
        assert ours.replaces == NAME


def test_mark_is_asked_about_where_the_newest_rows_do_not_tell(
    database18: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    """How long the history is costs nothing; what it may tell further back is no reason to act."""
    look(database18)
    database18.execute(EMPTIED)
    for _ in range(3):
        assert len(plan(look(database18)).actions) == 1
    monkeypatch.setattr(references, "_MOST_ROWS", 2)
    found = plan(look(database18))
    assert (found.actions, [each.replaces for each in found.decisions]) == ((), [NAME])
    database18.execute("delete from public.watchtower_checks", user=SUPERUSER)
    assert len(plan(look(database18)).actions) == 1, "no verification has ever proved any"


@pytest.mark.landing
def test_text_that_behaves_is_never_replaced_unasked(
    database18: Database, command: Command
) -> None:
    database18.execute(HARMLESS)
    found = plan(look(database18))
    assert found.actions == ()
    (decision,) = found.decisions
    assert decision.choices.startswith("Review it, then adopt it")
    text = database18.value(TEXT)
    command(database18, "owner", "apply", "--yes")
    assert database18.value(TEXT) == text
    code, _, _ = command(database18, "owner", "apply", "--yes", "--replace", NAME)
    assert code == 0
    assert database18.value(TEXT) != text
    _, _, why = command(database18, "owner", "apply", "--yes", "--replace", NAME)
    assert "There is no function to replace." in why


@pytest.mark.landing
@pytest.mark.parametrize("text", [HARMLESS, EMPTIED])
def test_replacing_that_fails_is_not_told_as_done(
    text: str, database18: Database, command: Command
) -> None:
    """Before the run it was a decision, and without the word of it, it is one afterwards too."""
    look(database18)
    database18.execute(HARMLESS)
    look(database18)
    database18.execute(text)
    database18.execute(f"alter function {NAME}() owner to postgres", user=SUPERUSER)
    before = database18.value(TEXT)
    _, said, _ = command(database18, "owner", "apply", "--yes", "--replace", NAME)
    assert database18.value(TEXT) == before
    assert "0 done, 1 could not be done" in said
    assert "not done: Restore the guards' functions" in said
    assert "must be owner of function" in said
    ((ok, done),) = database18.rows(
        "select ok, details -> 'done' from public.watchtower_checks"
        " where check_name = 'partition_watchtower_applied' and details ->> 'state' = 'ended'"
    )
    assert (ok, done) == (False, [])


def test_adopted_text_comes_back_and_is_not_put_back_over_itself(
    database18: Database, tmp_path: Path
) -> None:
    database18.execute(HARMLESS)
    with closing(watched(database18.role_url)) as handle:
        adopt(handle, tmp_path)
    database18.execute(EMPTIED)
    (action,) = plan(look(database18, canonical=tmp_path)).actions
    assert action.sql.startswith("-- put the adopted text back:\nCREATE OR REPLACE FUNCTION")
    assert action.lock == "none on the tables"
    database18.execute(action.sql)
    assert statuses(look(database18, canonical=tmp_path)) == {}
    with closing(watched(database18.role_url)) as handle:
        database18.execute(EMPTIED)
        adopt(handle, tmp_path)
    report = look(database18, canonical=tmp_path)
    finding = worst_finding(report, "guard_behaviour")
    assert "the adopted text is what is there, and putting it back changes nothing" in (
        finding.remedy or ""
    )
    found = plan(report)
    assert found.actions == ()
    assert [decision.replaces for decision in found.decisions] == [NAME]
