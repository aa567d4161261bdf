"""Is it said since when something is wrong, from rows, from refreshes, and from neither?"""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from lib import verification
from lib.core.results import Report, Status
from lib.core.weeks import week_of
from lib.db.database import Database as Connection
from lib.history import rows as history_rows
from lib.history.history import KEPT, History, Since
from lib.history.last_repair import LastRepair, last_repair
from lib.reports.review.changes import deeds
from lib.settings.settings import parse_url
from tests.servers import Database

DROP = "drop trigger sessions_set_created_month on public.sessions"


@contextmanager
def connected(database: Database, user: str = "watchtower") -> Iterator[Connection]:
    with closing(Connection(parse_url("x", database.url(user)))) as connection:
        yield connection


def now() -> datetime:
    return datetime.now(UTC)


def date_rows(database: Database, *minutes_ago: int) -> None:
    """Gives the rows, oldest first, these ages."""
    for n, minutes in enumerate(minutes_ago):
        database.execute(
            "update public.watchtower_checks set created_at = now() - %s * interval '1 minute'"
            " where id = (select id from public.watchtower_checks"
            " where check_name = 'partition_watchtower' order by created_at offset %s limit 1)",
            [minutes, n],
        )


def test_since_is_the_first_failing_row_after_the_last_ok_one(database18: Database) -> None:
    with connected(database18) as connection:
        verification.verify(connection, who="t", face="t")
        database18.execute(DROP)
        for _ in range(2):
            verification.verify(connection, who="someone", face="page")
        date_rows(database18, 60, 40, 20)
        known = history_rows.read(connection, History(), now())
    since = known.since(Status.CRITICAL, "guard_triggers")
    assert since.after is not None
    assert since.first is not None
    assert round((now() - since.after) / timedelta(minutes=1)) == 60
    assert round((now() - since.first) / timedelta(minutes=1)) == 40
    assert known.verifications()[-1].who == "someone"
    assert known.verifications()[-1].face == "page"
    assert known.verifications()[-1].checks["guard_triggers"] is Status.CRITICAL


def test_without_history_nothing_is_said_of_before(database18: Database) -> None:
    database18.execute(DROP)
    with connected(database18) as connection:
        report = verification.refresh(connection)
        known = history_rows.read(connection, History().noticing(report), now())
    since = known.since(Status.CRITICAL, "guard_triggers")
    assert since.after is None
    assert since.first == report.checked_at


def test_refresh_between_two_verifications_dates_the_break(database18: Database) -> None:
    with connected(database18) as connection:
        verification.verify(connection, who="t", face="t")
        date_rows(database18, 60)
        known = history_rows.read(connection, History(), now())
        for _ in range(3):
            fine = verification.refresh(connection)
            known = known.noticing(fine)
        database18.execute(DROP)
        broken = verification.refresh(connection)
        known = known.noticing(broken).noticing(verification.refresh(connection))
    assert known.since(Status.CRITICAL, "guard_triggers") == Since(
        fine.checked_at, broken.checked_at
    )
    assert len(known.noticed) == 2, "a state is kept once, however often it is seen"


def test_warning_before_a_break_is_no_break(database18: Database) -> None:
    with connected(database18) as connection:
        database18.execute(
            "alter trigger sessions_set_created_month on public.sessions rename to x"
        )
        verification.verify(connection, who="t", face="t")
        database18.execute("drop trigger x on public.sessions")
        verification.verify(connection, who="t", face="t")
        date_rows(database18, 50, 10)
        known = history_rows.read(connection, History(), now())
    since = known.since(Status.CRITICAL, "guard_triggers")
    assert since.after is not None
    assert round((now() - since.after) / timedelta(minutes=1)) == 50


def test_rows_of_the_rpc_are_history_on_the_first_day(database: Database) -> None:
    database.execute(
        "insert into public.watchtower_checks (check_name, ok, details, created_at) values"
        " ('partition_drift_v1', true, '{\"ok\": true}', now() - interval '2 hours'),"
        " ('partition_drift_v1', false, '{\"ok\": false}', now() - interval '1 hour')"
    )
    with connected(database) as connection:
        known = history_rows.read(connection, History(), now())
    assert [run.status.word for run in known.runs] == ["ok", "critical"]
    since = known.since(Status.CRITICAL)
    assert since.first == known.runs[1].at
    assert not known.verifications()


