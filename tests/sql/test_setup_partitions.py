"""Does create_next_month_partitions() make what is missing, and say what it could not?"""

from __future__ import annotations

import time
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, date, datetime
from typing import Any

import pytest
from psycopg import errors

from tests.servers import Database

TABLES = ("sessions", "events")
MAKE = "select public.create_next_month_partitions()"
MAKE_AT = "select public.watchtower_make_partitions(%s)"
COVERED = "select public.watchtower_month_is_covered(%s, %s)"
# Far from the template's months, and over the turn of a year.
FAR = datetime(2040, 11, 30, 23, 59, 59, tzinfo=UTC)
FAR_MONTHS = ("2040_11", "2040_12", "2041_01", "2041_02")
ALL_FAR = [f"public.{table}_{month}" for table in TABLES for month in FAR_MONTHS]


def made_far(database: Database, **expected: Any) -> dict[str, Any]:
    """What did the routine answer for the far months, where it had something to say?"""
    outcome = database.value(MAKE_AT, [FAR])
    assert outcome["ok"] is (not outcome["problems"])
    for name, value in expected.items():
        assert outcome[name] == value, outcome
    return outcome


def test_makes_four_months_of_both_tables(bare: Database) -> None:
    bare.run_setup()
    outcome = bare.value(MAKE)
    assert (outcome["ok"], len(outcome["made"]), outcome["present"]) == (True, 8, 0)
    now = datetime.now(UTC)
    assert outcome["made"][0] == f"public.sessions_{now:%Y_%m}"
    again = bare.value(MAKE)
    assert (again["ok"], again["made"], again["present"]) == (True, [], 8)


@pytest.mark.parametrize("zone", ["UTC", "Pacific/Auckland", "America/Los_Angeles"])
def test_months_are_utc_months(database: Database, zone: str) -> None:
    with database.connect() as connection:
        connection.execute(f"set timezone = '{zone}'; set datestyle = 'SQL, DMY'")
        ((before,),) = connection.execute(MAKE_AT, [FAR]).fetchall()
        ((after,),) = connection.execute(MAKE_AT, [datetime(2040, 12, 1, tzinfo=UTC)]).fetchall()
    assert before["made"] == ALL_FAR
    assert before["checked_at"] == "2040-11-30T23:59:59.000000Z"
    assert after["made"] == ["public.sessions_2041_03", "public.events_2041_03"]
    bounds = "select pg_get_expr(relpartbound, 0) from pg_class where relname = 'events_2040_12'"
    assert database.value(bounds) == "FOR VALUES FROM ('2040-12-01') TO ('2041-01-01')"


def test_new_partitions_are_closed_and_guarded(database: Database) -> None:
    database.execute(
        "alter default privileges grant all on tables to public, anon, authenticated, service_role"
    )
    made_far(database, made=ALL_FAR)
    assert database.value("select verify_partition_triggers_exist()") is True
    for name in ALL_FAR:
        state = database.rows(
            "select relrowsecurity, relacl::text ~ '(anon|authenticated|[{,])=',"
            " (select count(*) from pg_trigger t where t.tgrelid = c.oid and tgname ~ '_month'"
            "  and tgparentid <> 0),"
            " (select count(*) from pg_constraint where conrelid = c.oid and contype = 'f'),"
            " (select count(*) from pg_index i where i.indrelid = c.oid)"
            " from pg_class c where oid = %s::regclass",
            [name],
        )
        is_event = "events" in name
        assert state == [(True, False, 1, int(is_event), 3 if is_event else 2)], name


def test_row_level_security_follows_the_parent(database: Database) -> None:
    database.execute(
        "alter table sessions disable row level security;"
        "alter table events force row level security"
    )
    made_far(database, ok=True)
    flags = database.rows(
        "select relname, relrowsecurity, relforcerowsecurity from pg_class"
        " where relname in ('sessions_2040_11', 'events_2040_11') order by relname desc"
    )
    assert flags == [("sessions_2040_11", False, False), ("events_2040_11", True, True)]


def test_two_callers_at_once(database: Database) -> None:
    with ThreadPoolExecutor(4) as pool:
        outcomes = list(pool.map(lambda _: database.value(MAKE_AT, [FAR]), range(4)))
    assert all(outcome["ok"] for outcome in outcomes), outcomes
    assert sorted(name for outcome in outcomes for name in outcome["made"]) == sorted(ALL_FAR)


