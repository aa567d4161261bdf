"""What does the events guard cost on each inserted row?

Run by hand: python -m tests.benchmarks.guard_cost [--version 18] [--rows 3000]

Compares, over 36 monthly partitions, single-row inserts of events without a guard, with the usual
guard (the session looked up by its id alone) and with the canonical one. The variants take turns,
and the quickest of the rounds counts: what a busy machine adds is not the guard's.
"""

from __future__ import annotations

import argparse
import time
from collections.abc import Callable

from tests.servers import Database, running, setup_files
from tests.template import build_tables

MONTHS = 36
ROUNDS = 9

HISTORY = """
do $$
begin
    for back in 0..%d loop
        perform public.watchtower_make_partition(parent, month)
        from (values ('public.sessions'), ('public.events')) as t (parent),
             lateral (select (date_trunc('month', now() at time zone 'UTC')
                              - back * interval '1 month')::date as month) as m;
    end loop;
end
$$;
-- Routing comes before the trigger, so the history is loaded with the right key.
insert into public.sessions (id, created_month, created_at)
select gen_random_uuid(), date_trunc('month', moment at time zone 'UTC')::date, moment
from generate_series(0, 48 * 30 * %d) as n,
     lateral (select now() - n * interval '30 minutes' as moment) as visit;
analyze public.sessions;
"""
USUAL_GUARD = """
create function public.usual_guard() returns trigger
language plpgsql security definer set search_path = ''
as $$
begin
    select s.created_month into new.session_month
    from public.sessions s
    where s.id = new.session_id;
    return new;
end
$$;
"""
NO_GUARD = "drop trigger events_set_session_month_from_session on public.events"
ATTACH = """
create or replace trigger events_set_session_month_from_session
before insert or update of session_id, session_month, site_id on public.events
for each row execute function public.{}()
"""
VARIANTS = {
    "unguarded": NO_GUARD,
    "usual guard": ATTACH.format("usual_guard"),
    "canonical guard": ATTACH.format("trg_events_set_session_month_from_session"),
}
INSERT = """
insert into public.events (session_month, session_id, url, created_at)
values (%s, %s, '/page', now())
"""
LOOP = """
do $$
declare
    visit record;
begin
    for visit in select id, created_month from public.sessions order by id limit {} loop
        insert into public.events (session_month, session_id, url, created_at)
        values (visit.created_month, visit.id, '/page', now());
    end loop;
end
$$
"""


def single_statements(database: Database, rows: int) -> float:
    """How many µs does a prepared single-row insert take, each in its own transaction?"""
    with database.connect(prepare_threshold=0) as connection:
        visits = connection.execute(
            "select created_month, id from public.sessions order by id limit %s", [rows]
        ).fetchall()
        connection.execute(INSERT, visits[0])
        start = time.perf_counter()
        for visit in visits:
            connection.execute(INSERT, visit)
        return (time.perf_counter() - start) / rows * 1e6


def one_transaction(database: Database, rows: int) -> float:
    """How many µs does a single-row insert in a loop on the server take, commit not counted?"""
    with database.connect(autocommit=False) as connection:
        connection.execute("set local plan_cache_mode = force_generic_plan")
        connection.execute(LOOP.format(10))
        start = time.perf_counter()
        connection.execute(LOOP.format(rows))
        took = time.perf_counter() - start
        connection.rollback()
        return took / rows * 1e6


def measure(
    database: Database, rows: int, way: Callable[[Database, int], float]
) -> dict[str, float]:
    """How many µs a row does each variant take (its quickest round)?"""
    took: dict[str, list[float]] = {name: [] for name in VARIANTS}
    for _ in range(ROUNDS):
        for name, prepare in VARIANTS.items():
            database.execute(prepare)
            took[name].append(way(database, rows))
            database.execute("truncate public.events")
    return {name: min(values) for name, values in took.items()}


def main() -> None:
    """Prints µs per row and the ratios to the unguarded insert."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--version", default="18", choices=("18", "15"))
    parser.add_argument("--rows", type=int, default=3000)
    arguments = parser.parse_args()
    with running(arguments.version) as server, server.new_database() as database:
        build_tables(database)
        for path in setup_files():
            database.run_file(path)
        database.execute(HISTORY % (MONTHS - 1, MONTHS - 1))
        database.execute(USUAL_GUARD)
        for way in (single_statements, one_transaction):
            print(f"\nPostgreSQL {arguments.version}, {way.__name__}, {arguments.rows} rows")
            costs = measure(database, arguments.rows, way)
            for name, cost in costs.items():
                print(f"  {name:16} {cost:8.1f} µs a row {cost / costs['unguarded']:6.2f}x")


if __name__ == "__main__":
    main()
