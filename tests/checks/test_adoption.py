"""Does a database with its own formulation compare to its own reviewed text?"""

from __future__ import annotations

from contextlib import closing
from pathlib import Path

import pytest

from lib.core.errors import AdoptionFailed, SettingInvalid
from lib.faces import cli
from lib.faces.commands.invocation import USAGE
from lib.history.adoption import adopt
from lib.settings.settings import load
from lib.trials.texts.reviewed import canonical
from tests.checks.test_guard_behaviour import EVENTS, RIGHT, SESSIONS, WRONG
from tests.faces import command
from tests.looking import look, statuses, watched, worst_finding
from tests.servers import SUPERUSER, Database

OWN = (
    'alter function {} set search_path = "$user", public, pg_temp;'
    " alter function {} set timezone = 'UTC'"
)


def test_adopted_text_is_the_reviewed_one_from_then_on(database: Database, tmp_path: Path) -> None:
    database.execute(RIGHT["another formula"])
    database.execute(OWN.format(EVENTS, EVENTS))
    assert statuses(look(database)) == {"guard_functions": "warning"}
    with closing(watched(database.role_url)) as handle:
        written = adopt(handle, tmp_path / "reviewed")
        again = adopt(handle, tmp_path / "reviewed")
    assert written == again
    assert len(written) == 2
    for user in ("watchtower", "owner"):
        report = look(database, user, canonical=tmp_path / "reviewed")
        assert statuses(report) == {}, report["guard_functions"]

    database.execute(WRONG["without UTC"])
    report = look(database, canonical=tmp_path / "reviewed")
    assert statuses(report) == {"guard_behaviour": "critical", "guard_functions": "critical"}
    database.execute(worst_finding(report, "guard_functions").remedy or "")
    assert statuses(look(database, canonical=tmp_path / "reviewed")) == {}
    assert statuses(look(database)) == {"guard_functions": "warning"}


def test_the_written_files_run_as_they_stand(database18: Database, tmp_path: Path) -> None:
    with closing(watched(database18.owner_url)) as handle:
        paths = adopt(handle, tmp_path)
    assert len(canonical(paths)) == 2
    for path in paths:
        database18.run_file(path)
    assert statuses(look(database18)) == {}


def test_a_missing_function_writes_nothing(database18: Database, tmp_path: Path) -> None:
    database18.execute(f"drop function {SESSIONS} cascade")
    with (
        closing(watched(database18.role_url)) as handle,
        pytest.raises(AdoptionFailed, match="nothing was written"),
    ):
        adopt(handle, tmp_path / "none")
    assert not (tmp_path / "none").exists()


