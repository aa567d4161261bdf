"""How much quicker is a verification than the usual whole-table queries, and does it grow?

Run by hand: python -m tests.benchmarks.verification [--scale 1 4] [--version 18] [--months 36]

Scale 1 is 0.25 million sessions and 1.25 million events over 36 months of partitions; scale 4 is
four times that, and the last 7 days hold the same rows in both. The databases take turns, all
is warm, and medians count. Times are this machine's; the ratios are what carries over.

A refresh, every minute, asks all but what only a verification does: it calls no RPC that writes,
tries no guard and reads no older row. A verification reads the older rows as well, for as long as
its share of the time allows; what it takes without those is said by itself.
"""

from __future__ import annotations

import argparse
import statistics
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from typing import Any

import psycopg
from sqlalchemy import make_url

from lib.core.results import Report, Status
from lib.db.database import Database as Watched
from lib.db.database import Session
from lib.verification import proven, refresh, verify
from tests.servers import SUPERUSER, Database, Server, running
from tests.template import build_tables

SESSIONS, RECENT_SESSIONS, EVENTS_EACH = 250_000, 6_400, 5
ROUNDS, RUNS = 5, 3
AIM_RATIO, AIM_GROWTH = 20, 1.2
LOOKS = ("refresh", "verification, all but the older rows", "verification")
SERVER_SETTINGS = """
shared_buffers = 2GB
max_wal_size = 8GB
maintenance_work_mem = 256MB
"""

MONTHS = """
do $$
begin
    for back in 0..{back} loop
        perform public.watchtower_make_partition(parent, month)
        from (values ('public.sessions'), ('public.events')) as t (parent),
             lateral (select (date_trunc('month', now() at time zone 'UTC')
                              - back * interval '1 month')::date as month) as m;
    end loop;
    perform public.create_next_month_partitions();
end
$$
"""
# Evenly over time, with the right keys; the recent ones from the start of the window (7 days back,
# midnight UTC) to now. An event of the last minutes of a month keeps its session's month.
LOAD = """
set session_replication_role = replica;
drop index public.sessions_created_at_idx, public.events_created_at_idx, public.events_session_idx;
insert into public.sessions (id, created_month, site_id, created_at)
select gen_random_uuid(), date_trunc('month', moment at time zone 'UTC')::date,
       md5('site ' || n % 50)::uuid, moment
from (select date_trunc('month', now(), 'UTC') - interval '{back} months' as first,
             date_trunc('day', now() - interval '7 days', 'UTC') as since) as edge,
     lateral (
         select n, first + n * ((since - first - interval '10 minutes') / {older}) as moment
         from generate_series(0, {older} - 1) as n
         union all
         select n, since + n * ((now() - since - interval '10 minutes') / {recent})
         from generate_series(0, {recent} - 1) as n
     ) as visit;
insert into public.events (id, session_month, session_id, site_id, url, created_at, event_category)
select gen_random_uuid(), s.created_month, s.id, s.site_id, '/page/' || n,
       s.created_at + n * interval '1 minute', 'page_view'
from public.sessions s, generate_series(1, {each}) as n;
create index sessions_created_at_idx on public.sessions (created_at);
create index events_created_at_idx on public.events (created_at);
create index events_session_idx on public.events (session_id, session_month);
"""

# What is usually run: the same questions, asked of every row, as the owner, with the defaults.
USUAL = {
    "null keys": """
        select (select count(*) from public.sessions where created_month is null)
             + (select count(*) from public.events where session_month is null)""",
    "sessions of a wrong month": """
        select count(*) from public.sessions
        where created_month <> date_trunc('month', created_at at time zone 'UTC')::date""",
    "events of another month than their session": """
        select count(*) from public.events e join public.sessions s on s.id = e.session_id
        where s.created_month <> e.session_month""",
    "events without a session": """
        select count(*) from public.events e left join public.sessions s on s.id = e.session_id
        where s.id is null""",
    "rows by month": """
        select created_month as month, count(*) from public.sessions group by 1
        union all
        select session_month, count(*) from public.events group by 1""",
}


@dataclass
class Size:
    """One database of the benchmark, and the seconds that everything took on it."""

    scale: int
    database: Database
    watched: Watched
    usual: psycopg.Connection
    seconds: dict[str, list[float]] = field(default_factory=dict)

    @property
    def title(self) -> str:
        """How many rows, for people?"""
        sessions = self.scale * SESSIONS
        return f"{sessions / 1e6:g}M sessions, {EVENTS_EACH * sessions / 1e6:g}M events"

    def note(self, what: str, seconds: float) -> None:
        """Keep one measurement."""
        self.seconds.setdefault(what, []).append(seconds)

    def ms(self, what: str) -> float:
        """The median, in ms."""
        return 1000 * statistics.median(self.seconds[what])

    def usual_ms(self) -> float:
        """All the usual queries together, in ms."""
        return sum(self.ms(name) for name in USUAL)


def build(database: Database, scale: int, months: int) -> None:
    """Makes the tables, guards, partitions and rows, vacuumed, analyzed and read once."""
    build_tables(database)
    database.run_setup()
    database.execute(MONTHS.format(back=months - 1))
    older = scale * SESSIONS - RECENT_SESSIONS
    load = LOAD.format(back=months - 1, older=older, recent=RECENT_SESSIONS, each=EVENTS_EACH)
    database.execute(load, user=SUPERUSER)
    for table in ("sessions", "events"):
        database.execute(f"vacuum analyze public.{table}")
    database.execute("checkpoint", user=SUPERUSER)


