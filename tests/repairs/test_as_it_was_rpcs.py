"""Do an RPC and the partition routine come back with the text that was last proven right?"""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path

import pytest

from lib.checks import rpc_answers
from lib.core.context import Context
from lib.core.results import CheckResult, Finding, Status
from lib.core.words import moment
from lib.repairs.plan import plan
from tests.conftest import skip_missing
from tests.faces import command
from tests.guards import GUARDS
from tests.looking import look, statuses, watched, worst_finding
from tests.scheduled import scheduled
from tests.servers import Database, PostgresMissing

TRIGGERS = "public.verify_partition_triggers_exist()"
ROUTINE = "public.create_next_month_partitions()"
TEXT = "select pg_get_functiondef(%s::regprocedure)"
KEPT = (
    "select details ->> 'text' from public.watchtower_checks"
    " where check_name = 'partition_watchtower_proven' and details ->> 'function' = %s"
    " and ok order by created_at, id"
)
SINCE = (
    "select max(created_at) from public.watchtower_checks"
    " where check_name = 'partition_watchtower_proven' and details ->> 'function' = %s"
)
LIE = (
    "create or replace function public.verify_partition_triggers_exist() returns boolean"
    " language sql stable security definer set search_path = '' as 'select true'"
)
STUB = (
    "create or replace function public.create_next_month_partitions() returns jsonb"
    " language sql security definer set search_path = '' as $$ select '{}'::jsonb $$"
)
OFF = "alter table public.sessions disable trigger sessions_set_created_month"


def run(database: Database, *arguments: str) -> tuple[int, str, str]:
    return command(
        *arguments, DATABASE_URL=database.role_url, WATCHTOWER_ADMIN_URL=database.owner_url
    )


def own(database: Database, function: str) -> str:
    """Puts a text of their own there, which does the same, and returns it as PostgreSQL has it."""
    text = database.value(TEXT, [function])
    database.execute(re.sub(r"(AS \$\w*\$)", r"\1 -- theirs", text, count=1))
    return str(database.value(TEXT, [function]))


def digest(database: Database) -> tuple[str, str]:
    """What the plan shows, and the digest that it asks for."""
    _, said, error = run(database, "plan")
    found = set(re.findall(r"--as-it-was (\w+)", said))
    assert len(found) == 1, said + error
    return said, found.pop()


@pytest.mark.parametrize("user", ["watchtower", "owner"])
@pytest.mark.parametrize("broken", ["drop function {}", LIE])
def test_an_rpc_of_their_own_comes_back_to_the_letter(
    database: Database, user: str, broken: str
) -> None:
    text = own(database, TRIGGERS)
    assert statuses(look(database, user)) == {}
    assert [kept for (kept,) in database.rows(KEPT, [TRIGGERS])] == [text]
    database.execute(broken.format(TRIGGERS))
    database.execute(OFF)  # by which a lie is told from an answer
    finding = worst_finding(look(database, user), "rpc_answers")
    assert finding.code in ("rpc_missing", "contradicts")
    assert len(database.rows(KEPT, [TRIGGERS])) == 1, "what lies is not kept"
    was, ours = (each for each in plan(look(database, user)).decisions if each.repairs)
    assert was.as_it_was
    assert ours.replaces == "public.verify_partition_triggers_exist"
    assert "sql/setup/40_rpcs.sql" in ours.choices
    said, read = digest(database)
    assert text.strip() in "\n".join(line.removeprefix("--   ") for line in said.splitlines())
    assert ("--   -- +" in said) == (broken == LIE), "what stands there now is shown beside it"
    if broken != LIE:
        run(database, "apply", "--yes")
        assert database.value("select to_regprocedure(%s)", [TRIGGERS]) is None, "it waits"
    code, said, error = run(database, "apply", "--yes", "--as-it-was", read)
    assert code == 0, said + error
    assert database.value(TEXT, [TRIGGERS]) == text
    assert statuses(look(database, user)) == {}, "and it is closed to strangers"


def test_what_lied_once_is_never_proven_right(database: Database) -> None:
    """Also once the guard is there again, and all that it says is true."""
    text = own(database, TRIGGERS)
    look(database)
    database.execute(LIE)
    for sql in (OFF, OFF.replace("disable", "enable"), OFF):
        database.execute(sql)
        look(database)
        assert database.rows(KEPT, [TRIGGERS]) == [(text,)]
    code, said, error = run(database, "prune", "--keep", "400", "--yes")
    assert code == 0, said + error
    was, _ = (each for each in plan(look(database)).decisions if each.repairs)
    assert text.strip() in (was.sql or "")


