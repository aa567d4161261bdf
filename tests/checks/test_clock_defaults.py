"""Is a clock's default that is hours off told, and one that is right left in peace?

What is said of each default is compared with what a row gets that brings no time.
"""

from __future__ import annotations

import pytest

from lib.core.results import CheckResult
from lib.repairs.plan import plan
from tests.dealing import some
from tests.looking import check, follow, glance, look
from tests.real import OWNER_OF_TABLES
from tests.repairs.test_repairs import apply
from tests.servers import OWNER, ROLE, SUPERUSER, Database

TOKYO, UTC = "Asia/Tokyo", "UTC"  # no summer time: a local time is one moment there
CLOCK = "alter table public.sessions alter column created_at set default "
# A default, and the zones in which a writer's row gets another time than now.
DEFAULTS = {
    "timezone('utc', now())": [TOKYO],
    "now() at time zone 'UTC'": [TOKYO],
    "(current_timestamp at time zone 'utc')::timestamptz": [TOKYO],
    "date_trunc('milliseconds', timezone('Etc/UTC', clock_timestamp()))": [TOKYO],
    "timezone('America/Phoenix', now())": [TOKYO, UTC],
    "timezone('asia/tokyo', now())": [UTC],
    "now()": [],
    "localtimestamp": [],
    "current_timestamp::timestamp": [],
    "timezone('utc', timezone('utc', now()))": [],
    "clock_timestamp()": [],
}


def zone(database: Database, name: str) -> None:
    database.execute(f"alter database {database.name} set timezone = '{name}'", user=SUPERUSER)


def judged(database: Database, user: str = ROLE) -> CheckResult:
    return check(database, "key_constraints", user)


def told(result: CheckResult) -> list[str]:
    return [f.detail for f in result.failing() if "hours off" in f.detail]


def hours_off(database: Database, user: str = OWNER) -> int:
    """How far from now is the time of a row that brings none, in hours? The row is taken back."""
    with database.connect(user, autocommit=False) as connection:
        connection.execute("alter table public.sessions disable trigger sessions_set_created_month")
        row = connection.execute(
            "insert into public.sessions (id, created_month, site_id) values"
            " (gen_random_uuid(), date_trunc('month', now()), gen_random_uuid())"
            " returning round(extract(epoch from created_at - now()) / 3600)::int"
        ).fetchone()
        connection.rollback()
    assert row is not None
    return int(row[0])


@pytest.mark.parametrize("default", some(DEFAULTS, 2))
@pytest.mark.parametrize("name", [TOKYO, UTC])
def test_a_default_is_told_where_it_is_off(database: Database, default: str, name: str) -> None:
    zone(database, name)
    database.execute(CLOCK + default)
    off = name in DEFAULTS[default]
    assert (hours_off(database) != 0) is off
    for user in (ROLE, OWNER):
        result = judged(database, user)
        assert result.status.word == ("warning" if off else "ok")
        assert bool(told(result)) is off
    if off:
        assert f"this database ({name})" in told(result)[0]
        follow(result.failing()[0].remedy, database)
        assert judged(database).status.word == "ok"
        assert hours_off(database) == 0


def test_production_is_in_utc_and_right(production: Database) -> None:
    assert told(judged(production, OWNER_OF_TABLES)) == []
    zone(production, TOKYO)
    words = told(judged(production, OWNER_OF_TABLES))
    assert any(
        w.startswith("public.sessions.created_at has the default timezone('utc'") for w in words
    )
    assert any(w.startswith("public.events.created_at has the default") for w in words)


def test_a_role_of_another_zone_that_may_write(database: Database) -> None:
    database.execute(CLOCK + "timezone('utc', now())")
    database.execute(
        f"alter role owner in database {database.name} set timezone = '{TOKYO}'", user=SUPERUSER
    )
    database.execute(
        f"alter role anon in database {database.name} set timezone = '{TOKYO}'", user=SUPERUSER
    )
    assert hours_off(database) != 0
    (words,) = told(judged(database))
    assert words.endswith(f"in another time zone: owner ({TOKYO})"), "anon may not write"


def test_a_writer_with_a_zone_of_its_own_is_right_in_a_database_that_is_not(
    database: Database,
) -> None:
    zone(database, TOKYO)
    database.execute(CLOCK + "timezone('utc', now())")
    database.execute(
        f"alter role owner in database {database.name} set timezone = 'UTC'", user=SUPERUSER
    )
    assert hours_off(database) == 0
    (words,) = told(judged(database))
    assert words.endswith(f"this database ({TOKYO})"), "who has none of its own is off"


def test_a_partitions_own_default(database18: Database) -> None:
    zone(database18, TOKYO)
    database18.execute(
        "alter table public.sessions_default"
        " alter column created_at set default timezone('utc', now())"
    )
    (found,) = judged(database18).failing()
    assert found.remedy == (
        "alter table public.sessions_default alter column created_at set default now();"
    )
    follow(found.remedy, database18)
    assert judged(database18).status.word == "ok"


def test_a_clock_without_zone_is_another_matter(database18: Database) -> None:
    zone(database18, TOKYO)
    database18.execute(
        "drop trigger sessions_set_created_month on public.sessions;"
        "alter table public.sessions alter column created_at type timestamp"
        " using created_at at time zone 'UTC';" + CLOCK + "timezone('utc', now())"
    )
    assert told(glance(database18)["key_constraints"]) == []


def test_the_plan_sets_it_right_and_says_the_way_back(database18: Database) -> None:
    zone(database18, TOKYO)
    database18.execute(CLOCK + "timezone('utc', now())")
    (action,) = plan(look(database18)).actions
    assert action.sql == "alter table public.sessions alter column created_at set default now();"
    assert "ACCESS EXCLUSIVE" in action.lock
    assert action.undo == (
        "alter table public.sessions alter column created_at set default"
        " timezone('utc'::text, now());"
    )
    assert apply(database18).failed == ()
    assert hours_off(database18) == 0
