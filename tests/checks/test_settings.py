"""Is every way to write past the guards seen, and another database's setting left alone?"""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.dealing import some
from tests.looking import check, follow, look, statuses, worst_finding
from tests.servers import SUPERUSER, Database

ALWAYS = """
alter table public.sessions enable always trigger sessions_set_created_month;
alter table public.events enable always trigger events_set_session_month_from_session;
"""


@pytest.fixture
def writer(database: Database) -> Iterator[str]:
    """A role of this test alone: roles belong to the whole server."""
    name = f"writer_{database.name}"
    database.execute(f"create role {name}", user=SUPERUSER)
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
    """Break it, see it said so, and mend it by the remedy."""
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


def test_key_that_may_be_null_is_a_warning(database: Database) -> None:
    database.execute(
        f"alter table public.events drop constraint {FK};"
        "alter table public.sessions drop constraint sessions_pkey;"
        "alter table public.sessions alter column created_month drop not null"
    )
    report = look(database)
    assert statuses(report) == {"foreign_key": "critical", "key_constraints": "warning"}
    finding = worst_finding(report, "key_constraints")
    assert finding.detail.startswith("created_month may be null on public.sessions and")
    assert finding.headline == "sessions.created_month may be null"
    assert worst_finding(report, "foreign_key").headline == "events has no foreign key"
    follow(finding.remedy, database)
    assert check(database, "key_constraints").status.word == "ok"


def test_not_null_that_was_never_validated(database18: Database) -> None:
    database18.execute(
        "alter table public.events drop constraint events_pkey;"
        "alter table public.events alter column session_month drop not null;"
        "alter table public.events add constraint kept not null session_month not valid"
    )
    report = look(database18)
    assert statuses(report) == {"key_constraints": "warning"}
    finding = worst_finding(report, "key_constraints")
    assert "the NOT NULL on session_month is NOT VALID on" in finding.detail
    assert finding.headline == "NOT NULL on events.session_month is not validated"
    database18.execute("alter table public.events validate constraint kept")
    assert statuses(look(database18)) == {}


def test_a_default_is_a_note_while_the_guard_fires_and_hides_that_it_does_not(
    database: Database,
) -> None:
    database.execute(
        "alter table public.sessions alter column created_month set default current_date"
    )
    report = look(database)
    assert statuses(report) == {}
    assert "the guard fires and overrules it" in report["key_constraints"].findings[0].detail
    database.execute("drop trigger sessions_set_created_month on public.sessions")
    report = look(database)
    assert report["key_constraints"].status.word == "critical"
    hidden = worst_finding(report, "key_constraints")
    assert "has the default CURRENT_DATE" in hidden.detail
    assert "hides until the month turns" in hidden.detail
    assert hidden.headline == "a default hides that the sessions guard does not fire"
