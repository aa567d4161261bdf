"""Which break does the usual check see, and which does this software?

    python -m tests.drills.matrix [--version 15 18]

Runs every drill on these servers and prints what docs/drills.md shows: in words how many each sees,
and a Markdown table with the drill, the usual check (a row in pg_trigger with the guard's name on a
table of that name, for both guards; a table named after the current month, for both tables), and
this software's verdict with the checks that give it.
"""

from __future__ import annotations

import argparse
import os
import re
import sys
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from queue import Empty, Queue

from lib.checks import CHECKS
from lib.core.results import Report, Status
from tests.drills.drill import CRON, VERSIONS, Drill, drills
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

    @property
    def row(self) -> Row:
        """What the table says of it."""
        return Row("seen" if self.usual else "ok", self.status, self.checks)


@dataclass(frozen=True)
class Row:
    """What the table says of one drill."""

    usual: str
    status: str
    checks: str

    def __str__(self) -> str:
        status = self.status if self.status in ("ok", "pending") else f"**{self.status}**"
        return f"{self.usual} | {status} | {self.checks}"


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
    """Break it, ask both, and repair what it did to more than its own database."""
    try:
        drill.break_it(database)
        with drill.held(database):
            now = drill.moment(datetime.now(UTC))
            report = look(database, drill.users[0], now=now)
            usual = not database.value(USUAL, user=SUPERUSER)
    finally:
        drill.repair_it(database)
    if drill.repairs is None and CRON in drill.versions:
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


_HEAD = "| what is broken | usual check | Watchtower | seen by |"
_SHOWN = re.compile(r"^\| (.+) \| (ok|seen) \| \**(\w+)\** \| (`.+`) \|$", re.MULTILINE)


def titled(drill: Drill) -> str:
    """The drill's name in the table: what is broken, and on which server alone."""
    where = {("18",): " (18 alone)", (CRON,): " (with pg_cron)"}.get(drill.versions, "")
    return f"{drill.title}{where}"


def expected(drill: Drill) -> tuple[str, str]:
    """Which status and checks does the drill's header demand, as the table has them?"""
    worst = max((Status[sight.status.upper()] for sight in drill.sees), default=Status.OK)
    return worst.word, ", ".join(dict.fromkeys(f"`{sight.check}`" for sight in drill.sees))


def markdown(found: list[Line]) -> str:
    """The table, check by check. A drill that ran on several servers has a row for each answer."""
    order = [check.name for check in CHECKS]
    rows = sorted(
        {(order.index(one.drill.sees[0].check), titled(one.drill), str(one.row)) for one in found}
    )
    return "\n".join(
        [_HEAD, "|---|---|---|---|", *(f"| {title} | {row} |" for _, title, row in rows)]
    )


def shown(text: str) -> dict[str, list[Row]]:
    """Which rows does a text with the table have, by the drill's name in it?"""
    rows: dict[str, list[Row]] = {}
    for title, *row in _SHOWN.findall(text):
        rows.setdefault(title, []).append(Row(*row))
    return rows


def total(found: list[Line]) -> str:
    """How many are there, and how many does each of them see?"""
    drills = {one.drill.name for one in found}
    usual = {one.drill.name for one in found if one.usual}
    ours = drills - {one.drill.name for one in found if not one.seen}
    return (
        f"Of {len(drills)} ways to break it the usual check sees {len(usual)}, and this software "
        f"{len(ours)}."
    )


def main() -> None:
    """Print the matrix."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--version", nargs="+", default=list(VERSIONS), choices=VERSIONS)
    found = [line for version in parser.parse_args().version for line in lines(version)]
    print(total(found), markdown(found), sep="\n\n")


if __name__ == "__main__":
    main()
