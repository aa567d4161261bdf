"""Do dates that Python cannot hold hide nothing, and alarm nobody?"""

from __future__ import annotations

import pytest

from tests.looking import look, refreshed, statuses
from tests.servers import Database


@pytest.mark.parametrize("moment", ["infinity", "20000-03-15", "9999-12-15"])
def test_one_row_far_ahead_blinds_no_check(moment: str, database: Database) -> None:
    database.execute(
        "insert into public.sessions (id, created_at, created_month)"
        f" values (gen_random_uuid(), '{moment}', '9999-12-01')",
    ) if moment == "9999-12-15" else database.execute(
        "alter table public.sessions disable trigger sessions_set_created_month;"
        "insert into public.sessions (id, created_at, created_month)"
        f" values (gen_random_uuid(), '{moment}', '2026-01-01');"
        "alter table public.sessions enable trigger sessions_set_created_month"
    )
    report = look(database)
    assert "unknown" not in statuses(report).values()
    assert report["wrong_keys"].status.word in ("ok", "critical")


def test_open_bounds_are_healthy(database: Database) -> None:
    database.execute(
        "create table public.sessions_old partition of public.sessions"
        " for values from (minvalue) to ('2020-01-01');"
        "create table public.sessions_later partition of public.sessions"
        " for values from ('2030-01-01') to (maxvalue);"
        "alter table public.sessions_old enable row level security;"
        "alter table public.sessions_later enable row level security"
    )
    seen = statuses(look(database))
    assert not {"unknown", "critical"} & set(seen.values()), seen


@pytest.mark.parametrize("moment", ["-infinity", "0044-03-15 BC"])
def test_one_row_of_long_ago_blinds_no_check(moment: str, database: Database) -> None:
    database.execute(
        "alter table public.sessions disable trigger sessions_set_created_month;"
        "insert into public.sessions (id, created_at, created_month)"
        f" values (gen_random_uuid(), '{moment}', '2026-01-01');"
        "alter table public.sessions enable trigger sessions_set_created_month"
    )
    assert "unknown" not in statuses(look(database)).values()


BOUNDS = (
    "minvalue) to ('4000-01-01 BC'",
    "'0044-03-01 BC') to ('0044-04-01 BC'",
    "'9999-12-01') to ('10000-01-01'",
    "'10000-01-01') to ('10000-02-01'",
    "'20000-01-01') to (maxvalue",
)


def test_bounds_beyond_every_year_blind_no_look(database: Database) -> None:
    """Nor the first refresh after it, which repeats what was read of the older rows."""
    for table in ("sessions", "events"):
        for n, bounds in enumerate(BOUNDS):
            database.execute(
                f"create table public.{table}_far_{n} partition of public.{table}"
                f" for values from ({bounds})"
            )
    for report in (look(database), refreshed(database)):
        assert not {"unknown", "critical"} & set(statuses(report).values()), statuses(report)
