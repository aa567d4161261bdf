"""Are the production database and its baseline what the rest of the tests take them for?"""

from __future__ import annotations

from tests.real import OWNER_OF_TABLES
from tests.servers import Database


def test_production_has_rows_of_eleven_months_and_three_partitions(production: Database) -> None:
    leaves = "select count(*) from pg_inherits where inhparent = 'public.sessions'::regclass"
    assert production.value(leaves, user=OWNER_OF_TABLES) == 4  # three months and DEFAULT
    months = "select count(distinct created_month) from public.sessions"
    assert production.value(months, user=OWNER_OF_TABLES) in (11, 12)


def test_the_baseline_is_plain(baseline: Database) -> None:
    kind = "select relkind::text from pg_class where oid = 'public.sessions'::regclass"
    assert baseline.value(kind, user=OWNER_OF_TABLES) == "r"
