"""Does a large repair lose a row or keep ingestion waiting, though it is killed ten times?

    python -m tests.benchmarks.repairs [--version 18] [--rows 100000] [--default 50000] [--kills 10]

Two runs, each on a database of its own, while two writers insert sessions and events without a
pause: sessions with a wrong month, two events each, over 14 months; and rows of three missing
months in DEFAULT. `python -m lib apply --yes` is killed at random moments, and run again. Prints
how long it took, how long the slowest insert took, and how many rows are gone, doubled or altered.
"""

from __future__ import annotations

import argparse
import random
import time
from collections.abc import Callable

from tests import ingestion
from tests.ingestion import Ingestion
from tests.kills import Applying, cut_off_often
from tests.looking import look, statuses
from tests.servers import Database, running
from tests.template import template


def run(database: Database, prepare: Callable[[], None], kills: int, longest: float) -> None:
    """Make it wrong, repair it while it is killed so often, and tell what came of it."""
    prepare()
    ingestion.keep(database)
    with Ingestion(database) as writing:
        time.sleep(2)
        usual, writing.longest = writing.longest, 0.0
        began = time.monotonic()
        for line in cut_off_often(database, kills, longest, random.Random(kills)):
            print(f"  {line}")
        again = time.monotonic()
        end = Applying(database).ended()
        done = time.monotonic()
    print(
        f"  {done - began:.0f} s in all, {done - again:.0f} s of them undisturbed; exit {end.code}"
    )
    print(f"  {len(writing.acknowledged):,} rows written meanwhile, {len(writing.refused)} refused")
    print(f"  the slowest insert: {1000 * writing.longest:.0f} ms ({1000 * usual:.0f} before)")
    print(f"  rows gone, doubled or altered: {ingestion.lost(database, writing) or 'none'}")
    print(f"  checks that are not ok: {statuses(look(database)) or 'none'}", flush=True)


def main() -> None:
    """Run both."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--version", default="18", choices=("15", "18"))
    parser.add_argument("--rows", type=int, default=100_000)
    parser.add_argument("--default", type=int, default=50_000)
    parser.add_argument("--kills", type=int, default=10)
    asked = parser.parse_args()
    with running(asked.version) as server, template(server) as healthy:
        with server.new_database(healthy.name) as database:
            print(f"{asked.rows:,} sessions with a wrong month, PostgreSQL {asked.version}")
            prepare = lambda: ingestion.drift(database, asked.rows, 2)  # noqa: E731
            run(database, prepare, asked.kills, asked.rows / 20_000)
        with server.new_database(healthy.name) as database:
            print(f"{asked.default:,} sessions of three missing months, PostgreSQL {asked.version}")
            prepare = lambda: ingestion.strand(database, asked.default, 2)  # noqa: E731
            run(database, prepare, asked.kills, asked.default / 100_000)


if __name__ == "__main__":
    main()