def test_ours_is_the_second_choice(database18: Database) -> None:
    shipped = database18.value(TEXT, [TRIGGERS])
    own(database18, TRIGGERS)
    look(database18)
    database18.execute(f"drop function {TRIGGERS}")
    code, said, error = run(database18, "apply", "--yes", "--replace", TRIGGERS)
    assert code == 0, said + error
    assert database18.value(TEXT, [TRIGGERS]) == shipped
    assert statuses(look(database18)) == {}


def test_a_shipped_rpc_comes_back_as_ever(database18: Database) -> None:
    own(database18, TRIGGERS)
    look(database18)
    (path,) = Path("sql/setup").glob("40_*.sql")
    database18.run_file(path)
    look(database18)
    database18.execute(f"drop function {TRIGGERS}")
    code, said, error = run(database18, "apply", "--yes")
    assert code == 0, "ours was proven since: " + said + error


def test_an_adopted_rpc_comes_back_unasked(database18: Database, tmp_path: Path) -> None:
    text = own(database18, TRIGGERS)
    code, _, error = run(database18, "adopt", str(tmp_path), "--function", TRIGGERS)
    assert code == 0, error
    database18.execute(f"drop function {TRIGGERS}")
    code, said, error = command(
        "apply",
        "--yes",
        DATABASE_URL=database18.role_url,
        WATCHTOWER_ADMIN_URL=database18.owner_url,
        WATCHTOWER_CANONICAL=str(tmp_path),
    )
    assert code == 0, said + error
    assert database18.value(TEXT, [TRIGGERS]) == text
    database18.execute(LIE)
    database18.execute(OFF)
    code, _, error = run(database18, "adopt", str(tmp_path), "--function", TRIGGERS)
    assert (code, "answers true although" in error) == (1, True)


def test_a_changed_rpc_that_answers_rightly_is_told_with_since_when(database: Database) -> None:
    own(database, TRIGGERS)
    look(database)
    since = moment(database.value(SINCE, [TRIGGERS]))
    database.execute(LIE)
    result = look(database)["rpc_answers"]
    (finding,) = (each for each in result.findings if each.subject == TRIGGERS)
    assert (finding.status.word, finding.detail) == (
        "ok",
        f"{TRIGGERS} answers true and agrees with the catalogs; its text is not the one with"
        f" which it did since {since}",
    )


def test_a_text_that_lost_its_rights_is_put_back_and_was_never_kept(database18: Database) -> None:
    text = own(database18, TRIGGERS)
    look(database18)
    database18.execute(f"alter function {TRIGGERS} security invoker")
    assert statuses(look(database18))["rpc_privileges"] == "warning"
    assert len(database18.rows(KEPT, [TRIGGERS])) == 1
    _, read = digest(database18)
    code, said, error = run(database18, "apply", "--yes", "--as-it-was", read)
    assert code == 0, said + error
    assert database18.value(TEXT, [TRIGGERS]) == text


@pytest.mark.parametrize("says", ["select false", "select 1 / 0 = 0"])
def test_an_rpc_that_is_wrong_alone_waits_for_a_choice(database: Database, says: str) -> None:
    """It says no while all is well, or nothing."""
    text = own(database, TRIGGERS)
    look(database)
    database.execute(LIE.replace("select true", says))
    look(database)
    assert run(database, "apply", "--yes")[0] == 2
    _, read = digest(database)
    code, said, error = run(database, "apply", "--yes", "--as-it-was", read)
    assert code == 0, said + error
    assert database.value(TEXT, [TRIGGERS]) == text


def test_a_proven_text_that_is_wrong_by_now_is_not_replaced_unasked(database18: Database) -> None:
    helper = "create or replace function public.all_is_well() returns boolean language sql as "
    database18.execute(f"{helper} 'select true'")
    database18.execute(LIE.replace("select true", "select public.all_is_well()"))
    text = database18.value(TEXT, [TRIGGERS])
    look(database18)
    database18.execute(f"{helper} 'select false'")
    assert run(database18, "apply", "--yes")[0] == 2
    assert database18.value(TEXT, [TRIGGERS]) == text
    _, said, _ = run(database18, "plan")
    assert "--as-it-was" not in said
    assert "Take that of sql/setup (python -m lib apply --yes --replace public.verify_" in said
    assert run(database18, "apply", "--yes", "--replace", TRIGGERS)[0] == 0


def test_what_a_second_look_does_not_find_is_no_lie(database18: Database) -> None:
    """Somebody repaired it in between: the RPC is right, and so was the first look."""
    off = CheckResult("guard_triggers", (Finding("t", Status.CRITICAL, "x"),), "")
    guards = tuple(guard for guard in GUARDS if not guard.optional)
    seen = Context(guards, datetime.now(UTC), seen={"guard_triggers": off})
    with closing(watched(database18.role_url)) as handle, handle.session(9.0) as session:
        result = rpc_answers.run(session, seen)
    assert {finding.code for finding in result.failing()} >= {"contradicts"}
    assert result.tables["disproven"] == ()


