"""Is a clock that is minutes off said, and does nothing vanish or count for that?"""

from __future__ import annotations

from contextlib import closing
from datetime import UTC, datetime

import pytest

from lib.core.results import Status
from lib.history import rows
from lib.history.history import History
from tests.looking import look, refreshed, statuses, watched, worst_finding
from tests.pages import conftest
from tests.pages.conftest import Show
from tests.servers import Database

show = conftest.show


def move_clock(database: Database, minutes: int) -> None:
    """From now on the server says another time in this database, so many minutes ahead."""
    database.execute(
        "do $$ begin if to_regprocedure('pg_catalog.time_of_the_machine()') is null then"
        " alter function pg_catalog.now() rename to time_of_the_machine; end if; end $$;"
        "create or replace function pg_catalog.now() returns timestamptz language sql stable as"
        f" $$select pg_catalog.time_of_the_machine() + interval '{minutes} minutes'$$;"
        "alter table public.watchtower_checks alter created_at set default pg_catalog.now()",
        user="postgres",
    )


@pytest.mark.parametrize(
    ("off", "words"),
    [(7, "7 min ahead of"), pytest.param(-7, "7 min behind", marks=pytest.mark.everything)],
)
def test_clock_of_the_app_that_is_off(
    off: int, words: str, show: Show, database18: Database
) -> None:
    """The page says so where the age stands; a second or two is nothing to speak of."""
    page = show("status", conftest.known(conftest.look(database18)))
    said = [caption.value for caption in page.caption]
    assert not any("clock is" in each for each in said)
    move_clock(database18, -off)
    page = show("status", conftest.known(conftest.look(database18)))
    assert any(f"clock is {words} the database's" in caption.value for caption in page.caption)


def test_history_of_a_database_whose_clock_is_ahead(show: Show, database18: Database) -> None:
    """Each run is there, though it is dated after this machine's now."""
    for minutes in (30, 60):
        move_clock(database18, minutes)
        assert look(database18).ok
    with closing(watched(database18.role_url)) as handle:
        known = rows.read(handle, History(), datetime.now(UTC))
    assert all(run.at > datetime.now(UTC) for run in known.verifications())
    assert len(known.verifications()) == 2
    page = show("history", conftest.known(conftest.look(database18), history=known))
    assert not page.exception
    assert "100.0 %" in conftest.text(page)
    listed = next(table.value for table in page.dataframe if "Asked by" in table.value)
    assert sorted(listed["When, UTC"]) == [
        f"{run.at:%Y-%m-%d %H:%M:%S}" for run in known.verifications()
    ]


def test_rows_dated_tomorrow(database18: Database) -> None:
    """In the history they prove nothing, accept nothing; in a table they are no sign of life."""
    database18.execute("alter table public.sessions disable trigger user")
    database18.execute(
        "insert into public.sessions (id, created_month, created_at) values"
        " (gen_random_uuid(), date_trunc('month', now() - interval '70 days'),"
        " now() - interval '35 days')"
    )
    report = look(database18)
    assert report["guard_triggers"].status is Status.CRITICAL
    fine = (
        '{"status": "ok", "checks": [{"check": "guard_triggers", "status": "ok", "findings": []}]}'
    )
    database18.execute(
        "insert into public.watchtower_checks (check_name, ok, details, created_at)"
        f" select check_name, true, details || '{fine}', now() + interval '1 day'"
        "  from public.watchtower_checks where check_name = 'partition_watchtower'"
    )
    database18.execute(
        "insert into public.watchtower_checks (check_name, ok, details, created_at)"
        " select 'partition_watchtower_accepted', true,"
        ' \'{"check": "wrong_keys", "count": 100, "reason": "x", "by": "x"}\','
        " now() + interval '1 day'"
    )
    assert refreshed(database18)["guard_triggers"].status is Status.CRITICAL
    found = look(database18)
    assert statuses(found)["wrong_keys"] == "warning"
    with closing(watched(database18.role_url)) as handle:
        known = rows.read(handle, History(), datetime.now(UTC))
    assert all(run.status is Status.CRITICAL for run in known.verifications())
    database18.execute(
        "alter table public.events disable trigger user;"
        "update public.events set created_at = now() + interval '1 day'"
        " where created_at > now() - interval '8 days'"
    )
    detail = worst_finding(look(database18), "freshness").detail
    assert "no row has come into public.events" in detail
