"""A server with pg_cron: which database has it, and how is it started?"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from tests.servers import OWNER, SUPERUSER, Database, PostgresMissing, running
from tests.template import fill
from tests.waiting import waits

EXTENSION = Path("/usr/share/postgresql/15/extension/pg_cron.control")
# Once it waits for its first job it has called whatever ran before it "server restarted".
AT_WORK = (
    "select 1 from pg_stat_activity"
    " where backend_type = 'pg_cron launcher' and wait_event = 'Extension'"
)
SETTINGS = "shared_preload_libraries = 'pg_cron'\ncron.database_name = 'scheduled'"


@dataclass(frozen=True)
class Only:
    """Stands in for a server where one database is all there is: what is broken is repaired."""

    database: Database
    version: str

    @contextmanager
    def new_database(self, template: str) -> Iterator[Database]:  # noqa: ARG002
        """The only one."""
        yield self.database


@contextmanager
def scheduled() -> Iterator[Database]:
    """A healthy database with pg_cron's job: the one that the server names, so there is no copy.

    Raises: PostgresMissing.
    """
    if not EXTENSION.exists():
        raise PostgresMissing("pg_cron for PostgreSQL 15 (apt-get install postgresql-15-cron)")
    with running("15", SETTINGS) as server:
        server.execute(f"create database scheduled owner {OWNER}")
        database = server.database("scheduled")
        database.execute("create extension pg_cron", user=SUPERUSER)
        database.execute(f"grant usage on schema cron to {OWNER}", user=SUPERUSER)
        fill(database)
        waits(lambda: database.rows(AT_WORK, user=SUPERUSER))
        yield database
