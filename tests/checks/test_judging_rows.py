"""What is said of rows that were counted, of a role's view and of a pause? Values made here."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest

from lib.checks import (
    accepted,
    duplicate_ids,
    freshness,
    guard_triggers,
    row_visibility,
    wrong_keys,
)
from lib.checks.maintenance import judge_job
from lib.core.context import Context, rows_of
from lib.core.errors import QueryFailed
from lib.core.guards import Guard
from lib.core.remedies import advice, decision, shown, statements
from lib.core.results import CheckResult, Finding, Row, Status
from lib.remedies import missing
from lib.remedies.unobserved import each, reason, remedy_for, takes_no_rows, unobserved
from tests.guards import CALLS, EVENTS, GUARDS, SESSIONS

OK, WARNING, UNKNOWN, CRITICAL = Status
NAME = "public.sessions"
NOON = datetime(2026, 12, 10, 12, tzinfo=UTC)
SEEN = CheckResult("row_visibility", (Finding(NAME, OK, "all"),), "all")
BLIND = CheckResult("row_visibility", (Finding(NAME, UNKNOWN, "hidden from r"),), "")
HIDDEN = Finding(
    NAME, UNKNOWN, "hidden from r", code="rows_hidden", headline="rows of sessions may be hidden"
)


def at(now: datetime = NOON, view: CheckResult | None = SEEN, **more: Any) -> Context:
    seen = {} if view is None else {"row_visibility": view}
    return Context(GUARDS, now, seen=seen, **more)


# The question itself.

DAYS = [
    (datetime(2026, 12, 1, 0, 5, tzinfo=UTC), date(2026, 12, 1), date(2027, 1, 1)),
    (datetime(2026, 12, 31, 23, 59, tzinfo=UTC), date(2026, 12, 1), date(2027, 1, 1)),
    (datetime(2028, 2, 29, 12, tzinfo=UTC), date(2028, 2, 1), date(2028, 3, 1)),
    (datetime(2026, 1, 31, tzinfo=UTC), date(2026, 1, 1), date(2026, 2, 1)),
    (datetime.fromisoformat("2027-01-01T00:30+01:00"), date(2026, 12, 1), date(2027, 1, 1)),
    (datetime.fromisoformat("2026-11-30T20:00-05:00"), date(2026, 12, 1), date(2027, 1, 1)),
]


@pytest.mark.parametrize(("now", "month", "after"), DAYS)
def test_months_are_those_of_utc(now: datetime, month: date, after: date) -> None:
    asked = at(now)
    assert (asked.period(SESSIONS), asked.next_period(SESSIONS)) == (month, after)
    turn = datetime(after.year, after.month, 1, tzinfo=UTC)
    assert asked.until_next(SESSIONS) == turn - now


def test_window_begins_at_midnight_utc_so_that_days_are_whole() -> None:
    assert at().since == datetime(2026, 12, 3, tzinfo=UTC)
    assert at(window_days=1).since == datetime(2026, 12, 9, tzinfo=UTC)
    early = datetime.fromisoformat("2026-12-10T00:30:15.5+02:00")
    assert at(early, window_days=1).since == datetime(2026, 12, 8, tzinfo=UTC)


def test_tables_are_named_for_the_queries_in_one_order() -> None:
    assert at().schemas[:2] == ["public", "public"]
    assert at().tables[:2] == ["sessions", "events"]
    rows = [{"table_name": "events", "n": 1}, {"table_name": "sessions", "n": 2}]
    assert rows_of("sessions", rows) == rows[1:]


def test_rows_are_hidden_until_a_check_has_seen_all_of_them() -> None:
    assert row_visibility.hidden(at(), SESSIONS) is None
    assert row_visibility.hidden(at(view=BLIND), SESSIONS) == "hidden from r"
    assert row_visibility.hidden(at(view=BLIND), EVENTS) is None
    assert (
        row_visibility.hidden(at(view=None), SESSIONS)
        == "whether every row is visible was not observed"
    )


def test_critical_is_of_this_guard_by_its_table_a_partition_or_its_function() -> None:
    def seen(status: Status, subject: str) -> Context:
        leaf = {"table": "sessions", "relation": "leaf"}
        found = (Finding(subject, status, "x"),)
        result = CheckResult("guard_triggers", found, "", {"triggers": (leaf,)})
        return Context(GUARDS, NOON, seen={"guard_triggers": result})

    for subject in (NAME, "leaf", "public.trg_sessions_set_created_month()"):
        assert guard_triggers.CHECK.critical(seen(CRITICAL, subject), SESSIONS)
        assert not guard_triggers.CHECK.critical(seen(CRITICAL, subject), EVENTS)
        assert not guard_triggers.CHECK.critical(seen(UNKNOWN, subject), SESSIONS)
    assert not guard_triggers.CHECK.critical(at(), SESSIONS)


def failed(state: str, words: str = "it said so") -> QueryFailed:
    return QueryFailed("checks/x", state, words)


def test_table_that_cannot_be_read_is_unknown_and_the_others_answer() -> None:
    def look(guard: Guard) -> list[Finding]:
        if guard is SESSIONS:
            raise failed("57014")
        return [Finding(guard.relation, OK, "fine")]

    slow, *others = each(GUARDS, look)
    assert (slow.subject, slow.status) == (NAME, UNKNOWN)
    assert slow.detail == "PostgreSQL stopped the query after 2 s (statement_timeout)"
    assert "create index" in (slow.remedy or "")
    assert (slow.code, slow.headline) == ("timed_out", "sessions could not be read in time")
    assert {finding.status for finding in others} == {OK}
    refused = unobserved(NAME, "events", failed("42501", "permission denied for table tenants"))
    assert refused.headline == "events was not read: permission denied", "on another table"


def test_what_stood_in_the_way_is_said_and_what_makes_it_observable() -> None:
    assert reason(failed("XX000")) == "it said so"
    assert reason(failed("55P03")) == (
        "another session holds a lock on the table, and this check does not wait for it"
    )
    assert remedy_for(failed("XX000")) == ()
    assert "sql/setup/50_role.sql" in shown(remedy_for(failed("42501")))
    assert "pg_stat_activity" in shown(remedy_for(failed("55P03"), SESSIONS))
    assert remedy_for(failed("57014")) == ()
    assert takes_no_rows(failed("25006"))
    assert takes_no_rows(failed("XX000", "cannot do that during recovery"))
    assert not takes_no_rows(failed("42501"))


# Next month: a warning, and critical in the last 72 hours.


@pytest.mark.parametrize("turn", ["2027-01-01", "2027-03-01", "2028-03-01", "2026-05-01"])
def test_next_month_presses_in_the_last_72_hours(turn: str) -> None:
    begins = datetime.fromisoformat(turn).replace(tzinfo=UTC)
    hour = timedelta(hours=1)
    for before, status in ((73, WARNING), (72, CRITICAL), (1, CRITICAL)):
        asked = at(begins - before * hour)
        assert missing.severity(SESSIONS, begins.date(), asked) is status, before
    assert missing.severity(SESSIONS, begins.date(), at(begins - 72 * hour - hour / 60)) is WARNING


def test_month_presses_as_long_as_it_is_within_the_window() -> None:
    asked = at(datetime(2026, 12, 5, tzinfo=UTC))  # the window begins on 28 November
    by_month = {
        month: missing.severity(SESSIONS, date(2026 + (month > 12), (month - 1) % 12 + 1, 1), asked)
        for month in (9, 10, 11, 12, 13, 14, 15)
    }
    assert by_month == {
        9: WARNING, 10: WARNING, 11: CRITICAL, 12: CRITICAL, 13: WARNING, 14: OK, 15: OK
    }  # fmt: skip
    later = at(datetime(2026, 12, 9, tzinfo=UTC))  # it begins on 2 December
    assert missing.severity(SESSIONS, date(2026, 11, 1), later) is WARNING
    edge = at(datetime(2026, 12, 8, tzinfo=UTC))  # on the very first of December
    assert missing.severity(SESSIONS, date(2026, 11, 1), edge) is WARNING


# Rows that were counted.


def day(number: int, rows: int = 5, wrong: int = 0, nulls: int = 0) -> Row:
    first = datetime(2026, 12, number, 8, tzinfo=UTC)
    return {
        "day": first.date(),
        "rows": rows,
        "wrong": wrong,
        "nulls": nulls,
        "keys": [date(2026, 10, 1), None] if wrong else [],
        "first_seen": first if wrong else None,
        "last_seen": first + timedelta(hours=1) if wrong else None,
    }


def test_wrong_rows_of_the_window_are_critical_whoever_looks() -> None:
    for view in (SEEN, BLIND, None):
        found = wrong_keys._judge_recent(SESSIONS, (day(4, 5, 2), day(5, 5, 1)), at(view=view))
        assert found.status is CRITICAL
        assert "3 rows" in found.detail
        assert found.headline == "3 recent rows of sessions have a wrong month key"
        assert "04 Dec 2026 08:00 UTC – 05 Dec 2026 09:00 UTC" in found.detail
        assert found.remedy


def test_no_wrong_row_is_ok_where_all_were_seen_and_unknown_elsewhere() -> None:
    said = wrong_keys._judge_recent(SESSIONS, (day(4, 5), day(5, 7, nulls=2)), at())
    assert said == Finding(
        NAME, OK, "all 10 recent keys of public.sessions are the first of their month", code="holds"
    )
    for rows in ((day(4),), ()):
        assert wrong_keys._judge_recent(SESSIONS, rows, at(view=BLIND)).status is UNKNOWN
        assert wrong_keys._judge_recent(SESSIONS, rows, at(view=None)).status is UNKNOWN
    assert wrong_keys._judge_recent(SESSIONS, (), at()) == Finding(
        NAME,
        OK,
        "public.sessions has no rows since 3 Dec to judge",
        code="no_rows",
        headline="sessions has no recent rows",
    )
    only_nulls = wrong_keys._judge_recent(SESSIONS, (day(4, 2, nulls=2),), at())
    assert only_nulls.detail == "public.sessions has no rows since 3 Dec to judge"


def ids(count: int) -> Row:
    return {
        "rows": 9,
        "compared": 1_000,
        "ids": count,
        "samples": ["id-1", "id-2"][:count],
        "first_seen": NOON,
        "last_seen": NOON,
    }


def test_id_in_two_months_is_a_warning_that_somebody_decides() -> None:
    found = duplicate_ids._judge(SESSIONS, ids(2), at(view=BLIND))
    assert found == Finding(
        NAME,
        WARNING,
        "2 ids of public.sessions stand in more than one month, id-1, id-2 for one; the recent"
        " rows are of 10 Dec 2026 12:00 UTC",
        decision(
            "which of these rows stays?",
            "select * from public.sessions\nwhere id::text = 'id-1';",
        ),
        "Whatever joins by the id alone counts these twice; the guard cannot know which is meant.",
        code="id_repeated",
        headline="2 ids of sessions stand in more than one month",
    )
    one = duplicate_ids._judge(SESSIONS, ids(1), at())
    assert one.detail.startswith("1 id of public.sessions ")
    assert one.headline == "1 id of sessions stands in more than one month"
    assert duplicate_ids._judge(SESSIONS, ids(0), at(view=BLIND)) == HIDDEN
    assert duplicate_ids._judge(SESSIONS, ids(0), at()) == Finding(
        NAME,
        OK,
        "no id stands in two months among 9 rows of public.sessions since 3 Dec, and of the"
        " newest 1,000 none stands in any other month",
        code="holds",
    )


# Whether rows come in: at most a warning.


def newest(moment: datetime | None, *, any_row: bool = True) -> Row:
    return {"newest": moment, "any_row": any_row}


def test_pause_is_at_most_a_warning_and_an_empty_table_a_note() -> None:
    stale = NOON - timedelta(hours=6, minutes=1)
    remedy = advice("is ingestion running?")
    assert freshness._judge_age(SESSIONS, newest(NOON - timedelta(hours=6)), at()) == Finding(
        NAME, OK, "the newest row of public.sessions is of 10 Dec 2026 06:00 UTC", code="holds"
    )
    assert freshness._judge_age(SESSIONS, newest(stale), at()) == Finding(
        NAME,
        WARNING,
        "the newest row of public.sessions is of 10 Dec 2026 05:59 UTC",
        remedy,
        code="no_new_rows",
        headline="no new rows in sessions since 10 Dec 2026 05:59 UTC",
    )
    assert (
        freshness._judge_age(SESSIONS, newest(stale.replace(tzinfo=None)), at()).status is WARNING
    )
    assert freshness._judge_age(SESSIONS, newest(NOON.replace(tzinfo=None)), at()).status is OK
    assert freshness._judge_age(SESSIONS, newest(None), at()) == Finding(
        NAME,
        WARNING,
        "no row has come into public.sessions for more than 7 days",
        remedy,
        code="no_new_rows",
        headline="no new rows in sessions for more than 7 days",
    )
    assert freshness._judge_age(CALLS, newest(None), at()).detail == (
        "no row came into public.calls since 3 Dec, which may be right"
    )
    assert freshness._judge_age(SESSIONS, newest(None, any_row=False), at()) == Finding(
        NAME,
        OK,
        "public.sessions is empty: nothing to judge yet",
        code="empty",
        headline="sessions is empty",
    )
    emptied = freshness._judge_age(SESSIONS, newest(None, any_row=False), at(), NOON)
    assert emptied == Finding(
        NAME,
        WARNING,
        "public.sessions is empty, and had rows on 10 Dec 2026 12:00 UTC",
        advice("was it emptied on purpose? else a backup has the rows"),
        code="emptied",
        headline="sessions is empty, and had rows before",
    )
    for any_row in (True, False):
        unseen = freshness._judge_age(SESSIONS, newest(None, any_row=any_row), at(view=BLIND))
        assert unseen == Finding(
            NAME,
            UNKNOWN,
            "hidden from r",
            code="rows_hidden",
            headline="rows of sessions may be hidden",
        )
    assert freshness._judge_age(SESSIONS, newest(stale), at(view=BLIND)).status is WARNING


# What this role may see.


def view(**changed: Any) -> Row:
    return {
        "role": "watchtower",
        "schema_usage": True,
        "unreadable": [],
        "row_security": True,
        "sees_all": True,
        "filters": [],
        **changed,
    }


def test_view_is_proven_by_a_plain_policy_or_by_not_being_bound() -> None:
    judge = row_visibility._judge_view
    assert judge(SESSIONS, view()) == Finding(
        NAME,
        OK,
        "a policy shows every row of public.sessions to the role watchtower",
        code="holds",
    )
    assert judge(SESSIONS, view(row_security=False, sees_all=False)) == Finding(
        NAME,
        OK,
        "row level security does not bind the role watchtower on public.sessions",
        code="holds",
    )
    assert judge(SESSIONS, None) == Finding(
        NAME,
        UNKNOWN,
        "public.sessions does not exist",
        code="table_missing",
        headline="the table sessions does not exist",
    )


@pytest.mark.parametrize(
    ("changed", "words", "headline"),
    [
        (
            {"schema_usage": False},
            "the role watchtower may not use the schema public",
            "watchtower may not use the schema public",
        ),
        (
            {"unreadable": ["id", "created_at"]},
            "the role watchtower may not read id, created_at of public.sessions",
            "watchtower may not read every column of sessions",
        ),
        (
            {"sees_all": False},
            "row level security hides every row of public.sessions from the role watchtower:"
            " no policy",
            "every row of sessions is hidden from watchtower",
        ),
        (
            {"sees_all": False, "filters": ["watchtower_reads"]},
            "row level security may hide rows of public.sessions from the role watchtower"
            " (watchtower_reads)",
            "rows of sessions may be hidden from watchtower",
        ),
    ],
)
def test_what_this_role_may_not_see_is_unknown_and_the_setup_lets_it_see(
    changed: dict[str, Any], words: str, headline: str
) -> None:
    found = row_visibility._judge_view(SESSIONS, view(**changed))
    assert (found.subject, found.status, found.detail) == (NAME, UNKNOWN, words)
    assert found.headline == headline
    assert "sql/setup/50_role.sql" in (found.remedy or "")


def test_restrictive_policy_is_a_decision_and_another_role_is_granted_by_name() -> None:
    hidden = view(sees_all=False, filters=["watchtower_reads", "by_site"])
    remedy = row_visibility._judge_view(SESSIONS, hidden).remedy or ""
    assert remedy == (
        "-- a decision: take the role watchtower out of the policies that hide rows:\n"
        "select policyname, roles, qual from pg_policies\n"
        "where schemaname = 'public' and tablename = 'sessions'\n"
        "  and permissive = 'RESTRICTIVE';"
    )
    other = row_visibility._judge_view(SESSIONS, view(role="Some One", sees_all=False)).remedy or ""
    assert other.splitlines()[1:] == [
        'grant usage on schema public to "Some One";',
        'grant select (id, created_month, created_at, tableoid) on public.sessions to "Some One";',
        'drop policy if exists "Some One_reads" on public.sessions;',
        'create policy "Some One_reads" on public.sessions for select to "Some One" using (true);',
    ]
    events = row_visibility._judge_view(
        EVENTS, view(role="r", unreadable=["id"], row_security=False)
    )
    assert (events.remedy or "").splitlines()[2] == (
        "grant select (id, session_month, created_at, session_id, tableoid) on public.events to r;"
    )
    assert "create policy" not in (events.remedy or "")
    filtered = view(role="r", sees_all=False, filters=["by_site", "by_day"])
    assert row_visibility._judge_view(SESSIONS, filtered).detail.endswith(
        "role r (by_site, by_day)"
    )
    assert (row_visibility._judge_view(SESSIONS, filtered).remedy or "").endswith(
        "-- a restrictive policy goes on hiding rows; take the role out of: by_site, by_day"
    )


# What somebody took responsibility for.


def test_accepted_rows_are_a_note_and_one_more_stays_a_warning_that_says_so() -> None:
    row = {"by": "ada", "created_at": NOON, "count": 1_200, "reason": "an import"}
    old = Finding(NAME, WARNING, "1,200 rows", statements("repair"), "m")
    assert accepted._settled(old, row, within=True) == Finding(
        NAME,
        OK,
        "1,200 rows; accepted by ada on 10 Dec 2026 12:00 UTC: an import",
        (),
        "m",
        "accepted 1,200 by ada on 10 Dec 2026 12:00 UTC: an import",
        found="1,200 rows",
    )
    assert accepted._settled(old, row, within=False) == replace(
        old,
        detail="1,200 rows; more than the 1,200 that ada on 10 Dec 2026 12:00 UTC accepted",
        accepted="accepted 1,200 by ada on 10 Dec 2026 12:00 UTC: an import",
    )


# The job: at most a warning.


def job(**changed: Any) -> Row:
    return {
        "name": "maintain-partitions",
        "schedule": "0 3 25 * *",
        "active": True,
        "calls_routine": True,
        "last_status": "succeeded",
        "last_end": NOON - timedelta(days=15),
        **changed,
    }


@pytest.mark.parametrize(
    ("changed", "status", "words"),
    [
        ({}, OK, "is active; its last run succeeded on 25 Nov 2026 12:00 UTC"),
        ({"calls_routine": None}, OK, "is active; its last run succeeded on 25 Nov 2026 12:00 UTC"),
        ({"last_status": None, "never_any": True}, OK, "is active and has not run yet"),
        ({"last_status": None, "never_any": None}, OK, "is active and has no run on record"),
        ({"active": False}, WARNING, "is not active"),
        (
            {"calls_routine": False},
            WARNING,
            "does not call create_next_month_partitions() in this database",
        ),
        (
            {"last_end": NOON - timedelta(days=36)},
            WARNING,
            "has not run since 04 Nov 2026 12:00 UTC",
        ),
        (
            {"last_end": NOON - timedelta(days=35)},
            OK,
            "is active; its last run succeeded on 05 Nov",
        ),
    ],
)
def test_job_is_at_most_a_warning(changed: dict[str, Any], status: Status, words: str) -> None:
    found = judge_job(job(**changed), at())
    assert found.status is status
    assert found.detail.startswith(f"the job maintain-partitions (0 3 25 * *) {words}")
    assert (found.remedy is None) is (status is OK)
