"""Is every way to write past the guards seen, and another database's setting left alone?"""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.dealing import some
from tests.looking import look, statuses, worst_finding
from tests.servers import SUPERUSER, Database

ALWAYS = """
alter table public.sessions enable always trigger sessions_set_created_month;
alter table public.events enable always trigger events_set_session_month_from_session;
"""


@pytest.fixture
def writer(database: Database) -> Iterator[str]:
    """A role of this test alone: roles belong to the whole server."""
    name = f"writer_{database.name}"
    database.execute(f"create role {name} login", user=SUPERUSER)
    yield name
    database.execute(f"drop owned by {name}; drop role {name}", user=SUPERUSER)


PLACES = [
    ("alter role {role} set session_replication_role = replica", "for the role {role}:"),
    (
        "alter role {role} in database {database} set session_replication_role = replica",
        "for the role {role} in the database {database}:",
    ),
    (
        "alter database {database} set session_replication_role = replica",
        "for the database {database}:",
    ),
    (
        "create function public.load() returns void language sql"
        " set session_replication_role = replica as ''",
        "for the function",
    ),
]


@pytest.mark.parametrize(("sql", "words"), some(PLACES, 2))
def test_replica_role_is_critical_wherever_it_is_set(
    sql: str, words: str, database: Database, writer: str
) -> None:
    names = {"role": writer, "database": database.name}
    database.execute(sql.format(**names), user=SUPERUSER)
    report = look(database)
    assert statuses(report) == {"guard_settings": "critical"}
    finding = worst_finding(report, "guard_settings")
    assert words.format(**names) in finding.detail
    assert finding.remedy
    database.execute(finding.remedy, user=SUPERUSER)
    assert statuses(look(database)) == {}


def test_guards_that_always_fire_leave_a_warning(database: Database) -> None:
    database.execute(ALWAYS)
    sql = f"alter database {database.name} set session_replication_role = replica"
    database.execute(sql, user=SUPERUSER)
    report = look(database)
    assert statuses(report) == {"guard_settings": "warning"}
    assert "foreign keys are not checked" in worst_finding(report, "guard_settings").detail


def test_a_mere_right_and_another_database_are_no_alarm(database: Database, writer: str) -> None:
    database.execute(
        f"grant set on parameter session_replication_role to {writer};"
        f"alter role {writer} in database postgres set session_replication_role = replica;"
        f"alter role {writer} set session_replication_role = local",
        user=SUPERUSER,
    )
    report = look(database)
    assert statuses(report) == {}
    details = [finding.detail for finding in report["guard_settings"].findings]
    assert any(f"{writer} may set session_replication_role" in detail for detail in details)
    assert any("is local for the role" in detail for detail in details)
    database.execute(
        f"revoke set on parameter session_replication_role from {writer}", user=SUPERUSER
    )


def test_a_subscription_writes_past_the_guards_unless_they_always_fire(database: Database) -> None:
    name = f"incoming_{database.name}"
    database.execute(
        "set allow_system_table_mods = on;"
        f"create subscription {name} connection 'host=/nowhere' publication p"
        " with (connect = false, slot_name = none);"
        "insert into pg_subscription_rel (srsubid, srrelid, srsubstate) select oid,"
        f" 'public.events'::regclass, 'r' from pg_subscription where subname = '{name}'",
        user=SUPERUSER,
    )
    try:
        assert statuses(look(database)) == {"guard_settings": "warning"}
        enabled = "set allow_system_table_mods = on; update pg_subscription set subenabled = {}"
        database.execute(enabled.format("true"), user=SUPERUSER)
        report = look(database)
        database.execute(enabled.format("false"), user=SUPERUSER)
        assert statuses(report) == {"guard_settings": "critical"}
        detail = worst_finding(report, "guard_settings").detail
        assert detail.startswith(f"the subscription {name} writes into public.events without")
        database.execute(ALWAYS)
        assert statuses(look(database)) == {}
    finally:
        database.execute(f"drop subscription {name}", user=SUPERUSER)
