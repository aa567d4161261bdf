"""Does a role that may not see every row say so, with what makes it see them?"""

from __future__ import annotations

import pytest

from tests.dealing import some
from tests.looking import check, follow, look, statuses, worst_finding
from tests.servers import Database

BLIND = [
    (
        "drop policy watchtower_reads on public.events",
        "row level security hides every row of public.events from the role watchtower: no policy",
    ),
    (
        "alter policy watchtower_reads on public.events using (site_id is not null)",
        "row level security may hide rows of public.events from the role watchtower"
        " (watchtower_reads)",
    ),
    (
        "revoke select (created_at) on public.events from watchtower",
        "the role watchtower may not read created_at of public.events",
    ),
    (
        "revoke all on public.events from watchtower;"
        "revoke select (id, session_id, session_month, created_at, tableoid)"
        " on public.events from watchtower",
        "the role watchtower may not read id, session_month, session_id, created_at"
        " of public.events",
    ),
]


@pytest.mark.parametrize(("sql", "words"), some(BLIND, 2))
def test_a_role_that_cannot_see_gives_unknown_and_never_ok(
    sql: str, words: str, database: Database
) -> None:
    database.execute(sql)
    report = look(database)
    assert report.status.word == "unknown"
    assert worst_finding(report, "row_visibility").detail == words
    assert report["orphan_rows"].status.word == "unknown"
    assert report["wrong_keys"].status.word == "ok"
    assert report["null_keys"].status.word in ("ok", "unknown")
    follow(worst_finding(report, "row_visibility").remedy, database)
    assert statuses(look(database)) == {}


def test_no_right_to_the_schema_is_unknown_not_missing(database: Database) -> None:
    database.execute("revoke usage on schema public from public, watchtower", user="postgres")
    report = look(database)
    assert report["guard_triggers"].status.word == "ok"
    assert report["row_visibility"].status.word == "unknown"
    assert "may not use the schema public" in worst_finding(report, "row_visibility").detail
    assert report["orphan_rows"].status.word == "unknown"


def test_another_role_is_told_what_to_grant(database: Database) -> None:
    database.execute(
        "do $$ begin if to_regrole('reporter') is null then create role reporter login; end if;"
        " end $$; grant usage on schema public to reporter"
    )
    finding = check(database, "row_visibility", "reporter").failing()[0]
    assert "connect as watchtower" in (finding.remedy or "")
    for failing in check(database, "row_visibility", "reporter").failing():
        follow(failing.remedy, database)
    for failing in check(database, "row_visibility", "reporter").failing():
        follow(failing.remedy, database)
    assert check(database, "row_visibility", "reporter").status.word == "ok"