def test_rubbish_in_the_history_is_passed_over(database: Database) -> None:
    database.execute(
        "insert into public.watchtower_checks (check_name, ok, details, created_at) values"
        " ('partition_watchtower', true, '[1]', now() - interval '3 hours'),"
        ' (\'partition_watchtower\', true, \'{"checks": "x", "status": 7}\','
        "  now() - interval '2 hours'),"
        ' (\'partition_watchtower\', true, \'{"checks": [{"check": "a"}, 7, null]}\','
        "  now() - interval '1 hour'),"
        " ('partition_watchtower', true, jsonb_build_object('who', repeat('w', 9000), 'checks',"
        "  (select jsonb_agg(jsonb_build_object('check', repeat('n', 900) || n, 'status', 'ok'))"
        "   from generate_series(1, 5000) as n)), now() - interval '30 minutes'),"
        " ('partition_watchtower_pruned', true, '{\"removed\": {\"a\": null}}', now()),"
        " ('partition_watchtower', false, '{}', now() + interval '1 day'),"
        " ('partition_watchtower', false, '{}', 'infinity'),"
        " ('partition_watchtower_note', false, '{}', now())"
    )
    with connected(database) as connection:
        known = history_rows.read(connection, History(), now())
    (only,) = known.runs
    assert len(only.who) == 200, "what says ok and names no check has proven nothing"
    assert len(only.checks) == 1, "no page draws thousands of lines"
    assert [each.words for each in deeds(known, week_of(now()))] == [
        "somebody unnamed removed 0 rows of the history"
    ]
    assert not known.trouble


def test_only_what_came_since_is_read_again(database18: Database) -> None:
    with connected(database18) as connection:
        verification.verify(connection, who="t", face="t")
        date_rows(database18, 60)
        first = history_rows.read(connection, History(), now())
        database18.execute("delete from public.watchtower_checks")
        verification.verify(connection, who="t", face="t")
        second = history_rows.read(connection, first, now() - timedelta(hours=1))
    assert len(second.verifications()) == 2, "also where this machine's clock is behind"


@pytest.mark.parametrize(
    "broken",
    [
        "drop table public.watchtower_checks",
        "revoke all on public.watchtower_checks from watchtower",
    ],
)
def test_history_that_cannot_be_read_is_said(database18: Database, broken: str) -> None:
    database18.execute(broken)
    with connected(database18) as connection:
        known = history_rows.read(connection, History(), now())
    assert "cannot be read" in (known.trouble or "")
    assert known.since(Status.CRITICAL) == Since(None, None)


def test_strip_shows_what_was_seen_what_could_not_be_seen_and_where_nobody_looked(
    database18: Database,
) -> None:
    with connected(database18) as connection:
        report = verification.refresh(connection)
    start, hour = report.checked_at, timedelta(hours=1)

    def at(hours: float) -> Report:
        return replace(report, checked_at=start + hours * hour)

    known = History().noticing(at(0.1)).noticing(at(0.15)).noticing(at(2.1))
    known = known.unseen(start + 3.1 * hour).unseen(start + 3.15 * hour)
    assert known.strip(["guard_triggers"], start, hour, 5) == (
        Status.OK,
        None,
        Status.OK,
        Status.UNKNOWN,
        None,
    ), "a gap is never filled with what was seen before and after it"
    assert known.strip(["no_such_check"], start, hour, 1) == (None,)


def test_repair_is_the_first_look_that_found_it_right_again(database18: Database) -> None:
    with connected(database18) as connection:
        known = History().noticing(verification.refresh(connection))
        assert known.repaired("guard_triggers") is None, "it never was broken"
        database18.execute(DROP)
        known = known.noticing(verification.refresh(connection))
        assert known.repaired("guard_triggers") is None, "it is broken"
        database18.run_setup()
        fine = verification.refresh(connection)
        later = verification.refresh(connection)
    known = known.noticing(fine).unseen(fine.checked_at).noticing(later)
    assert known.repaired("guard_triggers") == fine.checked_at
    assert known.repaired("guard_triggers", "guard_settings") == fine.checked_at
    assert known.repaired("guard_settings") is None
    repair = LastRepair(fine.checked_at, seen=True)
    assert last_repair(known, later) == repair
    aged = replace(later, checked_at=later.checked_at + timedelta(days=9))
    assert last_repair(known, aged) is None, "by then the window itself proves it"