def test_the_proven_text_of_an_rpc_is_written_for_review(
    database18: Database, tmp_path: Path
) -> None:
    text = own(database18, TRIGGERS)
    look(database18)
    database18.execute(f"drop function {TRIGGERS}")
    code, _, error = run(
        database18,
        "adopt",
        str(tmp_path),
        "--proven",
        "--function",
        TRIGGERS,
        "--function",
        ROUTINE,
    )
    assert code == 0, error
    written = [path.read_text(encoding="utf-8") for path in sorted(tmp_path.iterdir())]
    assert len(written) == 2
    assert f"{text.rstrip()};" in written[1]


@pytest.fixture
def cron() -> Iterator[Database]:
    """A healthy database with pg_cron's job."""
    try:
        with scheduled() as database:
            yield database
    except PostgresMissing as missing:
        skip_missing(str(missing))


MISSING = """
do $$
declare
    month text := to_char(
        date_trunc('month', now() at time zone 'UTC') + interval '1 month', 'YYYY_MM');
begin
    execute format('drop table public.events_%s', month);
    execute format('alter table public.sessions detach partition public.sessions_%1$s;'
                   ' drop table public.sessions_%1$s', month);
end
$$
"""
RAN = (
    "insert into cron.job_run_details (jobid, username, status, start_time, end_time)"
    " select jobid, username, 'succeeded', now(), now() from cron.job"
)
EARLIER = (
    "update public.watchtower_checks set created_at = created_at - interval '3 hours'"
    " where check_name = 'partition_watchtower'"
)


def test_a_routine_is_proven_by_a_month_that_it_made(cron: Database) -> None:
    """Neither by a run that made none, nor by one before which another text stood there."""
    text = own(cron, ROUTINE)
    report = look(cron)
    assert statuses(report) == {"maintenance": "warning"}
    cron.execute(EARLIER, user="postgres")
    cron.execute(RAN, user="postgres")
    look(cron)
    assert cron.rows(KEPT, [ROUTINE]) == [], "there was nothing to make"

    cron.execute(STUB)
    cron.execute(MISSING)
    look(cron)
    cron.execute(EARLIER, user="postgres")
    cron.execute(text)
    cron.execute(f"select {ROUTINE}")
    cron.execute(RAN, user="postgres")
    look(cron)
    assert cron.rows(KEPT, [ROUTINE]) == [], "another text stood there before that run"

    cron.execute(MISSING)
    look(cron)
    cron.execute(EARLIER, user="postgres")
    cron.execute(f"select {ROUTINE}")
    cron.execute(RAN, user="postgres")
    look(cron)
    assert [kept for (kept,) in cron.rows(KEPT, [ROUTINE])] == [text]

    since = moment(cron.value(SINCE, [ROUTINE]))
    found = worst_finding(look(cron), "maintenance")
    assert f"and the same text has made months since {since}; " in found.detail
    code, _, _ = run(cron, "apply", "--yes")
    assert (code, cron.value(TEXT, [ROUTINE])) == (1, text), "nobody replaces it unasked"
    cron.execute(STUB)
    found = worst_finding(look(cron), "maintenance")
    assert f"differs from the text that made months since {since}; " in found.detail
    _, read = digest(cron)
    run(cron, "apply", "--yes", "--as-it-was", read)
    assert cron.value(TEXT, [ROUTINE]) == text
    assert statuses(look(cron)) == {"maintenance": "warning"}


FORGED = """
insert into public.watchtower_checks (check_name, ok, details)
select 'partition_watchtower_proven', true,
    jsonb_build_object('function', %s::text, 'text', %s::text)
"""


@pytest.mark.parametrize("choice", ["theirs", "ours"])
def test_a_routine_that_is_gone_comes_back_as_is_chosen(database: Database, choice: str) -> None:
    shipped = database.value(TEXT, [ROUTINE])
    look(database)
    assert [kept for (kept,) in database.rows(KEPT, [ROUTINE])] == [shipped]
    text = own(database, ROUTINE)
    database.execute(FORGED, [ROUTINE, f"{text.rstrip()}; drop table public.events"])
    database.execute(f"drop function {ROUTINE}")
    was, ours = (each for each in plan(look(database)).decisions if each.repairs)
    assert was.as_it_was
    assert "drop table public.events" not in (was.sql or "")
    taken = ("--as-it-was", was.as_it_was) if choice == "theirs" else ("--replace", ours.replaces)
    run(database, "apply", "--yes", *taken)
    assert database.value(TEXT, [ROUTINE]) == (text if choice == "theirs" else shipped)
    left = {"maintenance": "warning"} if choice == "theirs" else {}
    assert statuses(look(database)) == left
