"""Are wrong month keys counted, told apart by their age, and repaired as the remedy says?"""

from __future__ import annotations

from tests.drifting import ALL_ROWS, DRIFTED_KEYS, EARLIER_MONTH, NOW_MONTH, drift_sessions
from tests.looking import check, follow, look, statuses, worst_finding
from tests.servers import Database

# The window begins at midnight, UTC, so that days are whole.
RECENT = """
select count(*)::int from public.sessions
where created_at >= (date_trunc('day', now() at time zone 'UTC') - interval '7 days')
    at time zone 'UTC'
"""


def test_wrong_months_of_this_week_are_critical_and_repaired(database: Database) -> None:
    drift_sessions(database, EARLIER_MONTH)
    before = database.rows(ALL_ROWS)
    report = look(database)
    finding = worst_finding(report, "wrong_keys")
    assert finding.status.word == "critical"
    assert finding.detail.startswith("3 rows of public.sessions")
    share = 100 * 3 / database.value(RECENT)
    assert f"({share:.1f} % of the recent ones) carry a wrong created_month: " in finding.detail
    assert set(statuses(report)) == {"wrong_keys"}
    days = report["wrong_keys"].tables["days"]
    assert sum(day["wrong"] for day in days) == 3
    follow(finding.remedy, database)
    assert statuses(look(database)) == {}
    assert database.rows(ALL_ROWS) == before
    assert database.rows(DRIFTED_KEYS) == [(0, 0)]


def test_key_that_is_not_the_first_of_a_month_is_wrong(database: Database) -> None:
    drift_sessions(database, "(date_trunc('month', now()) + interval '19 days')::date")
    finding = check(database, "wrong_keys").failing()[0]
    assert finding.status.word == "critical"
    assert "not the first of a month" in finding.detail
    follow(finding.remedy, database)
    assert statuses(look(database)) == {}


def test_old_wrong_months_are_a_warning_with_their_count(database: Database) -> None:
    drift_sessions(database, EARLIER_MONTH, age="200 days")
    report = look(database)
    finding = worst_finding(report, "wrong_keys")
    assert finding.status.word == "warning"
    assert finding.detail.startswith("3 rows of public.sessions, older than 7 days, ")
    assert report.ok
    follow(finding.remedy, database)
    assert statuses(look(database)) == {}


def test_window_is_what_was_asked(database: Database) -> None:
    drift_sessions(database, EARLIER_MONTH, age="20 days")
    assert check(database, "wrong_keys", window_days=7).status.word == "warning"
    assert check(database, "wrong_keys", window_days=30).status.word == "critical"


def test_a_table_too_slow_to_read_is_unknown_and_says_which_index(database18: Database) -> None:
    database18.execute(
        "create function public.slowly(at timestamptz) returns boolean language plpgsql"
        " security definer as $$ begin perform pg_sleep(0.1); return true; end $$;"
        "alter policy watchtower_reads on public.sessions using (public.slowly(created_at));"
        "grant execute on function public.slowly(timestamptz) to watchtower"
    )
    finding = check(database18, "wrong_keys").failing()[0]
    assert finding.status.word == "unknown"
    assert "PostgreSQL stopped the query after 2 s" in finding.detail
    printed = [line for (line,) in database18.rows(finding.remedy or "")]
    assert printed[-1] == "create index on sessions (created_at);", "after those of its partitions"


def test_both_kinds_of_wrong_key_are_named(database18: Database) -> None:
    drift_sessions(database18, EARLIER_MONTH, count=1)
    drift_sessions(database18, f"({NOW_MONTH} + 1)", count=1)
    detail = check(database18, "wrong_keys").failing()[0].detail
    last = database18.value(f"select {EARLIER_MONTH}")
    assert f"not the first of a month; {last:%B %Y}" in detail
