"""What is in the database that every test starts from?"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from tests.servers import OWNER, ROOT, Database, Server

MONTHS_BACK = 14

# Half of the sessions are of this week, half of this month and the 13 before it, on whatever day;
# each visit lasts some minutes, and none lies in the future.
PAST_MONTHS = """
do $$
declare
    month date;
    parent text;
    outcome jsonb;
begin
    foreach parent in array array['public.sessions', 'public.events'] loop
        for back in 1..%d loop
            month := date_trunc('month', now() at time zone 'UTC') - back * interval '1 month';
            outcome := public.watchtower_make_partition(parent, month);
            assert outcome ? 'made', outcome::text;
        end loop;
    end loop;
    outcome := public.create_next_month_partitions();
    assert (outcome ->> 'ok')::boolean, outcome::text;
end
$$
"""
TRAFFIC = """
insert into public.sessions (id, created_month, site_id, created_at)
select md5('session ' || n)::uuid,
       date_trunc('month', moment at time zone 'UTC')::date,
       md5('site ' || n % 3)::uuid,
       moment
from generate_series(1, 400) as n
cross join (
    select (date_trunc('month', now() at time zone 'UTC') - interval '13 months') at time zone 'UTC'
) as oldest (first_month)
cross join lateral (
    select now() - interval '30 minutes' - case
        when n <= 200 then n * interval '50 minutes'
        else (n - 200) * (now() - first_month) / 201
    end as moment
) as visit;

insert into public.events (id, session_month, session_id, site_id, url, created_at, event_category)
select md5('event ' || s.id || n)::uuid, s.created_month, s.id, s.site_id, '/page/' || n,
       s.created_at + n * interval '5 minutes', 'page_view'
from public.sessions s
cross join generate_series(1, 4) as n;

analyze public.sessions;
analyze public.events;
"""


def build_tables(database: Database, owner: str = OWNER) -> None:
    """Makes the guarded tables alone: no guard, no month, no row."""
    database.run_file(ROOT / "sql" / "demo" / "10_tables.sql", owner)


@contextmanager
def template(server: Server) -> Iterator[Database]:
    """A healthy database: the tables, the whole setup, 14 months back and 3 ahead, and traffic."""
    with server.new_database(owner=OWNER) as database:
        fill(database)
        yield database


def fill(database: Database) -> None:
    """Makes all of that in an empty database."""
    build_tables(database)
    database.run_setup()
    database.execute(PAST_MONTHS % MONTHS_BACK)
    database.execute(TRAFFIC)
