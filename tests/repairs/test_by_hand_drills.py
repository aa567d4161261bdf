"""Does the plan of a drill run in psql to its end, where sql/setup made nothing but the guards?

One drill a check; `pytest -m everything` takes all of them, on both servers.
"""

from __future__ import annotations

from contextlib import suppress
from datetime import UTC, datetime
from typing import Any

import psycopg
import pytest

from lib.checks import CHECKS
from lib.repairs.plan import as_sql, plan
from tests.dealing import some
from tests.drills.drill import CRON, Drill, drills
from tests.looking import look
from tests.repairs.test_by_hand import psql
from tests.servers import OWNER, SUPERUSER, Database, Server

# Those that break what is there now, and leave it so.
ALL = [
    drill
    for drill in drills("drills")
    if not (drill.at or drill.meanwhile or CRON in drill.versions)
]
BY_CHECK = {
    sight.check: drill
    for drill in reversed(ALL)
    if "18" in drill.versions and drill.repairs is None
    for sight in drill.sees
}
# Of the other checks each drill leaves something that a person decides.
LEFT_TO_A_PERSON = {
    sight.check: drill
    for drill in reversed(ALL)
    if "18" in drill.versions
    for sight in drill.sees
    if sight.check not in BY_CHECK
}
# All that sql/setup makes but the guards and the role.
BARE = """
drop table if exists public.watchtower_checks cascade;
do $$
declare
    made regprocedure;
begin
    for made in
        select p.oid from pg_proc as p
        where p.pronamespace = 'public'::regnamespace
            and (p.proname like 'watchtower%' or p.proname in (
                'create_next_month_partitions', 'verify_partition_triggers_exist'))
    loop
        execute format('drop routine %s', made);
    end loop;
end $$
"""


def runs(drill: Drill, database: Database) -> set[str]:
    """Broken, read, and run: each statement finds what it needs. What of it is still planned?"""
    drill.break_it(database)
    try:
        database.execute(BARE, user=SUPERUSER)
        user = drill.users[0]
        if OWNER in drill.users and drill.by == OWNER:  # nobody misses the role's rights then
            user = OWNER
            database.execute("drop owned by watchtower", user=SUPERUSER)
        found = plan(look(database, user))
        assert found.actions or found.decisions
        done = psql(database, as_sql(found, made=datetime.now(UTC)), drill.by)
        assert (done.returncode, "ERROR" in done.stderr) == (0, False), done.stderr
        left = {action.sql for action in plan(look(database, user)).actions}
        return left & {action.sql for action in found.actions}
    finally:
        with suppress(psycopg.Error):  # where the whole server is broken
            drill.repair_it(database)


@pytest.mark.parametrize("check", some(sorted(BY_CHECK), 3))
def test_plan_of_a_drill_runs_to_its_end(database18: Database, check: str) -> None:
    assert runs(BY_CHECK[check], database18) == set(), "each repaired what it was for"


@pytest.mark.parametrize("check", sorted(LEFT_TO_A_PERSON))
def test_plan_that_leaves_a_decision_runs_to_its_end_too(database18: Database, check: str) -> None:
    assert runs(LEFT_TO_A_PERSON[check], database18) == set()


def test_of_each_check_one_drill_is_tried() -> None:
    assert {*BY_CHECK, *LEFT_TO_A_PERSON} == {check.name for check in CHECKS}


@pytest.mark.parametrize(
    "name",
    [
        "events-without-any-session-last-year",  # no foreign key holds for all rows
        "foreign-table-partition",  # it can have neither row level security nor a foreign key
        "table-missing",  # the files of the setup stop without it
    ],
)
def test_plan_holds_nothing_that_cannot_be(database18: Database, name: str) -> None:
    (drill,) = (drill for drill in ALL if drill.name == name)
    runs(drill, database18)


@pytest.mark.everything
@pytest.mark.parametrize("drill", ALL, ids=lambda drill: drill.name)
def test_plan_of_every_drill_runs_to_its_end(drill: Drill, server: Server, servers: Any) -> None:
    if server.version not in drill.versions:
        pytest.skip("this server cannot express it")
    with server.new_database(servers(server.version)[1].name) as database:
        runs(drill, database)
