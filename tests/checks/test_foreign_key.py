"""Is a foreign key that does not hold seen, wherever it lacks, and repaired?"""

from __future__ import annotations

import pytest

from tests.dealing import some
from tests.looking import look, statuses, worst_finding
from tests.servers import SUPERUSER, Database

FK = "fk_events_session"
REMAKE = (
    f"alter table public.events drop constraint {FK}; alter table public.events add constraint {FK}"
    " foreign key (session_id, session_month) references public.sessions (id, created_month)"
    " on delete cascade deferrable initially deferred {}"
)
LEAF = "do $$ begin execute format('{}', to_char(now() at time zone 'UTC', 'YYYY_MM')); end $$"
KEYS = [
    (f"alter table public.events drop constraint {FK}", "critical", "is missing on public.events"),
    (
        LEAF.format("alter table public.events_%s disable trigger all")
        + ";"
        + LEAF.format(
            "alter table public.events_%s enable trigger events_set_session_month_from_session"
        ),
        "critical",
        "has its own triggers switched off on public.events_20",
    ),
    (
        LEAF.format("alter table public.sessions_%s disable trigger all")
        + ";"
        + LEAF.format("alter table public.sessions_%s enable trigger sessions_set_created_month"),
        "critical",
        "has its own triggers switched off on public.sessions_20",
    ),
]
# PostgreSQL 15 has no such foreign key on a partitioned table.
KEYS_OF_18 = [
    (REMAKE.format("not enforced"), "critical", "is NOT ENFORCED on public.events"),
    (REMAKE.format("not valid"), "warning", "is NOT VALID: older rows may break it, on"),
]


@pytest.mark.parametrize(("sql", "status", "words"), some(KEYS, 2))
def test_foreign_key_that_does_not_hold(
    sql: str, status: str, words: str, database: Database
) -> None:
    breaks_the_foreign_key(database, sql, status, words)


@pytest.mark.parametrize(("sql", "status", "words"), KEYS_OF_18)
def test_foreign_key_that_only_18_can_have(
    sql: str, status: str, words: str, database18: Database
) -> None:
    breaks_the_foreign_key(database18, sql, status, words)


def breaks_the_foreign_key(database: Database, sql: str, status: str, words: str) -> None:
    """Break it, see it said so, and repair it by the remedy."""
    database.execute(sql, user=SUPERUSER)
    for user in ("watchtower", "owner"):
        report = look(database, user)
        assert statuses(report) == {"foreign_key": status}
        finding = worst_finding(report, "foreign_key")
        assert words in finding.detail
    database.execute(finding.remedy or "", user=SUPERUSER)
    assert statuses(look(database)) == {}


def test_foreign_key_under_another_name_is_as_good(database: Database) -> None:
    database.execute(f"alter table public.events rename constraint {FK} to pair_key")
    report = look(database)
    assert statuses(report) == {}
    assert "the foreign key pair_key is enforced" in report["foreign_key"].findings[0].detail
