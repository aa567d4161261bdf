"""How soon are the History page, the week's review and a prune there, with 2 years of rows?

Run by hand: python -m tests.benchmarks.history [--rows 70000]

One verification each quarter of an hour, with the row that it makes the drift RPC write; a guard
was gone for some runs of each week. Times are this machine's, medians of several rounds.
"""

from __future__ import annotations

import argparse
import statistics
import time
from collections.abc import Callable
from contextlib import closing
from datetime import UTC, datetime, timedelta

from streamlit.testing.v1 import AppTest

from lib import verification
from lib.core.weeks import week_of
from lib.db import sql
from lib.db.database import Database as Connection
from lib.history import prune
from lib.history import rows as history_rows
from lib.history.archive import opened
from lib.history.history import VERIFICATION, History
from lib.history.incidents import incidents
from lib.history.lanes import availability, lanes
from lib.reports.review import FORMATS, read, review
from lib.settings.settings import Settings, parse_url
from lib.watch import watch
from lib.watch.snapshot import Snapshot
from lib.watch.watch import Watch
from tests.servers import ROOT, Database, running
from tests.template import template

HOLDS = timedelta(minutes=30)
ROUNDS = 5
BREAK = "drop trigger sessions_set_created_month on public.sessions"
FILL = """
insert into public.watchtower_checks (check_name, ok, details, created_at)
select k.check_name, k.ok, k.details || jsonb_build_object('duration_ms', 120 + n %% 90), moment
from generate_series(1, %s) as n
cross join lateral (select now() - n * interval '15 minutes' as moment) as slot
join lateral (
    select case when n %% 672 between 300 and 303 then false else true end as fine
) as state on true
join (
    select distinct on (check_name, ok) check_name, ok, details
    from public.watchtower_checks order by check_name, ok, created_at
) as k on k.ok = state.fine
"""


def fill(database: Database, rows: int) -> None:
    """Two real verifications, one of them red, over and over again."""
    with closing(Connection(parse_url("x", database.role_url))) as connection:
        verification.verify(connection, who="schedule", face="schedule")
        database.execute(BREAK)
        verification.verify(connection, who="schedule", face="schedule")
        database.run_setup()
    database.execute(FILL, [rows])
    database.execute("analyze public.watchtower_checks")


def timed(what: str, call: Callable[[], object], rounds: int = ROUNDS) -> None:
    """Print the median of some rounds."""
    taken = []
    for _ in range(rounds):
        began = time.perf_counter()
        call()
        taken.append(1000 * (time.perf_counter() - began))
    print(f"{what}: {statistics.median(taken):,.0f} ms")


def measure(connection: Connection, now: datetime) -> None:
    """The page's history and the reviews, read and counted."""
    known = history_rows.read(connection, History(), now)
    print(f"90 days are {len(known.runs):,} runs, {len(incidents(known))} incidents")
    timed("90 days read anew", lambda: history_rows.read(connection, History(), now))
    timed("what came since, each minute", lambda: history_rows.read(connection, known, now))

    def page() -> None:
        fresh = History(known.runs)
        spans = lanes(fresh, now - timedelta(days=90), now, HOLDS)
        for own in spans.values():
            availability(own)
        incidents(fresh)

    timed("the History page's 90 days counted", page)
    timed("one run opened", lambda: opened(connection, known.runs[0].id))
    for words, week in (("last", week_of(now).later(-1)), ("oldest", week_of(now).later(-98))):
        rows = read(connection, week, now)
        timed(f"the {words} full week read", lambda week=week: read(connection, week, now))  # type: ignore[misc]
        timed("  counted", lambda rows=rows: review(rows, now, HOLDS))  # type: ignore[misc]
        made = review(rows, now, HOLDS)
        for name, write in FORMATS.items():
            timed(f"  written as {name}", lambda write=write, made=made: write(made))  # type: ignore[misc]


def pages(connection: Connection, now: datetime) -> None:
    """A script run of both pages, as a viewer causes it who changes a filter."""
    week = week_of(now).later(-1)
    still = Watch(Settings)
    still.snapshot = Snapshot(
        number=1,
        report=verification.refresh(connection),
        taken_at=now,
        history=history_rows.read(connection, History(), now),
        weeks={week: read(connection, week, now)},
    )
    still.review = lambda _: None  # type: ignore[method-assign]
    watch.WATCH = still
    page = AppTest.from_file(str(ROOT / "pages" / "_shell.py"), default_timeout=60)
    page.run()
    for name, address in (("history", {"range": "90d"}), ("week", {"week": str(week)})):
        for key, value in address.items():
            page.query_params[key] = value
        page.switch_page(f"{name}.py").run()
        assert not page.exception, page.exception
        timed(f"the page {name} ({' '.join(address.values())}) run again", page.run)


def explain(database: Database, now: datetime) -> None:
    """Does reading go by the index?"""
    values = {"since": now - timedelta(days=90), "until": now, "most": 2000}
    question = "explain (costs off) " + sql.by_hand("history/runs", {}, values)
    plan = "\n".join(str(row[0]) for row in database.rows(question))
    index = "watchtower_checks_check_name_created_at_idx"
    print(f"reading goes by {index}: {'yes' if index in plan else 'NO'}")


def main() -> None:
    """Print every figure."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rows", type=int, default=70_000)
    asked = parser.parse_args()
    with running("18") as server, template(server) as made, server.new_database(made.name) as own:
        fill(own, asked.rows)
        size = own.value(
            "select pg_size_pretty(pg_total_relation_size('public.watchtower_checks'))"
        )
        each = own.rows(
            "select ok, avg(pg_column_size(details))::int from public.watchtower_checks"
            " where check_name = %s group by 1 order by 1 desc",
            [VERIFICATION],
        )
        sizes = ", ".join(f"{'fine' if ok else 'red'} {size:,} bytes" for ok, size in each)
        print(f"{asked.rows:,} verifications and as many rows of the RPC: {size}; a row: {sizes}")
        now = datetime.now(UTC)
        explain(own, now)
        with closing(Connection(parse_url("x", own.role_url))) as connection:
            measure(connection, now)
            pages(connection, now)
        with closing(Connection(parse_url("x", own.owner_url))) as admin:
            keep = timedelta(days=365)
            timed("a prune to 365 days looked at", lambda: prune.old(admin, keep, now))
            old = prune.old(admin, keep, now)
            rows = sum(removed for removed, _ in old.names.values())
            timed(f"  {rows:,} rows removed", lambda: prune.remove(admin, old, by="b"), 1)


if __name__ == "__main__":
    main()
