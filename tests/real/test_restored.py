"""Does a copy that was dumped on one version and restored on the next stay right?"""

from __future__ import annotations

import subprocess
from collections.abc import Callable

from lib.repairs.plan import plan
from lib.trials.texts.shipped import MARK
from tests.guards import GUARDS
from tests.looking import glance, look, statuses
from tests.servers import SUPERUSER, Database, Server, binaries

ROWS = "select id, ok, details from public.watchtower_checks order by id"
COMMENTS = """
select p.proname, obj_description(p.oid, 'pg_proc') as told from pg_proc as p
where p.pronamespace = 'public'::regnamespace and obj_description(p.oid, 'pg_proc') is not null
order by 1
"""
MARKS = """
select details -> 'marks' from public.watchtower_checks
where check_name = 'partition_watchtower' order by created_at desc limit 1
"""


def brought(database: Database, copy: Database) -> None:
    """As an upgrade by dump and restore does it: plain SQL, run by the newer psql."""
    dumped = subprocess.run(
        [binaries(database.server.version) / "pg_dump", database.superuser_url],
        capture_output=True,
        check=True,
    )
    subprocess.run(
        [
            *(binaries(copy.server.version) / "psql", "--no-psqlrc", "--quiet"),
            *("--set", "ON_ERROR_STOP=1", "--dbname", copy.superuser_url),
        ],
        input=dumped.stdout,
        stdout=subprocess.DEVNULL,
        check=True,
    )


def test_copy_of_15_on_18_is_as_right_as_it_was(
    servers: Callable[[str], tuple[Server, Database]],
) -> None:
    (old, of_old), (new, _) = servers("15"), servers("18")
    with old.new_database(of_old.name) as database, new.new_database() as copy:
        assert statuses(look(database)) == {}
        brought(database, copy)
        marked, rows = (database.rows(asked, user=SUPERUSER) for asked in (COMMENTS, ROWS))
        assert sum(MARK in told for _, told in marked) == sum(
            guard.partitioned for guard in GUARDS
        ), "a guard's own mark"
        assert rows
        assert [copy.rows(asked, user=SUPERUSER) for asked in (COMMENTS, ROWS)] == [marked, rows]
        assert statuses(glance(copy)) == {}
        report = look(copy)
        assert statuses(report) == {}
        assert plan(report).empty
        before, after = (each.value(MARKS, user=SUPERUSER) for each in (database, copy))
        assert after == before, "no definition seems to have changed"
