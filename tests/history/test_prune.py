"""Does only what is old enough go, by the owner's hand alone, and does what still counts stay?"""

from __future__ import annotations

from contextlib import closing
from datetime import UTC, datetime, timedelta

import pytest

from lib.core.errors import PruneFailed
from lib.db.database import Database as Connection
from lib.history import acceptance, prune
from lib.history.acceptance import ACCEPTABLE
from lib.settings.settings import parse_url
from tests.servers import Database
from tests.test_cli import run

KEEP = timedelta(days=100)
AGED = """
insert into public.watchtower_checks (check_name, ok, details, created_at)
select name, not (name = 'partition_watchtower' and n between %s and %s), '{}',
       now() - n * interval '10 days'
from generate_series(0, 19) as n, unnest(array['partition_watchtower', 'partition_drift_v1',
     'somebody_elses']) as name
"""


def connected(url: str) -> Connection:
    return Connection(parse_url("x", url))


def aged(database: Database, wrong_from: int = -1, wrong_to: int = -1) -> None:
    """Rows of 0 to 190 days ago, every ten; those of ours that many times ten days old are red."""
    database.execute(AGED, [wrong_from, wrong_to])


def gone(old: prune.Old) -> int:
    return sum(rows for rows, _ in old.names.values())


def counts(database: Database) -> dict[str, int]:
    rows = database.rows(
        "select check_name, count(*) from public.watchtower_checks group by 1 order by 1"
    )
    return dict(rows)  # type: ignore[arg-type]


def test_it_says_first_and_removes_with_yes_over_the_owner(database: Database) -> None:
    aged(database)
    settings = {"DATABASE_URL": database.role_url, "WATCHTOWER_ADMIN_URL": database.owner_url}
    said = run("prune", "--keep", "100", **settings)
    assert said.code == 0
    assert "partition_watchtower  10 of 20" in said.out
    assert "python -m lib prune --keep 100 --yes" in said.out
    assert counts(database)["partition_watchtower"] == 20, "it only said so"
    done = run("prune", "--keep", "100", "--yes", **settings)
    assert done.code == 0
    assert "20 rows removed." in done.out
    assert counts(database) == {
        "partition_drift_v1": 10,
        "partition_watchtower": 10,
        "partition_watchtower_pruned": 1,
        "somebody_elses": 20,
    }
    assert "0 rows removed." in run("prune", "--keep", "100", "--yes", **settings).out


def test_the_watchtowers_own_role_removes_nothing(database18: Database) -> None:
    aged(database18)
    unnamed = run("prune", "--yes", "--keep", "100", DATABASE_URL=database18.role_url)
    assert unnamed.code == 3
    assert "WATCHTOWER_ADMIN_URL is not set" in unnamed.err
    as_owner = {
        "DATABASE_URL": database18.role_url,
        "WATCHTOWER_ADMIN_URL": database18.role_url,
    }
    refused = run("prune", "--yes", "--keep", "100", **as_owner)
    assert refused.code == 3
    assert "Policies decide" in refused.err
    with closing(connected(database18.role_url)) as connection:
        old = prune.old(connection, KEEP, datetime.now(UTC))
        forced = prune.Old(old.cut, old.names, old.kept)
        with pytest.raises(PruneFailed, match="This role may not"):
            prune.remove(connection, forced, by="t")
    assert counts(database18)["partition_watchtower"] == 20


def test_what_still_counts_stays_however_old(database18: Database) -> None:
    with closing(connected(database18.role_url)) as connection:
        for check in ACCEPTABLE[:2]:
            for count in (9, 4):
                acceptance.accept(connection, check, count=count, reason="known", by="olga")
    database18.execute(
        "update public.watchtower_checks set created_at = now() - interval '3 years'"
    )
    database18.execute(
        "update public.watchtower_checks set created_at = created_at - interval '1 day'"
        " where details ->> 'count' = '9'"
    )
    with closing(connected(database18.owner_url)) as owner:
        old = prune.old(owner, KEEP, datetime.now(UTC))
        assert (gone(old), len(old.kept)) == (2, 2)
        prune.remove(owner, old, by="t")
    kept = database18.rows(
        "select details ->> 'count' from public.watchtower_checks"
        " where check_name = 'partition_watchtower_accepted'"
    )
    assert kept == [("4",), ("4",)]


def test_incident_under_way_keeps_all_that_came_since_it_was_fine(database18: Database) -> None:
    aged(database18, 0, 15)
    with closing(connected(database18.owner_url)) as owner:
        old = prune.old(owner, KEEP, datetime.now(UTC))
        assert old.open_since is not None
        prune.remove(owner, old, by="t")
    edge = database18.value(
        "select now() - min(created_at) from public.watchtower_checks"
        " where check_name = 'partition_watchtower'"
    )
    assert timedelta(days=160) < edge < timedelta(days=161), "the last fine run is still there"


def test_one_that_was_never_fine_keeps_everything(database18: Database) -> None:
    aged(database18, 0, 19)
    with closing(connected(database18.owner_url)) as owner:
        assert gone(prune.old(owner, KEEP, datetime.now(UTC))) == 0


def test_rows_that_do_not_go_are_said_and_a_lock_is_not_waited_for(database18: Database) -> None:
    aged(database18)
    with closing(connected(database18.owner_url)) as owner:
        old = prune.old(owner, KEEP, datetime.now(UTC))
        with database18.connect() as other, other.transaction():
            other.execute("lock table public.watchtower_checks in share mode")
            with pytest.raises(PruneFailed, match="Another session holds a lock"):
                prune.remove(owner, old, by="t")
        database18.execute(
            "create function public.stay() returns trigger language plpgsql"
            " as 'begin return null; end';"
            " create trigger stay before delete on public.watchtower_checks"
            " for each row execute function public.stay()"
        )
        with pytest.raises(PruneFailed, match="10 rows of partition_drift_v1 could not be removed"):
            prune.remove(owner, old, by="t")


@pytest.mark.parametrize("days", ["89", "x", "-1", "99999999999999999999"])
def test_days_that_the_pages_show_cannot_be_removed(days: str) -> None:
    assert run("prune", "--keep", days).code == 64


def test_rows_without_a_time_stay_and_keep_no_other_back(database18: Database) -> None:
    aged(database18)
    database18.execute(
        "alter table public.watchtower_checks alter created_at drop not null;"
        "insert into public.watchtower_checks (check_name, ok, details, created_at)"
        " select check_name, ok, '{}', null from public.watchtower_checks"
    )
    timeless = "select count(*) from public.watchtower_checks where created_at is null"
    before = database18.value(timeless)
    with closing(connected(database18.owner_url)) as owner:
        old = prune.old(owner, KEEP, datetime.now(UTC))
        assert gone(old) > 0
        prune.remove(owner, old, by="t")
    assert database18.value(timeless) == before > 0
