"""Is one function adopted by its name, as the finding says, and read again for what it is?"""

from __future__ import annotations

import re
import shlex
from contextlib import closing
from pathlib import Path

import pytest

from lib.core.errors import AdoptionFailed
from lib.core.results import Report
from lib.faces import cli
from lib.history.adoption import adopt
from lib.trials.references import BY_SOMEBODY
from lib.trials.texts.reviewed import canonical
from tests.looking import look, statuses, watched, worst_finding
from tests.servers import Database

# Triggers whose texts are not understood: by who writes, and so by no row, a row is dropped.
_BESIDE = (
    "create trigger a_odd before insert on public.sessions"
    " for each row execute function public.{}()"
)
_ASKS = "begin if not public.is_open({}) then return null; end if; return new; end"
ASKING = (
    f"create function public.odd() returns trigger language plpgsql as $x${_ASKS}$x$;"
    f"{_BESIDE.format('odd')}"
)
# The function that it asks, and the same once somebody has changed it.
CALLED = {
    "comments and dollar quotes": (
        """create function public.is_open(at timestamptz) returns boolean language plpgsql as
        $a$ begin -- it's "open"; $x$ /* $b$ ; */
        /* create function public.other() returns int language sql as 'select 1'; */
        return current_user <> $b$x';$$ --$b$ and at is not null; end $a$""",
        ("--$b$ and", "--$b$ or"),
    ),
    "a body of BEGIN ATOMIC": (
        """create function public.is_open(at timestamptz) returns boolean language sql
        begin atomic
            select case when at is null then false else current_user <> 'x' end;
            select current_user <> 'y; $x$';
        end""",
        ("'y; ", "'z; "),
    ),
    "a body of RETURN": (
        """create function public.is_open(at timestamptz) returns boolean language sql
        return current_user <> 'y; $x$ --'""",
        ("'y; ", "'z; "),
    ),
    "a text between quotes": (
        """create function public.is_open(at timestamptz) returns boolean language sql
        as 'select current_user <> ''y; $x$ --'' -- it''s open
        '""",
        ("''y; ", "''z; "),
    ),
}


def written(database: Database, folder: Path, *names: str) -> list[str]:
    """The files that adopting these functions writes, by their names."""
    with closing(watched(database.role_url)) as handle:
        return [path.name for path in adopt(handle, folder, names)]


def unread(report: Report) -> bool:
    """Is the other trigger what is not understood, and nothing else red?"""
    assert statuses(report) in ({}, {"trigger_order": "unknown"}), statuses(report)
    return report["trigger_order"].status.word == "unknown"


@pytest.mark.parametrize("case", CALLED)
def test_the_command_of_the_finding_adopts_its_function_and_what_that_calls(
    database: Database,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    case: str,
) -> None:
    text, (word, other) = CALLED[case]
    database.execute(text)
    database.execute(ASKING.format("new.created_at"))
    report = look(database)
    assert unread(report)
    remedy = worst_finding(report, "trigger_order").remedy or ""
    (options,) = re.findall(r"python -m lib adopt DIR (.*)\); else switch it off", remedy)
    monkeypatch.setenv("DATABASE_URL", database.role_url)
    assert cli.main(["adopt", str(tmp_path), *shlex.split(options)]) == 0
    assert "what it certainly does stays a finding" in capsys.readouterr().out
    assert {path.name for path in tmp_path.iterdir()} == {"public.odd.sql", "public.is_open.sql"}
    for user in ("watchtower", "owner"):
        assert not unread(look(database, user, canonical=tmp_path))

    database.execute(text.replace("create function", "create or replace function", 1))
    for path in sorted(tmp_path.iterdir()):
        database.run_file(path)
    assert not unread(look(database, canonical=tmp_path)), "the files make the same again"
    changed = text.replace("create function", "create or replace function", 1)
    database.execute(changed.replace(word, other))
    again = look(database, canonical=tmp_path)
    assert unread(again)
    remedy = worst_finding(again, "trigger_order").remedy or ""
    assert f"python -m lib adopt {tmp_path} --function " in remedy


def test_the_command_for_a_guard_adopts_that_guard_alone(
    database: Database, tmp_path: Path
) -> None:
    name = "public.trg_sessions_set_created_month"
    text = (
        f"create or replace function {name}() returns trigger language plpgsql security definer"
        " set search_path = '' as $x$ begin if current_user = 'x' then return new; end if;"
        " new.created_month := date_trunc('month', new.created_at at time zone 'UTC')::date;"
        " return new; end $x$"
    )
    database.execute(text)
    report = look(database)
    assert statuses(report) == {"guard_functions": "unknown"}
    remedy = worst_finding(report, "guard_functions").remedy or ""
    assert (
        f"review it, then adopt it (python -m lib adopt DIR --function {name} {BY_SOMEBODY})"
        in remedy
    )
    assert written(database, tmp_path, name) == ["trg_sessions_set_created_month.sql"]
    assert statuses(look(database, canonical=tmp_path)) == {}
    database.execute(text.replace("'x'", "'y'"))
    report = look(database, canonical=tmp_path)
    assert statuses(report) == {"guard_functions": "unknown"}
    remedy = worst_finding(report, "guard_functions").remedy or ""
    assert (
        f"it (python -m lib adopt {tmp_path} --function {name} {BY_SOMEBODY}) or take the ad"
        in remedy
    )
    written(database, tmp_path, name)
    assert statuses(look(database, canonical=tmp_path)) == {}


