"""Does apply wait for anything without end, and does it say what for?"""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager

import psycopg
import pytest

from lib.core.errors import DatabaseUnreachable, RepairFailed, RepairStopped
from lib.repairs import execution, messages, owner, row_repairs, run_rows
from lib.repairs.row_repairs import Progress
from lib.settings.settings import parse_url
from tests.conftest import skip_missing
from tests.poolers import pooled
from tests.repairs.test_repairs import STILL_WRONG, WRONG, apply, states
from tests.servers import OWNER, SUPERUSER, Database, PostgresMissing

STEP = "select pg_advisory_xact_lock_shared(hashtextextended('partition_watchtower_apply_step', 0))"
PINNED = (
    "select count(*) from pg_stat_activity where datname = current_database()"
    " and application_name = 'partition-watchtower apply' and backend_xmin is not null"
)


@pytest.fixture(autouse=True)
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    """Whatever is waited for is waited for briefly."""
    monkeypatch.setattr(owner, "PATIENCE_SECONDS", 0.4)
    monkeypatch.setattr(owner, "_TOLD_SECONDS", 0.0)
    monkeypatch.setattr(owner, "BEAT_SECONDS", 0.1)
    monkeypatch.setattr(run_rows, "_KEEPING", "set local lock_timeout = '100ms'")


@contextmanager
def locked(database: Database, statement: str) -> Iterator[psycopg.Connection]:
    """Somebody has run this in a transaction that stays open."""
    with database.connect(autocommit=False, application_name="index by hand") as other:
        other.execute(statement)
        yield other


def test_locked_history_is_told_and_holds_nothing_up(database18: Database) -> None:
    """As `create index` locks it, for as long as that takes."""
    database18.execute(WRONG)
    said: list[str] = []
    with locked(database18, "lock table public.watchtower_checks in share mode"):
        done = apply(database18, say=said.append)
    assert [line.strip() for line in said if "in the history" in line] == [
        "not in the history: another session holds a lock on public.watchtower_checks"
    ] * 2
    assert done.failed == ()
    assert database18.value(STILL_WRONG) == 0


@pytest.mark.landing
def test_lock_that_keeps_a_read_waiting_is_told_and_given_up(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A partition is locked when the repair begins, which first asks how large each one is."""
    database.execute(WRONG)
    said: list[str] = []
    with database.connect(autocommit=False, application_name="by hand") as other:

        def say(line: str) -> None:
            said.append(line)
            if line.startswith("1 of "):
                other.execute("lock table public.sessions_default in access exclusive mode")

        done = apply(database, say=say)
        (failed,) = done.failed
        assert "another session holds a lock; locks are held by process" in failed
        assert "(owner, by hand, idle in transaction, " in failed
        other.rollback()
        monkeypatch.setattr(owner, "PATIENCE_SECONDS", 60.0)
        said.clear()
        with pytest.raises(
            RepairStopped, match=r"Stopped before: Repair the keys of public\.sessions"
        ):
            apply(database, say=say, stopped=lambda: any("waiting for a lock" in s for s in said))
    assert states(database) == ["begun", "ended", "begun", "stopped"]
    assert apply(database).failed == ()
    assert database.value(STILL_WRONG) == 0


def test_statement_of_a_killed_run_is_waited_for_and_told(database18: Database) -> None:
    said: list[str] = []
    with (
        locked(database18, STEP),
        pytest.raises(RepairFailed, match="earlier apply is still running"),
    ):
        apply(database18, say=said.append)
    assert any("waiting for a lock" in line for line in said)


def test_server_that_falls_silent_in_a_statement_holds_nobody(
    database18: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(messages, "SILENT_SECONDS", 0.5)
    url, began = parse_url("the test's", database18.owner_url), time.monotonic()
    with ExitStack() as frozen, owner.alone(url, [], print, lambda: False) as first:
        frozen.enter_context(database18.server.frozen())
        with pytest.raises(DatabaseUnreachable, match="connection was lost during: the move"):
            first.run("select 1;", "the move")
    assert time.monotonic() - began < 20


def test_server_that_falls_silent_at_the_end_holds_nobody(
    database18: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The lock is not given back then: PostgreSQL does so, once it sees that nobody is there."""
    monkeypatch.setattr(owner, "_PARTING_SECONDS", 0.3)
    url, began = parse_url("the test's", database18.owner_url), time.monotonic()
    with ExitStack() as frozen:
        with owner.alone(url, [], print, lambda: False):
            frozen.enter_context(database18.server.frozen())
        assert time.monotonic() - began < 20


def test_pooler_with_one_connection_is_told(
    database18: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(messages, "SILENT_SECONDS", 1.0)
    said = r"127\.0\.0\.1:\d+ does not answer\. Behind a pooler, apply needs two connections"
    try:
        with pooled(database18, OWNER, size=1) as url:
            urls = [parse_url("the test's", each) for each in (database18.role_url, url)]
            with pytest.raises(DatabaseUnreachable, match=said):
                execution.apply(*urls, who="ann", say=print)
    except PostgresMissing as missing:
        skip_missing(str(missing))


def test_run_keeps_no_old_row_from_vacuum(database: Database) -> None:
    """Though the role's own transactions see what was there when they began."""
    database.execute(WRONG)
    database.execute(
        f"alter role {OWNER} in database {database.name}"
        " set default_transaction_isolation = 'repeatable read'",
        user=SUPERUSER,
    )
    pinned: list[int] = []
    apply(database, say=lambda _: pinned.append(database.value(PINNED, user=SUPERUSER)))
    assert pinned
    assert set(pinned) == {0}


@pytest.mark.parametrize(
    ("blocks", "read", "told"),
    [
        (400_000, 4, "5 rows, 0% of the table read"),
        (400_000, 2048, "5 rows, 1% of the table read, about 3"),
        (40, 1, "5 rows, 2% of the table read"),
        (40, 20, "5 rows, 50% of the table read, about "),
    ],
)
def test_time_to_go_is_told_where_enough_was_read(
    blocks: int, read: int, told: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(row_repairs, "_SAY_SECONDS", 0.0)
    said: list[str] = []
    progress = Progress("it", said.append, blocks=blocks, rows=5)
    progress.told = [(time.monotonic() - 10, 0)]
    progress.tell(read)
    (line,) = said
    assert line.strip().startswith(f"it: {told}")
    assert ("to go" in line) is told.endswith((" 3", "about "))
