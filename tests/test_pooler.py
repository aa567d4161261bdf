"""Does the verification hold through PgBouncer in transaction mode, and leave nothing behind?"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing

import psycopg
import pytest

from lib import verification
from lib.repairs import execution
from lib.settings.settings import parse_url
from tests import ingestion
from tests.conftest import skip_missing
from tests.ingestion import Ingestion
from tests.looking import statuses, watched
from tests.poolers import pooled
from tests.servers import OWNER, Database, PostgresMissing


@pytest.fixture
def pooler(database: Database) -> Iterator[str]:
    try:
        with pooled(database) as url:
            yield url
    except PostgresMissing as missing:
        skip_missing(str(missing))


SETTINGS = """
select current_setting('statement_timeout'), current_setting('search_path'),
    current_setting('jit'), current_setting('enable_partitionwise_join'),
    current_setting('transaction_read_only')
"""


def test_verification_through_a_transaction_pooler(pooler: str, database: Database) -> None:
    with psycopg.connect(pooler, autocommit=True, prepare_threshold=None) as other:
        before = other.execute(SETTINGS).fetchone()
        with closing(watched(pooler)) as handle:
            for _ in range(6):  # more than psycopg's five, after which it would prepare
                report = verification.verify(handle, who="t", face="t")
                assert statuses(report) == {}
                assert report.unrecorded is None
                assert other.execute(SETTINGS).fetchone() == before
    kept = "select count(*) from public.watchtower_checks where check_name = 'partition_watchtower'"
    assert database.value(kept) == 6


@pytest.mark.landing
def test_repair_through_a_transaction_pooler(database: Database) -> None:
    ingestion.drift(database, 200, 1)
    ingestion.keep(database)
    try:
        with pooled(database, OWNER, size=3) as url:
            owner = parse_url("the test's", url)
            watched_by = parse_url("the test's", database.role_url)
            done = execution.apply(watched_by, owner, who="ann", say=print)
            settings = "select current_setting('lock_timeout'), current_setting('search_path')"
            with psycopg.connect(url, prepare_threshold=None) as other:
                assert other.execute(settings).fetchone() == ("0", '"$user", public')
    except PostgresMissing as missing:
        skip_missing(str(missing))
    assert (done.failed, statuses(done.report)) == ((), {})
    with Ingestion(database, writers=0) as nobody:
        pass
    assert ingestion.lost(database, nobody) == {}


def test_broken_guard_is_seen_through_the_pooler(pooler: str, database: Database) -> None:
    database.execute("drop trigger sessions_set_created_month on public.sessions")
    with closing(watched(pooler)) as handle:
        report = verification.verify(handle, who="t", face="t")
    assert report["guard_triggers"].status.word == "critical"
