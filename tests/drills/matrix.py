"""Which break does the usual check see, and which does this software?

    python -m tests.drills.matrix [--version 18]

Runs every drill and prints a Markdown table: the drill, the usual check (a row in pg_trigger with
the guard's name on a table of that name, for both guards; a table named after the current month,
for both tables), and this software's verdict with the check that gives it.
"""

from __future__ import annotations

import argparse
import os
import sys
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from queue import Empty, Queue

from lib.results import Report
from tests.drills.drill import CRON, Drill, drills
from tests.looking import follow, look
from tests.scheduled import scheduled
from tests.servers import SUPERUSER, Database, PostgresMissing, running
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


def lines(version: str) -> list[Line]:
    """Every drill that this version can express, by name; each on a server of one worker's own.

    What a drill does to a whole server is nobody else's, so as many servers run as there are cores.
    """
    able = [drill for drill in drills("drills") if version in drill.versions]
    left: Queue[Drill] = Queue()
    for drill in able:
        left.put(drill)
    workers = os.cpu_count() or 1
    with ThreadPoolExecutor(workers) as pool:
        found = [pool.submit(_work, version, left) for _ in range(workers)]
    done = [line for worker in found for line in worker.result()]
    if version == "15":
        done += _of_pg_cron()
    return sorted(done, key=lambda line: line.drill.name)


def _work(version: str, left: Queue[Drill]) -> list[Line]:
    done = []
    with running(version) as server, template(server) as healthy, suppress(Empty):
        while True:
            drill = left.get_nowait()
            with server.new_database(healthy.name) as database:
                done.append(line(drill, database))
    return done


def _of_pg_cron() -> list[Line]:
    """The drills of pg_cron's job, on the one database that has it."""
    try:
        with scheduled() as database:
            return [line(drill, database) for drill in drills("drills") if CRON in drill.versions]
    except PostgresMissing as missing:
        print(f"not run: {missing}", file=sys.stderr)
        return []


def line(drill: Drill, database: Database) -> Line:
    """Break it, ask both, and mend what it did to more than its own database."""
    try:
        drill.break_it(database)
        with drill.held(database):
            now = drill.moment(datetime.now(UTC))
            report = look(database, drill.users[0], now=now)
            usual = not database.value(USUAL, user=SUPERUSER)
    finally:
        drill.mend_it(database)
    if drill.mends is None and CRON in drill.versions:
        for sight in drill.sees:
            follow(report[sight.check].failing()[0].remedy, database)
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
    return "\n".join([head, "|---|---|---|---|", *map(str, found)])


def total(found: list[Line], version: str) -> str:
    """How many does each of them see?"""
    usual, ours = sum(one.usual for one in found), sum(one.seen for one in found)
    return (
        f"PostgreSQL {version}: {len(found)} drills, of which the usual check sees {usual}"
        f" and this software {ours}."
    )


def main() -> None:
    """Print the matrix."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--version", default="18", choices=("15", "18"))
    version = parser.parse_args().version
    found = lines(version)
    print(markdown(found, version), total(found, version), sep="\n\n")


if __name__ == "__main__":
    main()