def test_second_caller_waits_for_the_first(database: Database) -> None:
    with ThreadPoolExecutor(1) as pool, database.connect(autocommit=False) as first:
        ((outcome,),) = first.execute(MAKE_AT, [FAR]).fetchall()
        second = pool.submit(database.value, MAKE_AT, [FAR])
        time.sleep(0.3)
        assert not second.done()
        first.commit()
        assert (len(outcome["made"]), second.result()["present"]) == (8, 8)


def test_rows_in_default_are_told_and_the_rest_is_made(database: Database) -> None:
    database.execute(
        "insert into sessions (created_at, created_month)"
        " select '2040-12-05', '2040-12-01' from generate_series(1, 3)"
    )
    outcome = made_far(database, made=[name for name in ALL_FAR if name != ALL_FAR[1]])
    (problem,) = outcome["problems"]
    assert (problem["table"], problem["month"]) == ("public.sessions", "2040-12-01")
    assert problem["default_rows"] == 3
    assert "sessions_default holds 3 rows of this month" in problem["problem"]
    database.execute("delete from sessions_default where created_month = '2040-12-01'")
    made_far(database, made=[ALL_FAR[1]], present=7)


def test_name_that_is_taken_is_told(database: Database) -> None:
    database.execute(
        "create table sessions_2040_12 (nothing int); create view events_2041_01 as select"
    )
    outcome = made_far(database, made=[n for n in ALL_FAR if n not in (ALL_FAR[1], ALL_FAR[6])])
    told = [(problem["month"], problem["problem"]) for problem in outcome["problems"]]
    assert [month for month, _ in told] == ["2040-12-01", "2041-01-01"]
    assert all("exists already but is not the partition of this month" in text for _, text in told)


def test_a_name_that_belies_its_bounds_covers_what_the_bounds_say(database: Database) -> None:
    database.execute(
        "create table sessions_2040_12 partition of sessions"
        " for values from ('2050-12-01') to ('2051-01-01')"
    )
    assert database.value(COVERED, ["public.sessions", date(2040, 12, 1)]) is False
    assert database.value(COVERED, ["public.sessions", date(2050, 12, 1)]) is True
    outcome = made_far(database)
    assert [problem["month"] for problem in outcome["problems"]] == ["2040-12-01"]


@pytest.mark.parametrize("zone", ["UTC", "Pacific/Auckland"])
def test_a_quarter_covers_its_months(database: Database, zone: str) -> None:
    database.execute(
        f"alter database {database.name} set timezone = '{zone}';"
        f"alter database {database.name} set datestyle = 'German'"
    )
    database.execute(
        "create table sessions_q partition of sessions"
        " for values from ('2040-10-01') to ('2041-01-01');"
        "create table sessions_later partition of sessions"
        " for values from ('2041-02-01') to (maxvalue)"
    )
    made_far(database, made=["public.sessions_2041_01", *ALL_FAR[4:]], present=3, ok=True)


def test_a_divided_quarter_covers_what_its_parts_do(database: Database) -> None:
    database.execute(
        "create table quarter partition of sessions"
        " for values from ('2040-10-01') to ('2041-01-01') partition by range (created_month);"
        "create table november partition of quarter"
        " for values from ('2040-11-01') to ('2040-12-01');"
        "create table year partition of events"
        " for values from ('2040-01-01') to ('2041-01-01') partition by hash (id)"
    )
    covered = [database.value(COVERED, ["public.sessions", date(2040, m, 1)]) for m in (10, 11, 12)]
    assert covered == [False, True, False]
    assert database.value(COVERED, ["public.events", date(2040, 11, 1)]) is False
    database.execute("create table y0 partition of year for values with (modulus 1, remainder 0)")
    assert database.value(COVERED, ["public.events", date(2040, 11, 1)]) is True


def test_overlapping_bounds_are_told(database: Database) -> None:
    database.execute(
        "create table odd partition of events for values from ('2040-12-10') to ('2041-01-01')"
    )
    (problem,) = made_far(database)["problems"]
    assert (problem["table"], problem["month"]) == ("public.events", "2040-12-01")
    assert "would overlap partition" in problem["problem"]


