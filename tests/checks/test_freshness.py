"""Is a table that had rows and has none told, for as long as the history knows of them?"""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta

import pytest

from lib.core.results import Finding, Report
from lib.core.words import moment
from tests.looking import glance, look, statuses
from tests.servers import OWNER, ROLE, Database

KEPT = "public.watchtower_checks where check_name = 'partition_watchtower'"
EMPTY = "public.events is empty: nothing to judge yet"
NEW_EVENT = (
    "insert into public.events (id, session_month, session_id, site_id, url, created_at)"
    " select gen_random_uuid(), created_month, id, site_id, '/', now()"
    " from public.sessions order by created_at desc limit 1"
)


def of_events(report: Report) -> Finding:
    return next(f for f in report["freshness"].findings if f.subject == "public.events")


def kept(database: Database, figures: dict[str, object]) -> None:
    """A verification of three days ago that left these figures and nothing else."""
    database.execute(
        "insert into public.watchtower_checks (check_name, ok, details, created_at)"
        " values ('partition_watchtower', true, %s, now() - interval '3 days')",
        [json.dumps({"status": "ok", "checks": [], "figures": figures})],
    )


@pytest.mark.parametrize("user", [ROLE, OWNER])
def test_a_table_that_had_rows_is_a_warning(database: Database, user: str) -> None:
    seen = look(database, user).checked_at
    database.execute("truncate public.events")
    for report in (glance(database, user), *(look(database, user) for _ in range(3))):
        found = of_events(report)
        assert found.status.word == "warning"
        assert found.detail == f"public.events is empty, and had rows on {moment(seen)}"
        assert report["freshness"].summary == found.detail
        assert report.ok, "at most a warning"


def test_a_table_that_never_had_rows_is_a_note(database: Database) -> None:
    database.execute("truncate public.events")
    for report in (look(database), glance(database), look(database)):
        assert (of_events(report).status.word, of_events(report).detail) == ("ok", EMPTY)


def test_rows_that_come_in_again_end_it(database: Database) -> None:
    look(database)
    database.execute("truncate public.events")
    assert of_events(look(database)).status.word == "warning"
    database.execute(NEW_EVENT)
    assert of_events(glance(database)).status.word == "ok"


def test_what_an_older_version_kept_counts(database: Database) -> None:
    database.execute("truncate public.events")
    counted = {"rows": 3, "null": 0, "wrong": 0}
    kept(database, {"days": 7, "tables": {"events": {**counted, "rows": 0}}, "ahead": {}})
    assert of_events(glance(database)).detail == EMPTY
    kept(database, {"days": 7, "tables": {"events": counted}, "ahead": {}})
    then = moment(datetime.now(UTC) - timedelta(days=3))[:-9]
    assert of_events(glance(database)).detail.startswith(
        f"public.events is empty, and had rows on {then}"
    )


def test_rows_long_before_the_window_are_known_as_well(database18: Database) -> None:
    database18.execute("delete from public.events where created_at > now() - interval '40 days'")
    look(database18)
    database18.execute("truncate public.events")
    assert of_events(look(database18)).status.word == "warning"


def test_runs_that_saw_nothing_forget_nothing(database18: Database) -> None:
    look(database18)
    database18.execute("truncate public.events; drop policy watchtower_reads on public.events")
    assert of_events(look(database18)).status.word == "unknown"
    database18.execute(f"delete from {KEPT} and details -> 'ok' = 'true'")
    database18.execute(
        "create policy watchtower_reads on public.events for select to watchtower using (true)"
    )
    assert of_events(glance(database18)).status.word == "warning"


def test_without_a_history_it_is_a_note(database18: Database) -> None:
    look(database18)
    database18.execute("truncate public.events; drop table public.watchtower_checks")
    assert of_events(glance(database18)).detail == EMPTY


def test_row_from_the_future_tells_of_no_rows(database18: Database) -> None:
    database18.execute("truncate public.events")
    kept(database18, {"days": 7, "tables": {"events": {"rows": 3}}, "ahead": {}})
    database18.execute(
        "update public.watchtower_checks set created_at = now() + interval '400 days'"
    )
    assert of_events(glance(database18)).detail == EMPTY


def test_empty_tables_are_ok_with_a_note(database: Database) -> None:
    database.execute("truncate public.sessions, public.events")
    report = look(database)
    assert statuses(report) == {}
    words = "public.sessions is empty: nothing to judge yet"
    assert report["freshness"].findings[0].detail == words
