"""Which break does the usual check see, and which does this software?

    python -m tests.drills.matrix [--version 18]

Runs every drill and prints a Markdown table: the drill, the usual check (a row in pg_trigger with
the guard's name on a table of that name, for both guards; a table named after the current month,
for both tables), and this software's verdict with the check that gives it.
"""

from __future__ import annotations

import argparse
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime

from lib.results import Report
from tests.drills.drill import Drill, drills
from tests.looking import look
from tests.servers import SUPERUSER, Database, Server, running
from tests.template import template

USUAL = """
select bool_and(
    exists (
        select from pg_catalog.pg_trigger as t
        join pg_catalog.pg_class as c on c.oid = t.tgrelid
        where t.tgname = g.guard and c.relname = g.table_name
    )
    and exists (
        select from pg_catalog.pg_class
        where relname = g.table_name || to_char(now() at time zone 'UTC', '_YYYY_MM')
    )
)
from (values
    ('sessions', 'sessions_set_created_month'),
    ('events', 'events_set_session_month_from_session')
) as g (table_name, guard)
"""


@dataclass(frozen=True)
class Line:
    """One drill's outcome: did the usual check see it, and what does this software say?"""

    drill: Drill
    usual: bool
    status: str
    checks: str

    @property
    def seen(self) -> bool:
        """Did this software see it, as the drill's header demands?"""
        return self.status not in ("ok", "pending")

    def __str__(self) -> str:
        usual = "seen" if self.usual else "ok"
        status = f"**{self.status}**" if self.seen else self.status
        return f"| {self.drill.title} | {usual} | {status} | {self.checks} |"


def lines(server: Server, healthy: Database) -> Iterator[Line]:
    """Every drill that this server can express, one after the other."""
    for drill in drills("drills"):
        if server.version in drill.versions:
            with server.new_database(healthy.name) as database:
                yield line(drill, database)


def line(drill: Drill, database: Database) -> Line:
    """Break it, ask both, and mend what it did to the whole server."""
    try:
        drill.break_it(database)
        with drill.held(database):
            now = drill.moment(datetime.now(UTC))
            report = look(database, drill.users[0], now=now)
            usual = not database.value(USUAL, user=SUPERUSER)
    finally:
        drill.mend_it(database)
    return Line(drill, usual, *verdict(drill, report))


def verdict(drill: Drill, report: Report) -> tuple[str, str]:
    """What does this software say, and which checks say it? Only what the header demands counts."""
    if drill.pending:
        return "pending", ", ".join(sight.check for sight in drill.sees)
    seen = [sight for sight in drill.sees if sight.seen_in(report)]
    if not seen:
        return "ok", "missed"
    worst = max(report[sight.check].status for sight in seen)
    return worst.word, ", ".join(dict.fromkeys(f"`{sight.check}`" for sight in seen))


def markdown(found: list[Line], version: str) -> str:
    """The table, with how many each of them sees at its foot."""
    head = f"| What is broken (PostgreSQL {version}) | usual check | Watchtower | seen by |"
    usual, ours = sum(one.usual for one in found), sum(one.seen for one in found)
    foot = f"| **{len(found)} drills** | **{usual} seen** | **{ours} seen** | |"
    return "\n".join([head, "|---|---|---|---|", *map(str, found), foot])


def main() -> None:
    """Print the matrix."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--version", default="18", choices=("15", "18"))
    version = parser.parse_args().version
    with running(version) as server, template(server) as healthy:
        print(markdown(list(lines(server, healthy)), version))


if __name__ == "__main__":
    main()