def test_without_a_look_that_saw_it_broken_the_last_wrong_row_dates_the_repair(
    database18: Database,
) -> None:
    database18.execute(
        f"{DROP}; alter table public.events drop constraint fk_events_session;"
        " insert into public.sessions (id, created_month, created_at)"
        " select gen_random_uuid(), date_trunc('month', at - interval '40 days'), at"
        " from (values (now() - interval '3 hours'), (now() - interval '2 hours')) as written (at)"
    )
    with connected(database18) as connection:
        broken = verification.refresh(connection)
        database18.run_setup()
        repaired = verification.refresh(connection)
    assert last_repair(History(), broken) is None, "the guard does not hold"
    repair = last_repair(History(), repaired)
    assert repair is not None
    assert not repair.seen
    last = database18.value(
        "select max(created_at) from public.sessions"
        " where created_month <> date_trunc('month', created_at at time zone 'UTC')"
    )
    assert repair.at == last + timedelta(microseconds=1)


def test_history_is_read_in_pages_and_none_of_its_rows_is_lost(
    database18: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    database18.execute(
        "insert into public.watchtower_checks (check_name, ok, details, created_at)"
        " select 'partition_watchtower', false, '{}'::jsonb,"
        "  now() - (n / 3) * interval '1 hour' from generate_series(3, 52) as n"
        " union all select 'partition_watchtower', false, '{}', now() - interval '91 days'"
    )
    monkeypatch.setattr(history_rows, "_PAGE", 4)
    with connected(database18) as connection:
        known = history_rows.read(connection, History(), now())
        assert (len(known.runs), len({run.id for run in known.runs})) == (50, 50)
        assert known.reaches is not None
        assert known.reaches <= now() - KEPT + timedelta(minutes=1)
        again = history_rows.read(connection, known, now())
    assert again.runs == known.runs


def test_what_the_time_does_not_suffice_for_is_read_the_next_time(
    database18: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    database18.execute(
        "insert into public.watchtower_checks (check_name, ok, created_at)"
        " select 'partition_watchtower', false, now() - n * interval '1 hour'"
        " from generate_series(1, 9) as n"
    )
    monkeypatch.setattr(history_rows, "_PAGE", 4)
    monkeypatch.setattr(history_rows, "_ENOUGH_SECONDS", history_rows.BUDGET_SECONDS)
    known, read = History(), []
    with connected(database18) as connection:
        for _ in range(4):
            known = history_rows.read(connection, known, now())
            read.append(len(known.runs))
    assert read[0] == 4, "the newest come first"
    assert read[-1] == 9


def test_row_keeps_how_far_it_reached(database18: Database) -> None:
    database18.execute(
        f"{DROP}; insert into public.sessions (id, created_month, created_at)"
        " select gen_random_uuid(), date_trunc('month', now() - interval '40 days'), now()"
        " from generate_series(1, 3)"
    )
    with connected(database18) as connection:
        report = verification.verify(connection, who="t", face="t")
        (run,) = history_rows.read(connection, History(), now()).verifications()
    written = database18.value("select max(created_at) from public.sessions")
    assert run.reach == report.reach()
    assert run.reach is not None
    assert list(run.reach.rows.values()) == [3]
    assert run.reach.first == written


@pytest.mark.parametrize(
    ("kept", "worst"),
    [
        ({"headline": "the sessions guard is missing"}, "the sessions guard is missing"),
        ({}, "sessions_set_created_month is missing on public.sessions and all 19 partitions"),
    ],
)
def test_run_is_told_by_the_headline_and_one_of_an_older_version_by_its_first_clause(
    database18: Database, kept: dict[str, str], worst: str
) -> None:
    words = "sessions_set_created_month is missing on public.sessions and all 19 partitions; so far"
    finding = {"subject": "t", "status": "critical", "detail": words, **kept}
    check = {"check": "guard_triggers", "status": "critical", "findings": [finding]}
    database18.execute(
        "insert into public.watchtower_checks (check_name, ok, details)"
        " values ('partition_watchtower', false, %s)",
        [json.dumps({"status": "critical", "checks": [check]})],
    )
    with connected(database18) as connection:
        (run,) = history_rows.read(connection, History(), now()).verifications()
    assert run.worst == worst