def test_what_an_adopted_guard_calls_is_adopted_as_its_finding_says(
    database: Database, tmp_path: Path
) -> None:
    name = "public.trg_sessions_set_created_month"
    helper = (
        "create or replace function public.month_of(t timestamptz) returns date stable"
        " language plpgsql as $x$ begin if current_user = '{}' then return null; end if;"
        " return date_trunc('month', t at time zone 'UTC')::date; end $x$"
    )
    database.execute(helper.format("x"))
    database.execute(
        f"create or replace function {name}() returns trigger language plpgsql security definer"
        " set search_path = '' as $x$ begin new.created_month := public.month_of(new.created_at);"
        " return new; end $x$"
    )
    written(database, tmp_path, name)
    assert statuses(look(database, canonical=tmp_path)) == {}
    database.execute(helper.format("y"))
    finding = worst_finding(look(database, canonical=tmp_path), "guard_functions")
    assert "is the adopted text, but not all that it calls is" in finding.detail
    command = f"(python -m lib adopt {tmp_path} --function {name} {BY_SOMEBODY})"
    assert command in (finding.remedy or "")
    written(database, tmp_path, name)
    assert statuses(look(database, canonical=tmp_path)) == {}


@pytest.mark.parametrize("name", ["public.nothing", "nothing", "public.f(int)", "a.b.c", "; --"])
def test_a_name_that_names_no_function_writes_nothing(
    database18: Database,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    name: str,
) -> None:
    monkeypatch.setenv("DATABASE_URL", database18.role_url)
    there = ["--function", "public.trg_sessions_set_created_month"]
    folder = tmp_path / "none"
    assert cli.main(["adopt", str(folder), *there, "--function", name]) == 1
    assert not folder.exists()
    said = capsys.readouterr().err
    right = "There is no public.nothing() to adopt; nothing was written."
    assert (right if name == "public.nothing" else "names no function: write schema.name") in said


def test_functions_of_one_name_are_told_apart_by_their_arguments(
    database: Database, tmp_path: Path
) -> None:
    one = "create or replace function public.is_open({}) returns boolean language sql as '{}'"
    at, text = "at timestamptz", "who text, note text default ''x; $x$''"
    who = "select current_user <> ''x'' and {} is not null"
    database.execute(one.format(at, who.format("at")))
    database.execute(one.format(text.replace("''", "'"), who.format("who")))
    database.execute(ASKING.format("new.created_at"))
    assert written(database, tmp_path, "public.odd") == ["public.is_open.sql", "public.odd.sql"]
    held = (tmp_path / "public.is_open.sql").read_text(encoding="utf-8")
    assert held.count("CREATE OR REPLACE FUNCTION public.is_open(") == 2
    assert not unread(look(database, canonical=tmp_path))
    database.execute(one.format(text.replace("''", "'"), who.format("note")))
    assert unread(look(database, canonical=tmp_path)), "the other one of the name has changed"


def test_names_that_are_alike_on_a_disk_share_a_file_and_neither_loses_its_text(
    database: Database, tmp_path: Path
) -> None:
    text = (
        "create or replace function public.{}() returns trigger language plpgsql as $x$"
        " begin if current_user = '{}' then return null; end if; return new; end $x$"
    )
    database.execute(text.format('"Odd one"', "x"))
    database.execute(text.format("odd_one", "y"))
    database.execute(_BESIDE.format('"Odd one"'))
    database.execute(_BESIDE.format("odd_one").replace("a_odd", "b_odd"))
    assert unread(look(database))
    for name in ('public."Odd one"', "public.odd_one()", 'public."Odd one"'):
        assert written(database, tmp_path, name) == ["public.odd_one.sql"]
    assert set(canonical(sorted(tmp_path.iterdir()))) == {"public.Odd one", "public.odd_one"}
    assert not unread(look(database, canonical=tmp_path))
    database.execute(text.format("odd_one", "z"))
    report = look(database, canonical=tmp_path)
    assert unread(report)
    assert "public.odd_one() line 1" in worst_finding(report, "trigger_order").detail
    assert '"Odd one"()' not in worst_finding(report, "trigger_order").detail


def test_a_function_of_an_extension_or_in_c_has_no_text_to_adopt(
    database18: Database, tmp_path: Path
) -> None:
    with pytest.raises(AdoptionFailed, match=r"There is no pg_catalog\.now\(\) to adopt"):
        written(database18, tmp_path / "none", "pg_catalog.now")
