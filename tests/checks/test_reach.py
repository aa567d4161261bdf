"""How far does a fault reach, and are rows since the repair proven right while older ones stand?"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

from lib.checks import wrong_keys
from lib.checks.counting import Counting
from lib.core.context import Context
from lib.core.errors import QueryFailed
from tests.drifting import EARLIER_MONTH, GUARDS_OFF, GUARDS_ON, NULLABLE, drift_sessions
from tests.guards import GUARDS, SESSIONS
from tests.looking import check, look
from tests.servers import Database

SINCE = timedelta(minutes=20)


def radius(report: Any, check: str) -> dict[str, Any]:
    return {row["fault"]: row for row in report[check].tables["radius"]}


def test_wrong_keys_say_how_far_they_reach_and_which_they_are(database: Database) -> None:
    drift_sessions(database, EARLIER_MONTH, count=9)
    drift_sessions(database, EARLIER_MONTH, age="200 days", count=7)
    report = look(database)
    found = radius(report, "wrong_keys")
    assert (found["wrong keys"]["rows"], found["older wrong keys"]["rows"]) == (9, 7)
    for row in found.values():
        assert len(row["samples"]) == 5
        assert row["first_seen"] <= row["last_seen"]
        assert len(row["months"]) == 1
        right = "select count(*) from public.sessions where id = any (%s::uuid[])"
        assert database.value(right, [row["samples"]]) == 5


def test_lost_events_are_sampled_by_cause(database: Database) -> None:
    database.execute(
        f"""
        {GUARDS_OFF}
        insert into public.events (id, session_month, session_id, created_at)
        select gen_random_uuid(), {EARLIER_MONTH}, s.id, now() - interval '1 hour'
        from public.sessions as s where s.created_month > {EARLIER_MONTH} limit 4;
        insert into public.events (id, session_month, session_id, created_at)
        select gen_random_uuid(), {EARLIER_MONTH}, gen_random_uuid(), now() - interval '1 hour'
        from generate_series(1, 8);
        {GUARDS_ON}
        """
    )
    found = radius(look(database), "orphan_rows")
    assert {fault: (row["rows"], len(row["samples"])) for fault, row in found.items()} == {
        "session in another month": (4, 4),
        "no session": (8, 5),
    }
    said = database.value(f"select {EARLIER_MONTH}")
    assert all(row["months"] == [said] for row in found.values()), "the months that the keys say"


def test_null_keys_are_sampled(database: Database) -> None:
    database.execute(NULLABLE)
    database.execute(
        """
        alter table public.events disable trigger user;
        insert into public.events (id, session_id, created_at)
        select gen_random_uuid(), s.id, now() from public.sessions as s limit 6;
        alter table public.events enable trigger user;
        """
    )
    row = radius(look(database), "null_keys")["null keys"]
    assert (row["rows"], len(row["samples"])) == (6, 5)


def test_rows_since_the_repair_are_right_while_older_ones_stand(database: Database) -> None:
    drift_sessions(database, EARLIER_MONTH, age="2 hours")
    since = datetime.now(UTC) - SINCE
    database.execute(
        "insert into public.sessions (id, created_month, created_at) select gen_random_uuid(),"
        " date_trunc('month', now() at time zone 'UTC' - interval '1 minute'),"
        " now() - interval '1 minute'"
        " from generate_series(1, 4)"
    )
    report = look(database, since=since)
    result = report["wrong_keys"]
    assert result.status.word == "critical"
    (row,) = result.tables["since"]
    assert (row["rows"], row["wrong"]) == (4, 0)
    (said,) = [f for f in result.findings if ", since " in f.subject]
    assert said.status.word == "ok"
    assert said.detail.startswith("no row of 4 of public.sessions with a wrong key since ")
    for name in ("null_keys", "orphan_rows"):
        assert all(row["wrong"] == 0 for row in report[name].tables["since"])

    drift_sessions(database, EARLIER_MONTH, age="1 minute")
    (said,) = [
        f for f in check(database, "wrong_keys", since=since).findings if ", since " in f.subject
    ]
    assert said.status.word == "critical"
    assert said.detail.startswith("3 rows of public.sessions with a wrong key since ")


def test_without_a_moment_nothing_is_counted_twice(database18: Database) -> None:
    result = check(database18, "wrong_keys")
    assert result.tables["since"] == ()
    assert not any(", since " in finding.subject for finding in result.findings)


def test_rows_since_the_repair_that_cannot_be_counted_are_unknown() -> None:
    moment = datetime(2026, 11, 24, 14, 31, tzinfo=UTC)
    session: Any = None

    def late(_: datetime) -> Any:
        raise QueryFailed("checks/wrong_keys", "57014", "canceled")

    seen = Counting(session, Context(GUARDS, moment, after=moment), wrong_keys.CHECK)
    (finding,) = seen.since(SESSIONS, "with a wrong key", late)
    assert finding.status.word == "unknown"
    assert finding.detail.endswith("PostgreSQL stopped the query after 2 s (statement_timeout)")
    assert not seen.since_then
