"""Is a partition told that replication knows by other columns, and an alarm where that matters?"""

from __future__ import annotations

from datetime import UTC, datetime

import psycopg
import pytest

from lib import runbook
from lib.checks import replica_identity
from lib.core.remedies import Kind
from lib.core.results import CheckResult, Finding, Status
from lib.repairs.plan import plan
from tests.looking import check, follow, look
from tests.servers import SUPERUSER, Database

NAME = replica_identity.CHECK.name
LEAF = f"public.events_{datetime.now(UTC):%Y_%m}"
UPDATES = f"update {LEAF} set url = url"


def said(database: Database) -> CheckResult:
    return check(database, NAME)


def published(database: Database, what: str) -> None:
    database.execute("drop publication if exists warehouse", user=SUPERUSER)
    database.execute(f"create publication warehouse {what}", user=SUPERUSER)


def identity(database: Database, words: str, relation: str = LEAF) -> None:
    database.execute(f"alter table {relation} replica identity {words}", user=SUPERUSER)


def odd(database: Database) -> Finding:
    (found,) = said(database).failing()
    return found


def test_all_alike_is_ok_and_another_one_that_nobody_publishes_a_note(database: Database) -> None:
    result = said(database)
    assert result.status is Status.OK
    assert result.summary == "Every partition has the replica identity of its table"
    details = [finding.detail for finding in result.findings]
    assert any("partitions is DEFAULT (created_month, id)" in detail for detail in details)
    identity(database, "full")
    result = said(database)
    assert result.status is Status.OK
    assert result.summary == "1 partition has another replica identity than the table"
    (note,) = [finding for finding in result.findings if finding.subject == LEAF]
    assert note.detail == (
        f"the replica identity of {LEAF} is FULL, and that of public.events DEFAULT "
        "(id, session_month); nobody publishes their updates or deletes"
    )
    assert note.remedy is None


@pytest.mark.parametrize(
    ("what", "covers"),
    [
        ("for table public.events", True),
        ("for table public.events with (publish_via_partition_root = true)", True),
        (f"for table {LEAF}", True),
        ("for tables in schema public", True),
        ("for all tables", True),
        ("for all tables with (publish = 'delete')", True),
        ("for all tables with (publish = 'insert, truncate')", False),
        ("for table public.sessions", False),
        ("", False),
    ],
)
def test_it_is_a_warning_where_updates_or_deletes_of_it_are_published(
    database: Database, what: str, covers: bool
) -> None:
    identity(database, "nothing")
    published(database, what)
    assert said(database).status is (Status.WARNING if covers else Status.OK)
    if covers and "delete" not in what:
        with pytest.raises(psycopg.Error, match="does not have a replica identity"):
            database.execute(UPDATES, user=SUPERUSER)
        assert odd(database).means == replica_identity._REFUSED


def test_the_remedy_gives_it_the_identity_of_its_table(database: Database) -> None:
    published(database, "for all tables")
    identity(database, "nothing")
    found = odd(database)
    assert found.remedy == f"alter table {LEAF} replica identity default;"
    follow(found.remedy, database)
    assert said(database).status is Status.OK
    database.execute(UPDATES, user=SUPERUSER)

    identity(database, "full", "public.events")
    found = odd(database)
    assert found.subject == "public.events", "many partitions alike are one finding"
    assert " more is DEFAULT (id, session_month), and that of public.events FULL" in found.detail
    assert found.headline.startswith("the replica identity of ")
    assert found.headline.endswith(" partitions of events differs")
    follow(found.remedy, database)
    assert said(database).status is Status.OK

    identity(database, "nothing", "public.events")
    assert str(odd(database).remedy).startswith("-- a decision: give public.events a replica")


def test_full_on_a_partition_alone_is_not_taken_from_it(database: Database) -> None:
    """It is not inherited: whoever wants the old rows has set it on the partitions."""
    published(database, "for all tables")
    identity(database, "full")
    found = odd(database)
    assert (found.status, found.means) == (Status.WARNING, replica_identity._MORE)
    assert [remedy.kind for remedy in found.remedies] == [Kind.DECISION]


def test_indexes_are_compared_by_their_columns_and_the_partition_has_its_own(
    database: Database,
) -> None:
    published(database, "for table public.events")
    database.execute('create unique index "By Id" on public.events (id, session_month)')
    identity(database, 'using index "By Id"', "public.events")
    assert said(database).status is Status.OK, "these are the columns of the primary key"
    database.execute(
        "update public.events set ingest_dedup_id = gen_random_uuid();"
        " alter table public.events alter column ingest_dedup_id set not null;"
        " create unique index by_dedup on public.events (ingest_dedup_id, session_month)"
    )
    identity(database, "using index by_dedup", "public.events")
    found = odd(database)
    assert found.means == replica_identity._LOST
    assert "is DEFAULT (id, session_month), and that of public.events INDEX (ing" in found.detail
    follow(found.remedy, database)
    assert said(database).status is Status.OK


def test_it_stands_in_the_runbook_the_plan_and_on_its_page(database18: Database) -> None:
    identity(database18, "nothing")
    published(database18, "for all tables")
    report = look(database18)
    assert {fault.check for fault, _ in report.failing()} == {NAME}
    (due,) = runbook.due(report)
    assert due.step.slug == runbook.step_of(NAME).slug == "align-replica-identity"
    (action,) = plan(report).actions
    assert action.sql.endswith(f"alter table {LEAF} replica identity default;")
    assert action.lock == "ACCESS EXCLUSIVE on what is named, for milliseconds: everybody waits"
