"""Does a guard come back with the very text under which it was last proven right?"""

from __future__ import annotations

import re

import pytest

from lib.faces.commands.invocation import USAGE
from tests.checks.test_guard_behaviour import EVENTS, RIGHT, SESSIONS, WRONG
from tests.faces import command
from tests.looking import look, statuses, worst_finding
from tests.servers import Database

OWN = RIGHT["another formula"]
TEXT = "select pg_get_functiondef(%s::regprocedure)"
EMPTIED = (
    "create or replace function {} returns trigger language plpgsql as 'begin return new; end'"
)
KEPT = (
    "select details ->> 'text' from public.watchtower_checks"
    " where check_name = 'partition_watchtower_proven' and details ->> 'function' = %s"
    " order by created_at, id"
)
FORGED = """
insert into public.watchtower_checks (check_name, ok, details)
select 'partition_watchtower_proven', true,
    jsonb_build_object('function', %s::text, 'text', %s::text)
"""


def run(database: Database, *arguments: str) -> tuple[int, str, str]:
    return command(
        *arguments, DATABASE_URL=database.role_url, WATCHTOWER_ADMIN_URL=database.owner_url
    )


def plan_of(database: Database) -> tuple[str, str]:
    """What the plan shows, and the digest that it asks for."""
    code, said, error = run(database, "plan")
    assert code == 0, error
    (digest,) = set(re.findall(r"--as-it-was (\w+)", said))
    return said, digest


@pytest.mark.parametrize("lost", ["emptied", "dropped"])
def test_a_text_of_their_own_comes_back_to_the_letter(database: Database, lost: str) -> None:
    database.execute(OWN)
    look(database)
    before = database.value(TEXT, [SESSIONS])
    database.execute(
        EMPTIED.format(SESSIONS) if lost == "emptied" else f"drop function {SESSIONS} cascade"
    )
    assert look(database)["guard_functions"].status.word == "critical"
    said, digest = plan_of(database)
    shown = "\n".join(line.removeprefix("--").removeprefix("   ") for line in said.splitlines())
    assert before.rstrip() in shown
    code, _, error = run(database, "apply", "--yes")
    assert code != 0, "the text waits for somebody to read it"
    code, said, error = run(database, "apply", "--yes", "--as-it-was", digest)
    assert database.value(TEXT, [SESSIONS]) == before, error
    assert statuses(look(database)) == {"guard_functions": "warning"}, said


def test_only_the_text_that_was_shown_runs(database18: Database) -> None:
    database18.execute(OWN)
    look(database18)
    database18.execute(EMPTIED.format(SESSIONS))
    look(database18)
    _, digest = plan_of(database18)
    code, _, error = run(database18, "apply", "--yes", "--as-it-was", "0123456789")
    assert code == USAGE
    assert digest in error
    evil = database18.value(TEXT, [SESSIONS]).replace("return new", "perform 1; return new")
    database18.execute(FORGED, [SESSIONS, f"{evil}; drop table public.events"])
    code, _, error = run(database18, "apply", "--yes", "--as-it-was", digest)
    assert code == USAGE, "another text stands in the history now"
    said, another = plan_of(database18)
    assert "perform 1" in said
    run(database18, "apply", "--yes", "--as-it-was", another)
    assert database18.value("select to_regclass('public.events')") == "events"


def test_a_shipped_text_comes_back_as_ever(database18: Database) -> None:
    look(database18)
    database18.execute(WRONG["without UTC"])
    report = look(database18)
    assert "--as-it-was" not in (worst_finding(report, "guard_functions").remedy or "")
    code, said, error = run(database18, "apply", "--yes")
    assert code == 0, said + error


def test_a_text_is_kept_once_and_prune_leaves_the_newest(database18: Database) -> None:
    for text in (None, OWN, None):
        if text:
            database18.execute(text)
        look(database18)
    kept = [text for (text,) in database18.rows(KEPT, [SESSIONS])]
    assert len(kept) == 2
    assert kept[-1] == database18.value(TEXT, [SESSIONS])
    assert len(database18.rows(KEPT, [EVENTS])) == 1
    database18.execute(
        "update public.watchtower_checks set created_at = created_at - interval '9 years'"
    )
    code, said, error = run(database18, "prune", "--keep", "400", "--yes")
    assert code == 0, said + error
    assert [text for (text,) in database18.rows(KEPT, [SESSIONS])] == kept[-1:]
    assert len(database18.rows(KEPT, [EVENTS])) == 1


def test_what_is_not_right_or_not_understood_is_never_kept(database18: Database) -> None:
    look(database18)
    for text in (
        EMPTIED.format(SESSIONS),
        OWN.replace("begin", "begin if pg_backend_pid() < 0 then return new; end if;", 1),
    ):
        database18.execute(text)
        assert look(database18)["guard_functions"].status.word in ("critical", "unknown")
        assert len(database18.rows(KEPT, [SESSIONS])) == 1
    assert statuses(look(database18)) != {}
