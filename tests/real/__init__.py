"""The production database and its later baseline, as SQL: the reference beside the demo.

Both are made by a superuser in an empty database, as OWNER_OF_TABLES, and count their months from
the server's own day. Neither has seen sql/setup.
"""

from __future__ import annotations

from pathlib import Path

from tests.servers import SUPERUSER, Database

HERE = Path(__file__).resolve().parent
OWNER_OF_TABLES = "owner_of_tables"  # as Supabase's `postgres`: makes roles, is no superuser
PARTITIONED, UNPARTITIONED = HERE / "partitioned.sql", HERE / "unpartitioned.sql"


def build(database: Database, file: Path) -> None:
    """Makes that database in an empty one."""
    database.run_file(file, SUPERUSER)
