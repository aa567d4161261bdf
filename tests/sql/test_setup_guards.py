"""Do the guards keep the partition keys right, whatever key and time zone a writer comes with?"""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

import psycopg
import pytest
from psycopg import errors

from tests.servers import ROOT, Database

ZONES = ("UTC", "Pacific/Auckland", "America/Los_Angeles")
HALF_HOUR = timedelta(minutes=30)
Connection = psycopg.Connection[Any]


def month_start(months_back: int = 0) -> datetime:
    """When did the month that many months ago begin (UTC)?"""
    today = datetime.now(UTC)
    months = today.year * 12 + today.month - 1 - months_back
    return datetime(months // 12, months % 12 + 1, 1, tzinfo=UTC)


def mid_month(months_back: int = 0) -> date:
    """A key that is routed to that month's partition, and yet is wrong."""
    return month_start(months_back).date() + timedelta(days=14)


def add_session(
    connection: Connection, created_at: datetime, month: date | None, session_id: UUID | None = None
) -> tuple[UUID, date]:
    """Which id and key does the session get?"""
    return connection.execute(
        "insert into sessions (id, created_at, created_month) values (%s, %s, %s)"
        " returning id, created_month",
        [session_id or uuid4(), created_at, month],
    ).fetchone()  # type: ignore[return-value]


def add_event(
    connection: Connection, session_id: UUID | None, month: date | None, created_at: datetime
) -> tuple[UUID, date]:
    """Which id and key does the event get?"""
    return connection.execute(
        "insert into events (session_id, session_month, created_at) values (%s, %s, %s)"
        " returning id, session_month",
        [session_id, month, created_at],
    ).fetchone()  # type: ignore[return-value]


@pytest.mark.parametrize("zone", ZONES)
@pytest.mark.parametrize("shift", [-HALF_HOUR, -HALF_HOUR * 30, HALF_HOUR, HALF_HOUR * 30])
def test_sessions_month_is_the_utc_month(lasting: Database, zone: str, shift: timedelta) -> None:
    months_back = 1 if shift < timedelta() else 0
    with lasting.connect() as connection:
        connection.execute(f"set timezone = '{zone}'")
        _, key = add_session(connection, month_start() + shift, mid_month(months_back))
    assert key == month_start(months_back).date()


@pytest.mark.parametrize("given", [None, date(1999, 1, 1), date(1999, 3, 31)])
def test_sessions_key_in_default_is_repaired(lasting: Database, given: date | None) -> None:
    with lasting.connect() as connection:
        _, key = add_session(connection, datetime(1999, 3, 31, 23, 30, tzinfo=UTC), given)
    assert key == date(1999, 3, 1)


def test_sessions_key_of_another_month_is_refused(lasting: Database) -> None:
    with lasting.connect() as connection, pytest.raises(errors.FeatureNotSupported):
        add_session(connection, month_start(), month_start(1).date())


def test_sessions_update_of_either_column_keeps_the_key_right(lasting: Database) -> None:
    with lasting.connect() as connection:
        session_id, _ = add_session(connection, month_start(), month_start().date())
        moved = connection.execute(
            "update sessions set created_at = %s where id = %s returning created_month",
            [month_start() - HALF_HOUR, session_id],
        ).fetchone()
        assert moved == (month_start(1).date(),)
        kept = connection.execute(
            "update sessions set created_month = %s where id = %s returning created_month",
            [month_start(3).date(), session_id],
        ).fetchone()
        assert kept == (month_start(1).date(),)


@pytest.mark.parametrize("zone", ZONES)
@pytest.mark.parametrize("months_before_event", [0, 1, 5])
def test_events_follow_their_session(
    lasting: Database, zone: str, months_before_event: int
) -> None:
    month = month_start(months_before_event)
    with lasting.connect() as connection:
        connection.execute(f"set timezone = '{zone}'")
        session_id, _ = add_session(connection, month + HALF_HOUR, month.date())
        for given in (month.date(), mid_month(months_before_event)):
            _, key = add_event(connection, session_id, given, month_start() + HALF_HOUR)
            assert key == month.date()


def test_events_null_key_is_looked_up(lasting: Database) -> None:
    """A null key is routed to DEFAULT, so only a month that is there can be filled in."""
    with lasting.connect() as connection:
        moment = datetime(1999, 3, 31, 23, 30, tzinfo=UTC)
        session_id, _ = add_session(connection, moment, date(1999, 3, 1))
        _, key = add_event(connection, session_id, None, moment + 2 * HALF_HOUR)
    assert key == date(1999, 3, 1)


def test_events_key_of_another_month_is_refused(lasting: Database) -> None:
    with lasting.connect() as connection:
        session_id, _ = add_session(connection, month_start(), month_start().date())
        with pytest.raises(errors.FeatureNotSupported):
            add_event(connection, session_id, month_start(1).date(), month_start())


def test_events_update_of_each_column_keeps_the_key_right(lasting: Database) -> None:
    this_month, month_before = month_start().date(), month_start(1).date()
    with lasting.connect() as connection:
        first, _ = add_session(connection, month_start(), this_month)
        second, _ = add_session(connection, month_start(1), month_before)
        event_id, _ = add_event(connection, first, this_month, month_start())
        for change, expected in (
            (f"session_id = '{second}'", month_before),
            (f"session_month = '{month_start(3).date()}'", month_before),
        ):
            key = connection.execute(
                f"update events set {change} where id = %s returning session_month", [event_id]
            ).fetchone()
            assert key == (expected,)


def test_events_update_of_site_id_repairs_a_drifted_row(database: Database) -> None:
    guard = "trigger events_set_session_month_from_session"
    with database.connect() as connection:
        session_id, _ = add_session(connection, month_start(1), month_start(1).date())
        connection.execute(f"alter table events drop constraint fk_events_session, disable {guard}")
        event_id, drifted = add_event(connection, session_id, month_start().date(), month_start())
        assert drifted == month_start().date()
        connection.execute(f"alter table events enable {guard}")
        connection.execute("update events set site_id = %s where id = %s", [uuid4(), event_id])
        repaired = connection.execute("select session_month from events where id = %s", [event_id])
        assert repaired.fetchone() == (month_start(1).date(),)


@pytest.fixture
def keeping(database: Database) -> Database:
    """With the guard that lets an event come before its session in one transaction."""
    guards = (ROOT / "sql" / "setup" / "10_guards.sql").read_text(encoding="utf-8")
    database.execute("set watchtower.unknown = 'keep';\n" + guards)
    return database


def test_event_before_its_session_keeps_the_given_month(keeping: Database) -> None:
    session_id, month = uuid4(), month_start(1).date()
    with keeping.connect(autocommit=False) as connection:
        _, key = add_event(connection, session_id, month, month_start())
        add_session(connection, month_start(1), month, session_id)
        connection.commit()
    assert key == month


def test_event_without_a_session_is_refused_at_commit(keeping: Database) -> None:
    with keeping.connect(autocommit=False) as connection:
        add_event(connection, uuid4(), month_start().date(), month_start())
        with pytest.raises(errors.ForeignKeyViolation):
            connection.commit()


def test_event_before_its_session_is_refused(lasting: Database) -> None:
    with (
        lasting.connect() as connection,
        pytest.raises(errors.ForeignKeyViolation, match="an event comes after its session"),
    ):
        add_event(connection, uuid4(), month_start().date(), month_start())


def test_unknown_session_and_no_month_is_refused(lasting: Database) -> None:
    with (
        lasting.connect() as connection,
        pytest.raises(errors.ForeignKeyViolation, match="does not exist and session_month is NULL"),
    ):
        add_event(connection, uuid4(), None, month_start())


def test_null_session_is_refused(lasting: Database) -> None:
    with (
        lasting.connect() as connection,
        pytest.raises(errors.NotNullViolation, match="session_id cannot be NULL"),
    ):
        add_event(connection, None, month_start().date(), month_start())


def test_same_id_in_two_months_keeps_the_given_pair(lasting: Database) -> None:
    session_id = uuid4()
    with lasting.connect() as connection:
        for months_back in (0, 1, 2):
            month = month_start(months_back)
            add_session(connection, month, month.date(), session_id)
        for months_back in (0, 1, 2):
            given = month_start(months_back).date()
            _, key = add_event(connection, session_id, given, month_start())
            assert key == given


def test_guard_sees_the_session_that_the_writer_may_not(database: Database) -> None:
    """Row level security hides every session from a writer who may only insert events."""
    database.execute("create policy writes on events for insert to authenticated with check (true)")
    database.execute("grant insert on events to authenticated")
    with database.connect() as connection:
        session_id, month = add_session(connection, month_start(1), month_start(1).date())
    with database.connect("postgres") as connection:
        connection.execute("set role authenticated")
        connection.execute(
            "insert into events (session_id, session_month, created_at) values (%s, %s, now())",
            [session_id, mid_month(1)],
        )
    query = "select session_month from events where session_id = %s"
    assert database.value(query, [session_id]) == month


def test_temporary_look_alikes_do_not_mislead(lasting: Database) -> None:
    with lasting.connect() as connection:
        for name in ("sessions", "date", "uuid", "timestamptz", "interval"):
            connection.execute(f'create temp table "{name}" (nothing text)')
        session_id = uuid4()
        connection.execute(
            "insert into public.sessions (id, created_at, created_month) values (%s, %s, %s)",
            [session_id, month_start(), mid_month()],
        )
        key = connection.execute(
            "insert into public.events (session_id, session_month) values (%s, %s)"
            " returning session_month",
            [session_id, mid_month()],
        ).fetchone()
    assert key == (month_start().date(),)