def test_command_line(
    database18: Database,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.setenv("DATABASE_URL", database18.role_url)
    assert cli.main(["adopt", str(tmp_path / "x")]) == 0
    assert "WATCHTOWER_CANONICAL=" in capsys.readouterr().out
    monkeypatch.setenv("WATCHTOWER_CANONICAL", str(tmp_path / "x"))
    assert cli.main(["verify"]) == 0
    assert cli.main(["verify-triggers"]) == 0
    (tmp_path / "file").write_text("", encoding="utf-8")
    monkeypatch.delenv("WATCHTOWER_CANONICAL")
    assert cli.main(["adopt", str(tmp_path / "file")]) == 1


def test_a_folder_that_holds_nothing_is_refused_by_name(tmp_path: Path) -> None:
    for name in (str(tmp_path), str(tmp_path / "nowhere")):
        with pytest.raises(SettingInvalid, match="WATCHTOWER_CANONICAL must name a folder"):
            load({"WATCHTOWER_CANONICAL": name}, {})


STRANGE = (
    "create function public.is_open(at timestamptz) returns boolean language plpgsql as"
    " $x$ begin return current_user <> 'x'; end $x$;"
    'create function public."Odd one"() returns trigger language plpgsql as $x$ begin'
    " if not public.is_open(new.created_at) then return null; end if; return new; end $x$;"
    "create trigger a_odd before insert on public.sessions for each row"
    ' execute function public."Odd one"()'
)


def test_another_triggers_function_is_adopted_with_all_that_it_calls(
    database: Database, tmp_path: Path
) -> None:
    database.execute(STRANGE)
    report = look(database)
    assert statuses(report) == {"trigger_order": "unknown"}
    found = worst_finding(report, "trigger_order")
    assert 'public."Odd one"() line 1: the row is dropped by who writes' in found.detail
    assert 'review public."Odd one"(), then adopt what is meant' in (found.remedy or "")
    with closing(watched(database.role_url)) as handle:
        written = adopt(handle, tmp_path)
    assert [path.name for path in written[2:]] == ["public.odd_one.sql", "public.is_open.sql"]
    adopted = look(database, canonical=tmp_path)
    assert adopted["trigger_order"].status.word in ("ok", "warning")
    database.execute(
        "create or replace function public.is_open(at timestamptz) returns boolean"
        " language plpgsql as $x$ begin return current_user <> 'y'; end $x$"
    )
    assert statuses(look(database, canonical=tmp_path)) == {"trigger_order": "unknown"}


def test_a_guard_that_calls_what_was_not_adopted_is_unknown(
    database: Database, tmp_path: Path
) -> None:
    database.execute(
        "create function public.skips() returns boolean language sql as"
        " $x$ select session_user = 'x' $x$;"
        f"create or replace function {SESSIONS} returns trigger language plpgsql security definer"
        " set search_path = '' as $x$ begin if not public.skips() then new.created_month :="
        " date_trunc('month', new.created_at at time zone 'UTC')::date; end if; return new; end $x$"
    )
    assert statuses(look(database)) == {"guard_functions": "unknown"}
    with closing(watched(database.role_url)) as handle:
        adopt(handle, tmp_path)
    assert statuses(look(database, canonical=tmp_path)) == {}
    (tmp_path / "public.skips.sql").unlink()
    report = look(database, canonical=tmp_path)
    assert statuses(report) == {"guard_functions": "unknown"}
    assert "not all that it calls is" in worst_finding(report, "guard_functions").detail


_MONTH = "new.created_month := date_trunc('month', new.created_at at time zone 'UTC')::date;"
MEANT = {
    "counts by a sequence": f"""
create sequence public.visits;
alter table public.sessions add column visit bigint;
create or replace function {SESSIONS} returns trigger language plpgsql
security definer set search_path = '' as $x$
begin {_MONTH} new.visit := pg_catalog.nextval('public.visits'); return new; end $x$""",
    "reads through a view": f"""
create view public.known with (security_invoker = off) as
    select id, created_month as month from public.sessions where id is not null;
create or replace function {EVENTS} returns trigger language plpgsql
security definer set search_path = '' as $x$
declare found_month date;
begin
    select k.month into found_month from public.known k where k.id = new.session_id;
    if not found then raise exception 'no such session'; end if;
    new.session_month := found_month;
    return new;
end $x$""",
    "merges duplicates into the table itself": f"""
create or replace function {SESSIONS} returns trigger language plpgsql
security definer set search_path = '' as $x$
begin
    {_MONTH}
    if tg_op = 'INSERT' then
        update public.sessions as s set site_id = coalesce(s.site_id, new.site_id)
        where s.id = new.id and s.created_month = new.created_month;
        if found then return null; end if;
    end if;
    return new;
end $x$""",
}


@pytest.mark.parametrize("case", MEANT)
def test_a_meant_text_that_is_not_understood_is_green_once_it_is_adopted(
    database: Database, tmp_path: Path, case: str
) -> None:
    database.execute(MEANT[case])
    before = look(database)
    assert before["guard_functions"].status.word == "unknown"
    assert "adopt" in (worst_finding(before, "guard_functions").remedy or "")
    with closing(watched(database.role_url)) as handle:
        adopt(handle, tmp_path)
    for user in ("watchtower", "owner"):
        report = look(database, user, canonical=tmp_path)
        assert statuses(report) == {}, report["guard_behaviour"]


BY_WHOM = ("--unproven", "--by", "Ann B.\nor --")


def commanded(database: Database, user: str, *arguments: str) -> tuple[int, str, str]:
    return command("adopt", *arguments, DATABASE_URL=database.url(user))


@pytest.mark.parametrize("user", ["watchtower", "owner"])
def test_what_behaves_wrongly_is_not_adopted_by_anybody(
    database: Database, tmp_path: Path, user: str
) -> None:
    folder = tmp_path / "x"
    database.execute(WRONG["without UTC"])
    for by in ((), BY_WHOM):
        code, said, error = commanded(database, user, str(folder), *by)
        assert (code, said) == (1, "")
        assert error.startswith(f"{SESSIONS} behaves wrongly, so nothing was written: {SESSIONS} ")
    assert not folder.exists()
    code, said, error = commanded(database, user, str(folder), "--function", EVENTS)
    assert (code, len(list(folder.iterdir()))) == (0, 1), error
    database.execute(RIGHT["another formula"])
    assert commanded(database, user, str(folder))[0] == 0, "mended, it is"


def test_what_could_not_be_proven_is_adopted_by_a_name(database: Database, tmp_path: Path) -> None:
    folder = tmp_path / "x"
    database.execute(MEANT["counts by a sequence"])
    report = look(database)
    remedy = worst_finding(report, "guard_functions").remedy or ""
    name = SESSIONS.removesuffix("()")
    assert f"(python -m lib adopt DIR --function {name} --unproven --by NAME)" in remedy
    code, said, error = commanded(database, "watchtower", str(folder))
    assert (code, said) == (1, "")
    assert error.startswith(f"{SESSIONS} could not be proven right, so nothing was written: ")
    assert not folder.exists()
    for half in (BY_WHOM[:1], BY_WHOM[1:], ("--proven", *BY_WHOM)):
        with pytest.raises(SystemExit) as stopped:
            commanded(database, "watchtower", str(folder), *half)
        assert stopped.value.code == USAGE
    assert commanded(database, "watchtower", str(folder), *BY_WHOM)[0] == 0
    texts = {path.name: path.read_text(encoding="utf-8") for path in folder.iterdir()}
    said = "-- It could not be proven right. Ann B. or -- adopted it all the same: "
    assert {n for n, text in texts.items() if said in text} == {f"{name.partition('.')[2]}.sql"}
    for user in ("watchtower", "owner"):
        assert statuses(look(database, user, canonical=folder)) == {}
    for path in folder.iterdir():
        database.run_file(path)
    assert statuses(look(database, canonical=folder)) == {}


def test_another_trigger_that_nobody_understands_needs_a_name_too(
    database18: Database, tmp_path: Path
) -> None:
    database18.execute(STRANGE)
    code, _, error = commanded(database18, "watchtower", str(tmp_path))
    assert code == 1
    assert error.startswith('public."Odd one"() could not be proven right')
    assert commanded(database18, "watchtower", str(tmp_path), *BY_WHOM)[0] == 0


def test_a_guard_that_was_not_tried_needs_a_name(database18: Database, tmp_path: Path) -> None:
    database18.execute(
        f"revoke temporary on database {database18.name} from watchtower, public", user=SUPERUSER
    )
    code, _, error = commanded(database18, "watchtower", str(tmp_path))
    assert (code, "was not tried" in error) == (1, True), error


@pytest.mark.parametrize("now", ["changed", "gone"])
def test_the_proven_text_is_written_and_nothing_else_of_its_row(
    database: Database, tmp_path: Path, now: str
) -> None:
    code, _, error = commanded(database, "watchtower", str(tmp_path), "--proven")
    assert code == 1
    assert error.startswith("No verification has kept a text with which public.trg_")
    database.execute(RIGHT["another formula"])
    look(database)
    text = database.value("select pg_get_functiondef(%s::regprocedure)", [SESSIONS])
    database.execute(WRONG["emptied"] if now == "changed" else f"drop function {SESSIONS} cascade")
    database.execute(
        "update public.watchtower_checks set details = details ||"
        " jsonb_build_object('text', (details ->> 'text') || '; drop table public.events')"
        " where check_name = 'partition_watchtower_proven'"
    )
    only = ("--function", SESSIONS.removesuffix("()"))
    code, said, error = commanded(database, "watchtower", str(tmp_path), "--proven", *only)
    assert code == 0, error
    (path,) = tmp_path.iterdir()
    written = path.read_text(encoding="utf-8")
    assert f"{text.rstrip()};\n" in written
    assert "drop table" not in written
    assert "whoever may add rows to it may have written them" in said
    report = look(database, canonical=tmp_path)
    where = "guard_functions" if now == "changed" else "guard_triggers"
    database.execute(worst_finding(report, where).remedy or "")
    assert database.value("select pg_get_functiondef(%s::regprocedure)", [SESSIONS]) == text
    assert statuses(look(database, canonical=tmp_path)) == {}


def test_a_proven_text_that_is_there_and_wrong_now_is_not_adopted(
    database18: Database, tmp_path: Path
) -> None:
    database18.execute(WRONG["without UTC"])
    database18.execute(
        "insert into public.watchtower_checks (check_name, ok, details)"
        " select 'partition_watchtower_proven', true, jsonb_build_object('function', f,"
        " 'text', pg_get_functiondef(f::regprocedure)) from unnest(%s::text[]) as f",
        [[SESSIONS, EVENTS]],
    )
    code, _, error = commanded(database18, "watchtower", str(tmp_path), "--proven")
    assert (code, "behaves wrongly, so nothing was written" in error) == (1, True)
    assert list(tmp_path.iterdir()) == []
