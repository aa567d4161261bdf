"""Does `python -m lib setup` print what sets a database up, whatever its guards are called?"""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from lib.core.declaration import declaration, declared, use
from lib.core.results import Status
from lib.history.adoption import adopt
from tests.faces import command
from tests.looking import look, watched
from tests.servers import ROOT, SUPERUSER, Database, Server, setup_files

VISITS = ROOT / "tests" / "shapes"
DECLARED = VISITS / "visits.toml"
BARE = """
drop trigger "set month" on web."Visits";
drop trigger set_hit_month on web.hits;
drop function web.set_visit_month(), web.set_hit_month();
drop policy watchtower_reads on web."Visits";
drop policy watchtower_reads on web.hits;
revoke all on web."Visits", web.hits from watchtower;
revoke all on schema web from watchtower;
"""
MONTH = "date_trunc('month', now() at time zone 'UTC')::date"


@pytest.fixture
def visits(server: Server) -> Iterator[Database]:
    """The tables of that shape, which are declared, without guards, history or rights."""
    before = declared()
    with server.new_database() as database:
        database.execute("grant create on schema public to owner", user=SUPERUSER)
        database.run_file(VISITS / "visits.sql")
        database.execute(BARE)
        use(declaration(DECLARED))
        yield database
        use(before)


def printed(database: Database, declared_in: Path = DECLARED, user: str = "watchtower") -> str:
    """What the command prints for this database."""
    code, out, error = command(
        "setup", DATABASE_URL=database.url(user), WATCHTOWER_GUARDS=str(declared_in)
    )
    assert (code, error) == (0, "")
    return out


def run(database: Database, text: str) -> list[str]:
    """Runs it as the owner. What was said, but of a policy that is made for the first time?"""
    return [said for said in database.execute(text) if not said.endswith("skipping")]


def test_of_the_shipped_guards_it_prints_the_files_byte_for_byte() -> None:
    program = [sys.executable, "-m", "lib", "setup"]
    done = subprocess.run(program, cwd=ROOT, capture_output=True, check=True)
    assert done.stdout == b"".join(path.read_bytes() for path in setup_files())


def test_other_guards_are_made_and_behave(visits: Database, tmp_path: Path) -> None:
    text = printed(visits)
    guards = text[text.index("-- The declared guards") :]
    assert "partition_drift" not in guards
    assert "create_next_month" not in guards
    assert run(visits, text) == []
    for _ in range(2):  # nothing is said of what is there, and nothing changes
        assert run(visits, printed(visits)) == []
    handle = watched(visits.role_url)
    adopt(handle, tmp_path)
    handle.close()
    report = look(visits, canonical=tmp_path)
    assert {c.check: c.status.word for c in report.applying if c.status is not Status.OK} == {}
    nr = visits.value(f'insert into web."Visits" ("on", site) values ({MONTH}, \'a\') returning nr')
    key, site = visits.rows(
        "insert into web.hits (visit, visit_month) values (%s, %s) returning visit_month, site",
        [nr, visits.value(f"select {MONTH}")],
    )[0]
    assert (key, site) == (visits.value(f"select {MONTH}"), "a")


def test_a_guard_of_somebodys_own_is_left_alone(visits: Database) -> None:
    own = (
        "create function web.set_visit_month() returns trigger language plpgsql"
        " as 'begin return new; end'"
    )
    visits.execute(own)
    said = run(visits, printed(visits))
    assert any("web.set_visit_month() is left alone" in notice for notice in said)
    body = "select prosrc from pg_proc where proname = 'set_visit_month'"
    assert visits.value(body) == "begin return new; end"
    said = run(visits, f"set watchtower.replace_guards = 'yes';\n{printed(visits)}")
    assert any("is replaced on purpose. Its text was" in notice for notice in said)
    assert "date_trunc" in visits.value(body)


def test_a_trigger_that_is_off_or_does_otherwise(visits: Database) -> None:
    run(visits, printed(visits))
    visits.execute('alter table web."Visits" disable trigger "set month"')
    assert run(visits, printed(visits)) == []
    enabled = "select distinct tgenabled::text from pg_trigger where tgname = 'set month'"
    assert visits.rows(enabled) == [("O",)]
    visits.execute(
        "drop trigger set_hit_month on web.hits; create trigger set_hit_month before insert"
        " on web.hits for each row execute function web.set_hit_month()"
    )
    said = run(visits, printed(visits))
    assert any("set_hit_month on web.hits is left alone" in notice for notice in said)


NAMES = """
[[guard]]
table = '''"a $guard$ b"."t 'x' %s"'''
id = "i:'d'"
key = "k $body$"
clock = "c\\nlock"
trigger = "t $create$ r"
function = "f $body$ ' % g"
"""


def test_names_may_hold_anything(server: Server, tmp_path: Path) -> None:
    file, before = tmp_path / "guards.toml", declared()
    file.write_text(NAMES, encoding="utf-8")
    with server.new_database() as database:
        database.execute("grant create on schema public to owner", user=SUPERUSER)
        database.execute(
            'create schema "a $guard$ b";'
            ' create table "a $guard$ b"."t \'x\' %s" ("i:\'d\'" bigint, "k $body$" date,'
            ' "c\nlock" timestamptz) partition by range ("k $body$");'
            ' create table "a $guard$ b".everything partition of'
            ' "a $guard$ b"."t \'x\' %s" default'
        )
        try:
            text = printed(database, file)
            assert run(database, text) == []
            assert (
                database.value(
                    'insert into "a $guard$ b"."t \'x\' %s" values'
                    " (1, '2026-03-09', '2026-03-31 23:30Z') returning \"k $body$\"::text"
                )
                == "2026-03-01"
            )
            assert run(database, text) == []
        finally:
            use(before)


def test_what_is_not_there_is_said(server: Server) -> None:
    before = declared()
    with server.new_database() as database:
        code, out, error = command(
            "setup", DATABASE_URL=database.owner_url, WATCHTOWER_GUARDS=str(DECLARED)
        )
        use(before)
    assert (code, out) == (3, "")
    assert 'This database has no web."Visits" and web.hits: make it first.' in error
