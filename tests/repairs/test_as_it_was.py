"""Does a guard come back with the very text under which it was last proven right?"""

from __future__ import annotations

import re

import pytest

from lib.core.words import moment
from lib.faces.commands.invocation import USAGE
from lib.repairs.plan import plan
from lib.trials.texts.shipped import MARK
from tests.checks.test_guard_behaviour import EVENTS, RIGHT, SESSIONS, WRONG
from tests.faces import command
from tests.looking import look, statuses, worst_finding
from tests.servers import Database

OWN = RIGHT["another formula"]
OTHER = OWN.replace("begin", "begin -- another\n", 1)
OF_TEXTS = " where check_name = 'partition_watchtower_proven'"
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


def lines(said: str) -> str:
    """What the plan shows as comments, without their signs."""
    return "\n".join(line.removeprefix("--").removeprefix("   ") for line in said.splitlines())


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
    assert before.rstrip() in lines(said)
    code, _, error = run(database, "apply", "--yes")
    assert code != 0, "the text waits for somebody to read it"
    code, said, error = run(database, "apply", "--yes", "--as-it-was", digest)
    assert database.value(TEXT, [SESSIONS]) == before, error
    assert f"\n-- Text     : that with which {SESSIONS} was last proven right, kept " in said
    assert statuses(look(database)) == {"guard_functions": "warning"}, said


@pytest.mark.parametrize("user", ["watchtower", "owner"])
def test_a_text_that_stood_and_one_that_came_after_it_are_told_apart(
    database: Database, user: str
) -> None:
    """Neither is green: each of them was proven right, and nobody has adopted it."""
    name = SESSIONS.removesuffix("()")
    database.execute(OWN)
    first, again = (worst_finding(look(database, user), "guard_functions") for _ in "12")
    kept = moment(database.value("select max(created_at) from public.watchtower_checks" + OF_TEXTS))
    assert first.detail == (
        f"{SESSIONS} differs from the reviewed text: another body; it behaves rightly"
    )
    assert again.detail == f"{first.detail}, and the same text has since {kept}"
    assert "--as-it-was" not in (again.remedy or "")
    database.execute(
        f"update public.watchtower_checks set created_at = created_at - interval '5 days'{OF_TEXTS}"
    )
    newest = "select max(created_at) from public.watchtower_checks"
    since, last = (moment(database.value(f"{newest}{only}")) for only in (OF_TEXTS, ""))
    database.execute(OTHER)
    changed = look(database, user)
    found = worst_finding(changed, "guard_functions")
    assert (found.status.word, found.code) == ("warning", "function_differs")
    assert found.detail == (
        f"{SESSIONS} differs from the text with which it was proven right from {since} to {last}:"
        " another body; it behaves rightly"
    )
    (row,) = (
        r for r in changed["guard_functions"].tables["functions"] if r["function"] == SESSIONS
    )
    assert row["whose"] == f"Proven right, kept {since}"
    assert "+begin -- another" in row["difference"]
    was, ours = found.remedies
    assert was.as_it_was
    assert "\n-- +begin -- another" in was.text
    assert ours.replaces == name
    assert ours.line.startswith("or review it, then adopt it (python -m lib adopt DIR")
    found = worst_finding(look(database, user), "guard_functions")
    assert found.status.word == "warning"
    assert f"the same text has since {kept[:11]}" in found.detail, "now that one is what was proven"


def test_ours_is_the_second_choice_where_a_function_is_gone(database: Database) -> None:
    database.execute(OWN)
    look(database)
    database.execute(f"drop function {SESSIONS} cascade")
    was, ours = (each for each in plan(look(database)).decisions if each.repairs)
    assert (bool(was.as_it_was), was.replaces, ours.as_it_was) == (True, "", "")
    assert ours.told.count(f"--replace {SESSIONS.removesuffix('()')}") == 1
    code, said, error = run(database, "apply", "--yes", "--replace", SESSIONS)
    assert code == 0, said + error
    assert database.value(f"select obj_description('{SESSIONS}'::regprocedure, 'pg_proc')") == MARK
    assert statuses(look(database)) == {}


@pytest.mark.parametrize("last", ["shipped", "their own"])
def test_the_last_proven_text_decides_whether_anybody_is_asked(
    database: Database, last: str
) -> None:
    """A shipped one comes back, also without the mark; another one not, whatever the mark says."""
    assert database.value(f"select obj_description('{SESSIONS}'::regprocedure, 'pg_proc')") == MARK
    if last == "shipped":
        database.execute(f"comment on function {SESSIONS} is null")
    else:
        database.execute(OWN)
    look(database)
    database.execute(EMPTIED.format(SESSIONS))
    code, said, error = run(database, "apply", "--yes")
    assert (code == 0) == (last == "shipped"), said + error
    assert statuses(look(database)) == (
        {} if last == "shipped" else {"guard_behaviour": "critical", "guard_functions": "critical"}
    )


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
    assert "\n-- Text     : that of sql/setup\n" in said


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