@contextmanager
def sized(server: Server, scale: int, months: int) -> Iterator[Size]:
    """A database of that size, filled, for as long as the block runs."""
    with server.new_database() as database:
        started = time.perf_counter()
        build(database, scale, months)
        watched = Watched(make_url(database.role_url))
        with database.connect() as usual:
            size = Size(scale, database, watched, usual)
            print(f"{size.title}: loaded in {time.perf_counter() - started:.0f} s", flush=True)
            yield size
        watched.close()


def prove(report: Report) -> None:
    """A verification that saw nothing, or saw drift, is no measurement: stop."""
    if report.status is Status.OK:
        return
    lines = [f"{check.check}: {finding.detail}" for check, finding in report.failing()]
    raise SystemExit("\n".join(["the verification is not ok:", *lines]))


def ask(size: Size, name: str) -> None:
    """Runs one usual query."""
    started = time.perf_counter()
    size.usual.execute(USUAL[name]).fetchall()
    size.note(name, time.perf_counter() - started)


@contextmanager
def reading_older() -> Iterator[list[float]]:
    """How many seconds did each statement take that reads older rows?"""
    took: list[float] = []
    execute = Session.execute

    def timed(self: Session, text: str, bound: Any, name: str) -> Any:
        started = time.perf_counter()
        try:
            return execute(self, text, bound, name)
        finally:
            if name.endswith("_older"):
                took.append(time.perf_counter() - started)

    Session.execute = timed  # type: ignore[method-assign]
    try:
        yield took
    finally:
        Session.execute = execute  # type: ignore[method-assign]


def look(size: Size) -> None:
    """Runs a verification and the refresh after it, and notes each check's own time."""
    with reading_older() as older:
        started = time.perf_counter()
        report = verify(size.watched, who="benchmark", face="command line")
        took = time.perf_counter() - started
    prove(report)
    size.note("verification", took)
    size.note("verification, all but the older rows", took - sum(older))
    for check in report.checks:
        size.note(check.check, check.seconds)
    started = time.perf_counter()
    again = refresh(size.watched, proven=proven(report))
    size.note("refresh", time.perf_counter() - started)
    prove(again)
    for check in again.checks:
        size.note(f"refresh: {check.check}", check.seconds)


def measure(sizes: list[Size]) -> None:
    """Fills in the seconds: the sizes take turns, and a first round that warms does not count."""
    for turn in range(ROUNDS + 1):
        for size in sizes:
            for name in USUAL:
                ask(size, name)
            for _ in range(RUNS):
                look(size)
            if turn == 0:
                first = size.seconds["verification"][0]
                size.seconds = {"verification, first on a connection": [first]}


def table(sizes: list[Size], names: list[str]) -> list[str]:
    """A Markdown table: one line for each name, the medians in ms by size."""
    lines = [
        "| ms | " + " | ".join(size.title for size in sizes) + " |",
        "|---|" + "---:|" * len(sizes),
    ]
    for name in names:
        lines.append(f"| {name} | " + " | ".join(f"{size.ms(name):.1f}" for size in sizes) + " |")
    return lines


def ratios(sizes: list[Size]) -> list[str]:
    """The Markdown table that holds on any machine."""
    small, large = sizes[0], sizes[-1]
    lines = ["| what | measured | aim |", "|---|---:|---:|"]
    for what in LOOKS:
        for size in sizes:
            aim = f"at least {AIM_RATIO}" if size is large and what == LOOKS[0] else ""
            factor = size.usual_ms() / size.ms(what)
            lines.append(f"| {what}, times faster at {size.title} | {factor:.1f} | {aim} |")
    if small is not large:
        rows = f"{large.scale / small.scale:g} times the rows"
        for what in LOOKS:
            aim = f"at most {AIM_GROWTH}" if what == LOOKS[0] else ""
            grown = large.ms(what) / small.ms(what)
            lines.append(f"| {what}, growth with {rows} | {grown:.2f} | {aim} |")
        usual = large.usual_ms() / small.usual_ms()
        lines.append(f"| usual queries, growth with {rows} | {usual:.2f} | |")
    return lines


def say(sizes: list[Size], version: str, months: int) -> None:
    """Prints what was measured, in words and in tables for docs/benchmarks.md."""
    checks = [name for name in sizes[0].seconds if name not in USUAL]
    print(
        f"\nPostgreSQL {version}, {months} months of partitions and 3 ahead, everything in memory; "
        f"medians of {ROUNDS} rounds.\nAt every size the last 7 days hold {RECENT_SESSIONS:,} "
        f"sessions and {EVENTS_EACH * RECENT_SESSIONS:,} events.\nVerification: every check, the "
        "older rows, both RPCs and the history row. Refresh: what the pages are fed by, each "
        "minute. Both\nas the role watchtower under row level security. Usual queries: the same "
        "questions asked of every row, as the owner, added up.\n"
    )
    print("\n".join(ratios(sizes)), end="\n\n")
    print("\n".join(table(sizes, checks)), end="\n\n")
    print("\n".join(table(sizes, list(USUAL))), end="\n\n")


def main() -> None:
    """Builds the databases, measures and prints."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--scale", type=int, nargs="+", default=[1, 4])
    parser.add_argument("--version", default="18", choices=("18", "15"))
    parser.add_argument("--months", type=int, default=36)
    arguments = parser.parse_args()
    with ExitStack() as stack:
        server = stack.enter_context(running(arguments.version, SERVER_SETTINGS))
        sizes = [
            stack.enter_context(sized(server, scale, arguments.months))
            for scale in sorted(arguments.scale)
        ]
        measure(sizes)
        say(sizes, arguments.version, arguments.months)


if __name__ == "__main__":
    main()
