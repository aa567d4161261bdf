"""Is a text that nobody can judge adopted by name, and what do pg_cron's jobs show?

What a text does is in the drills (function-…, job-…).
"""

from __future__ import annotations

import shlex
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from lib.core.remedies import shown
from lib.core.results import Finding
from lib.history.adoption import adopt
from tests.conftest import skip_missing
from tests.dealing import some
from tests.looking import check, watched
from tests.scheduled import scheduled
from tests.servers import OWNER, ROLE, SUPERUSER, Database, PostgresMissing

HEAD = " language plpgsql security definer set search_path = '' as $$ begin "
# What the owner or a superuser makes, which others may call, and what may be said of it.
UNKNOWN = {
    "runs": (
        OWNER,
        f"create function public.run(query text) returns void{HEAD}execute query; end $$",
        "public.run(text) runs a text that it is given",
    ),
    "too long": (
        OWNER,
        f"create procedure public.load(){HEAD}/* {'long ' * 9_000} */ execute 'analyze'; end $$",
        "public.load() is not read here",
    ),
    "a name": (
        SUPERUSER,
        f"create function public.prepare(given jsonb) returns void{HEAD}"
        "perform set_config(given ->> 'name', given ->> 'value', true); end $$",
        "public.prepare(jsonb) sets a setting whose name it works out",
    ),
    "behind another": (
        OWNER,
        "create function public.inside(query text, more int default 1) returns void"
        f"{HEAD.replace('definer', 'invoker')}execute query; end $$;"
        f'create function public."Outside"(query text) returns void{HEAD}'
        "perform public.inside(query); end $$",
        'public."Outside"(text) calls inside(), which runs a text',
    ),
}


def said(database: Database, user: str, canonical: Path | None = None) -> list[Finding]:
    found = check(database, "guard_settings", user, canonical=canonical).failing()
    assert all(finding.status.word == "unknown" for finding in found)
    return found


@pytest.mark.parametrize("case", some(list(UNKNOWN), 2))
def test_what_is_not_known_is_adopted_as_its_remedy_says(
    case: str, database: Database, tmp_path: Path
) -> None:
    by, sql, words = UNKNOWN[case]
    database.execute(sql, user=by)
    (finding,) = said(database, ROLE)
    assert words in finding.detail
    assert said(database, OWNER) == [finding]
    command = shown(finding.remedies).partition("python -m lib adopt DIR ")[2].partition(")")[0]
    names = shlex.split(command.replace("--function", ""))
    with closing(watched(database.role_url)) as handle:
        adopt(handle, tmp_path, names)
    for user in (ROLE, OWNER):
        assert said(database, user, tmp_path) == []
    changed = sql.replace("create ", "create or replace ").replace("end $$", "null; end $$")
    database.execute(changed, user=by)
    for user in (ROLE, OWNER):
        (finding,) = said(database, user, tmp_path)
        assert words in finding.detail


def test_who_hands_a_text_to_an_adopted_function_is_not_adopted_by_that(
    database: Database, tmp_path: Path
) -> None:
    _, sql, words = UNKNOWN["behind another"]
    database.execute(sql, user=OWNER)
    with closing(watched(database.role_url)) as handle:
        adopt(handle, tmp_path, ["public.inside"])
    (finding,) = said(database, ROLE, tmp_path)
    assert words in finding.detail


def test_to_adopt_what_certainly_opens_a_guard_changes_nothing_and_that_is_said(
    database: Database, tmp_path: Path
) -> None:
    """The summary is of the worst of them, whatever their order."""
    off = "alter table public.sessions {} trigger sessions_set_created_month"
    body = " ".join(f"{off.format(way)};" for way in ("disable", "enable"))
    database.execute(f"create function public.a_load() returns void{HEAD}{body} end $$")
    with closing(watched(database.role_url)) as handle:
        adopt(handle, tmp_path, ["public.a_load"])
    for canonical in (None, tmp_path):
        (finding,) = check(database, "guard_settings", ROLE, canonical=canonical).failing()
        assert finding.status.word == "warning"
        assert "and after it if it leaves the guards off, no guard fires" in finding.detail
        assert "it is certain, so to adopt it changes nothing" in shown(finding.remedies)
    database.execute(UNKNOWN["runs"][1])
    result = check(database, "guard_settings", ROLE, canonical=tmp_path)
    worst, other = result.failing()
    assert (worst.status.word, other.status.word) == ("unknown", "warning")
    assert result.summary.casefold() == worst.detail.casefold()
    assert shown(worst.remedies).startswith("-- a decision: review it, then adopt it (")
    assert f"python -m lib adopt {tmp_path} --function public.run)" in shown(worst.remedies)


@pytest.fixture(scope="module")
def jobs() -> Iterator[Database]:
    """A healthy database with pg_cron."""
    try:
        with scheduled() as database:
            yield database
    except PostgresMissing as missing:
        skip_missing(str(missing))


SECRETS = [
    "select dblink_connect('host=x user=y password=hidden-1'), 'partition'",
    "alter role partition_maker password 'hidden-1'",
    "alter user trigger_maker with encrypted password $$hidden-1$$",
    "select public.execute_for('postgresql://maker:hidden-1@host/db')",
    "select net.http_post(headers => '{\"Authorization\": \"Bearer hidden-1\"}'), 'events'",
    "select set_config('app.secret', 'hidden-1', true)",
    "select public.execute_for(api_key => 'hidden-1')",
    "select set_config('app.key', 'eyJhbGciOiJIUzI1NiIsInR5cCI6hidden-1', true)",
]


def test_no_password_of_a_job_comes_out(jobs: Database) -> None:
    for place, command in enumerate(SECRETS):
        jobs.rows("select cron.schedule(%s, '0 2 1 1 *', %s)", [f"job {place}", command])
    try:
        seen = dict(jobs.rows("select name, command from watchtower_job_commands()", user=ROLE))
        assert seen.keys() >= {f"job {place}" for place in range(len(SECRETS))}
        assert [command for command in seen.values() if "hidden-1" in command] == []
        for user in (ROLE, OWNER):
            assert "hidden-1" not in str(check(jobs, "guard_settings", user))
    finally:
        jobs.execute("select cron.unschedule(jobname) from cron.job where jobname like 'job %'")


def test_jobs_that_nothing_shows_are_a_note(jobs: Database) -> None:
    def note(user: str) -> str:
        result = check(jobs, "guard_settings", user)
        assert result.failing() == []
        return "; ".join(each.detail for each in result.findings if each.subject == "pg_cron")

    assert note(ROLE) == note(OWNER) == ""
    jobs.execute("drop function public.watchtower_job_commands()")
    for user in (ROLE, OWNER):
        assert note(user) == (
            "what pg_cron's jobs do to the guards is not seen: have sql/setup/30_partitions.sql "
            "run, which makes public.watchtower_job_commands()"
        )
    jobs.run_setup()
    assert note(ROLE) == note(OWNER) == ""
