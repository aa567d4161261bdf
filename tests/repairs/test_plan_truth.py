"""Are the locks that a plan tells the ones it takes, and does its way back lead back?"""

from __future__ import annotations

import re
from datetime import UTC, datetime

import pytest

from lib import runbook
from lib.core.results import Report
from lib.core.statements import bare, statements
from lib.repairs.plan import Action, Plan, as_sql, plan
from tests.dealing import some
from tests.looking import look, statuses
from tests.real import OWNER_OF_TABLES
from tests.repairs.test_repairs import break_it
from tests.servers import OWNER, Database

# One of each kind of statement that a plan may hold.
KINDS = (
    "guard-after",
    "guard-on-one-partition-alone",
    "guard-under-another-name",
    "events-guard-for-replication-only",
    "sessions-guard-disabled-on-the-parent-alone",
    "sessions-function-emptied",
    "forced-row-security-blinds-the-guard",
    "next-month-missing",
    "partition-without-row-security",
    "foreign-key-missing",
    "foreign-key-without-cascade",
    "foreign-key-not-validated",
    "rpc-open-to-anon",
    "probe-may-not-run-the-function",
    "default-rows-of-a-missing-month",
    "partition-detached",
    "sessions-guard-disabled",
)
# Every row was compared, and that is all; which partitions were made, the routine's answer says;
# and rows that are where they belong stay there.
NO_WAY_BACK = {
    "foreign-key-not-validated",
    "next-month-missing",
    "default-rows-of-a-missing-month",
    "partition-detached",
}

# The strongest lock on what was there before, and how it is called.
TAKEN = """
select l.mode from pg_locks as l
where l.pid = pg_backend_pid() and l.locktype = 'relation' and l.relation = any (%s)
order by array_position(array['AccessExclusiveLock', 'ShareRowExclusiveLock',
    'ShareUpdateExclusiveLock', 'RowExclusiveLock'], l.mode) nulls last limit 1
"""
CALLED = {
    "AccessExclusiveLock": "ACCESS EXCLUSIVE",
    "ShareRowExclusiveLock": "SHARE ROW EXCLUSIVE",
    "ShareUpdateExclusiveLock": "SHARE UPDATE EXCLUSIVE",
    "RowExclusiveLock": "the repaired rows",
}
# Everything that these plans touch.
STATE = """
select format('%s %s %s', g.tgrelid::regclass, pg_get_triggerdef(g.oid), g.tgenabled)
from pg_trigger as g where not g.tgisinternal
union all
select format('%s %s', pg_get_functiondef(p.oid), (select array_agg(a::text order by a::text)
    from aclexplode(coalesce(p.proacl, acldefault('f', p.proowner))) as a))
from pg_proc as p where p.pronamespace = 'public'::regnamespace
union all
select format('%s %s', k.conrelid::regclass, pg_get_constraintdef(k.oid))
from pg_constraint as k where k.contype = 'f' and k.conparentid = 0
union all
select format('%s %s %s', c.oid::regclass, c.relrowsecurity, c.relforcerowsecurity)
from pg_class as c where c.relnamespace = 'public'::regnamespace and c.relkind in ('r', 'p')
order by 1
"""
# But for the history, into which a file writes which text it replaced.
RELATIONS = (
    "select oid::int from pg_class where relnamespace = 'public'::regnamespace"
    " and relkind in ('r', 'p') and relname <> 'watchtower_checks'"
)


def state(database: Database) -> set[str]:
    return {row[0] for row in database.rows(STATE)}


def earlier(database: Database) -> list[str]:
    """What somebody keeps before they change anything."""
    step = runbook.step("keep-what-is-live")
    assert step is not None
    (kept,) = runbook.statements(step, None, datetime.now(UTC))
    return [row[2] for row in database.rows(kept.text)]


def carry_out(database: Database, report: Report, action: Action, user: str = OWNER) -> None:
    """As it stands on paper; the strongest of its locks is the one that it tells."""
    there = [row[0] for row in database.rows(RELATIONS)]
    taken = set()
    with database.connect(user) as connection:
        for statement in statements(as_sql(Plan(report, (action,), ()), made=datetime.now(UTC))):
            if bare(statement).startswith("commit"):
                taken |= {row[0] for row in connection.execute(TAKEN, (there,))}
                allowed = connection.execute("show lock_timeout").fetchone()[0]
                assert allowed != "0", "who queues for long has the application behind them"
            connection.execute(statement)
    strongest = next((words for mode, words in CALLED.items() if mode in taken), "none on the")
    assert strongest in action.lock, taken


def take_back(database: Database, action: Action, kept: list[str]) -> None:
    """As its line says: its statements, then the earlier ones where it speaks of them."""
    if same := re.match(r"the same statements with (.+) in place of (\w+)", action.undo):
        database.execute(action.sql.replace(same[2], same[1]))
    for statement in re.findall(r"\b(?:alter|drop|revoke|grant) [^;…]+;", action.undo):
        database.execute(statement)
    if "earlier" in action.undo:
        for statement in kept:
            if not statement.startswith("alter table") or action.step == "restore-foreign-key":
                database.execute(statement)


@pytest.mark.parametrize("name", some(KINDS, 3))
def test_locks_are_those_told_and_the_way_back_leads_back(database18: Database, name: str) -> None:
    break_it(database18, name)
    broken, kept, report = state(database18), earlier(database18), look(database18)
    actions = plan(report).actions
    assert actions
    for action in actions:
        carry_out(database18, report, action)
    assert statuses(look(database18)) == {}
    for action in reversed(actions):
        take_back(database18, action, kept)
    assert name in NO_WAY_BACK or state(database18) == broken


@pytest.mark.landing
def test_locks_on_production_are_those_told(production: Database) -> None:
    """Its months are made and its rows move out of DEFAULT, beside the triggers of its own."""
    report = look(production, OWNER_OF_TABLES)
    actions = plan(report).actions
    assert len(actions) > 18
    for action in actions:
        carry_out(production, report, action, OWNER_OF_TABLES)
    assert not plan(look(production, OWNER_OF_TABLES)).actions
