"""Do the RPCs tell the truth: true on a healthy database, false for each way a guard can fail?"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from psycopg import errors

from tests.servers import Database
from tests.sql.guard_faults import FAULTS, GUARDS, break_guard

VERIFY = "select public.verify_partition_triggers_exist()"
DRIFT = "select public.watchtower_partition_drift_check_v1()"
ANSWER_AT = "select public.watchtower_drift_answer(%s)"


def month_end() -> datetime:
    """When does the current month end (UTC)?"""
    first = datetime.now(UTC).replace(day=1, hour=0, minute=0, second=0, microsecond=0)
    return (first + timedelta(days=32)).replace(day=1)


def test_healthy(database: Database) -> None:
    assert database.value(VERIFY) is True
    answer = database.value(DRIFT)
    checked_at = datetime.fromisoformat(answer.pop("checked_at"))
    assert abs(datetime.now(UTC) - checked_at) < timedelta(minutes=1)
    assert answer == {
        "ok": True,
        "triggers_ok": True,
        "events_partition_ok": True,
        "sessions_partition_ok": True,
        "trigger_sessions_set_created_month": True,
        "trigger_events_set_session_month_from_session": True,
    }


@pytest.mark.parametrize("fault", FAULTS)
@pytest.mark.parametrize("table", GUARDS)
def test_a_broken_guard_is_told(lasting: Database, table: str, fault: str) -> None:
    with lasting.connect(autocommit=False) as connection:
        break_guard(connection, table, fault)
        assert connection.execute(VERIFY).fetchone() == (False,)
        ((answer,),) = connection.execute(DRIFT).fetchall()
        connection.rollback()
    assert answer["ok"] is False
    assert answer["triggers_ok"] is False
    told = {name: answer[f"trigger_{name}"] for name, _ in GUARDS.values()}
    assert told == {name: name != GUARDS[table][0] for name, _ in GUARDS.values()}
    assert lasting.value(VERIFY) is True


def test_always_is_as_good_as_enabled(database: Database) -> None:
    database.execute("alter table sessions enable always trigger sessions_set_created_month")
    assert database.value(VERIFY) is True


def test_a_guard_on_update_of_anything_covers_the_columns(database: Database) -> None:
    database.execute(
        "create or replace trigger sessions_set_created_month before insert or update on sessions"
        " for each row execute function trg_sessions_set_created_month()"
    )
    assert database.value(VERIFY) is True


def test_columns_in_another_order_on_a_partition(database: Database) -> None:
    """A partition that was made apart has its own column numbers; its guard is right."""
    database.execute(
        "create table far (site_id uuid, created_at timestamptz not null default now(),"
        " created_month date not null, dropped int, id uuid not null default gen_random_uuid());"
        "alter table far drop column dropped;"
        "alter table sessions attach partition far for values from ('2090-01-01') to ('2091-01-01')"
    )
    assert database.value(VERIFY) is True
    database.execute("alter table far disable trigger sessions_set_created_month")
    assert database.value(VERIFY) is False


@pytest.mark.parametrize("table", GUARDS)
def test_current_month_missing(database: Database, table: str) -> None:
    leaf = f"{table}_{datetime.now(UTC):%Y_%m}"
    database.execute(f"truncate events; alter table {table} detach partition {leaf}")
    answer = database.value(DRIFT)
    assert answer["ok"] is False
    assert answer["triggers_ok"] is True
    other = "sessions" if table == "events" else "events"
    assert (answer[f"{table}_partition_ok"], answer[f"{other}_partition_ok"]) == (False, True)


@pytest.mark.parametrize("table", GUARDS)
def test_next_month_counts_from_72_hours_before(database: Database, table: str) -> None:
    end = month_end()
    database.execute(f"alter table {table} detach partition {table}_{end:%Y_%m}")
    asked = {
        end - timedelta(hours=72, seconds=1): True,
        end - timedelta(hours=72): False,
        end - timedelta(seconds=1): False,
        end: False,
    }
    for zone in ("UTC", "Pacific/Auckland", "America/Los_Angeles"):
        with database.connect() as connection:
            connection.execute(f"set timezone = '{zone}'; set datestyle = 'German'")
            told = {
                moment: connection.execute(ANSWER_AT, [moment]).fetchone()[0]["ok"]  # type: ignore[index]
                for moment in asked
            }
        assert told == asked


def test_answer_is_recorded(database: Database) -> None:
    database.execute("drop trigger sessions_set_created_month on sessions")
    answer = database.value(DRIFT)
    rows = database.rows("select check_name, ok, details from watchtower_checks")
    assert rows == [("partition_drift_v1", False, answer)]


def test_in_a_read_only_transaction(database: Database) -> None:
    with database.connect() as connection:
        connection.execute("set default_transaction_read_only = on")
        assert connection.execute(VERIFY).fetchone() == (True,)
        with pytest.raises(errors.ReadOnlySqlTransaction):
            connection.execute(DRIFT)


@pytest.mark.parametrize("table", GUARDS)
def test_tables_that_are_not_there(database: Database, table: str) -> None:
    database.execute(f"drop table {table} cascade")
    assert database.value(VERIFY) is False
    answer = database.value(DRIFT)
    assert (answer["ok"], answer[f"{table}_partition_ok"]) == (False, False)