def test_a_pending_detach_covers_nothing(database: Database) -> None:
    made_far(database)
    database.execute("drop table events_default")  # with a DEFAULT nothing detaches concurrently
    detach = "alter table events detach partition events_2040_12 concurrently"
    with (
        database.connect(autocommit=False) as reader,
        database.connect(options="-c statement_timeout=500ms") as owner,
    ):
        reader.execute("select count(*) from events")
        with pytest.raises(errors.QueryCanceled):
            owner.execute(detach)
        reader.rollback()
    query = "select count(*) from pg_inherits where inhdetachpending"
    assert database.value(query) == 1
    assert database.value(COVERED, ["public.events", date(2040, 12, 1)]) is False


def test_lock_timeout_is_told_within_seconds(database: Database) -> None:
    with database.connect(autocommit=False) as reader:
        reader.execute("select count(*) from sessions_default")
        start = time.monotonic()
        outcome = made_far(database, made=ALL_FAR[4:])
        assert time.monotonic() - start < 8
    assert {problem["table"] for problem in outcome["problems"]} == {"public.sessions"}
    assert all("lock timeout" in problem["problem"] for problem in outcome["problems"])
    made_far(database, made=ALL_FAR[:4], present=4)


def test_foreign_key_holds_on_new_partitions(database: Database) -> None:
    made_far(database)
    with database.connect() as connection, pytest.raises(errors.ForeignKeyViolation):
        connection.execute(
            "insert into events (session_id, session_month)"
            " values (gen_random_uuid(), '2040-12-01')"
        )


DIVIDED = "create table part_{} partition of divided {}"
UPPER = "80000000-0000-0000-0000-000000000000"
# How a month is divided further, its parts, and whether every row of the month finds one.
WAYS = [
    ("range (id)", [f"for values from (minvalue) to ('{UPPER}')"], False),
    ("range (id)", [f"for values from (minvalue) to ('{UPPER}')", "default"], True),
    ("hash (id)", ["for values with (modulus 2, remainder 0)"], False),
    (
        "hash (id)",
        ["for values with (modulus 2, remainder 0)", "for values with (modulus 4, remainder 1)"],
        False,
    ),
    (
        "hash (id)",
        [
            "for values with (modulus 2, remainder 0)",
            "for values with (modulus 4, remainder 1)",
            "for values with (modulus 4, remainder 3)",
        ],
        True,
    ),
    ("range (created_month)", ["for values from ('2040-11-01') to ('2040-11-02')"], True),
    ("range (created_month)", ["for values from ('2040-11-02') to ('2040-12-01')"], False),
    (
        "range (created_month)",
        ["for values from ('2040-11-02') to ('2040-12-01')", "default"],
        True,
    ),
    ("list (created_month)", ["for values in ('2040-11-01')"], True),
    ("list (created_month)", ["for values in ('2040-11-02')"], False),
    ("list (id)", [f"for values in ('{UPPER}')"], False),
    ("list (id)", [], False),
]


@pytest.mark.parametrize(("how", "parts", "covered"), WAYS)
def test_a_month_divided_further_is_covered_where_every_row_finds_a_leaf(
    how: str, parts: list[str], covered: bool, database18: Database
) -> None:
    database18.execute(
        "create table divided partition of sessions"
        f" for values from ('2040-11-01') to ('2040-12-01') partition by {how}"
    )
    for number, part in enumerate(parts):
        database18.execute(DIVIDED.format(number, part))
    assert database18.value(COVERED, ["public.sessions", date(2040, 11, 1)]) is covered
    assert database18.value(COVERED, ["public.sessions", date(2040, 12, 1)]) is False


def test_a_month_divided_further_that_lacks_a_part_is_named_by_the_routine(
    database18: Database,
) -> None:
    database18.execute(
        "create table sessions_2040_11 partition of sessions"
        " for values from ('2040-11-01') to ('2040-12-01') partition by hash (id)"
    )
    made = "select public.watchtower_make_partition('public.sessions', '2040-11-01') ->> 'problem'"
    assert "is divided further and has no place for some rows" in database18.value(made)


def test_a_month_that_another_session_made_meanwhile(database: Database) -> None:
    with database.connect(autocommit=False) as older:
        older.execute("set transaction isolation level repeatable read")
        older.execute("select count(*) from watchtower_checks")
        made_far(database, made=ALL_FAR)
        ((outcome,),) = older.execute(MAKE_AT, [FAR]).fetchall()
    assert len(outcome["problems"]) == 8
    for problem in outcome["problems"]:
        assert "attached by another session after this transaction began" in problem["problem"]
