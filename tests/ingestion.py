"""What writes while something is repaired, how long did each write wait, and was any row lost?

`drift` makes rows wrong on purpose and keeps what must come of them; `Ingestion` writes on, in the
middle of it, and remembers what was acknowledged; `lost` compares.
"""

from __future__ import annotations

import random
import threading
import time
from dataclasses import dataclass, field
from datetime import UTC, datetime
from types import TracebackType
from uuid import UUID

import psycopg

from tests.servers import OWNER, Database
from tests.waiting import waits

NOW = datetime.now(UTC)
MARK = "/written-on"  # the url of every event that the writers add

# Sessions of one month in fourteen others, each with its events; nothing else about them is wrong.
DRIFT = """
alter table public.sessions disable trigger sessions_set_created_month;
alter table public.events disable trigger events_set_session_month_from_session;
insert into public.sessions (id, created_month, site_id, created_at)
select md5('drifted ' || n)::uuid,
    (newest - ((n %% 14 + 1 + n / 14 %% 13) %% 14) * interval '1 month')::date, gen_random_uuid(),
    month + (n %% 27) * interval '1 day' + n * interval '1 millisecond'
from generate_series(1, %(rows)s) as n
cross join (
    select date_trunc('month', now() at time zone 'UTC') - interval '1 month' as newest) as last
cross join lateral (select newest - n %% 14 * interval '1 month' as month) as m;
insert into public.events (id, session_month, session_id, site_id, url, created_at, metadata)
select gen_random_uuid(), s.created_month, s.id, s.site_id, '/drifted/' || n, s.created_at,
    jsonb_build_object('n', n)
from public.sessions as s cross join generate_series(1, %(events)s) as n
where s.created_month <> date_trunc('month', s.created_at at time zone 'UTC')::date;
alter table public.sessions enable trigger sessions_set_created_month;
alter table public.events enable trigger events_set_session_month_from_session;
"""

# Rows of the three months before the oldest partition, all of them right, in DEFAULT.
STRAND = """
insert into public.sessions (id, created_month, site_id, created_at)
select md5('stranded ' || n)::uuid, month, gen_random_uuid(),
    month + (n %% 27) * interval '1 day' + n * interval '1 millisecond'
from generate_series(1, %(rows)s) as n
cross join lateral (
    select (date_trunc('month', now() at time zone 'UTC')
        - (15 + n %% 3) * interval '1 month')::date as month) as m;
insert into public.events (id, session_month, session_id, site_id, url, created_at, metadata)
select gen_random_uuid(), s.created_month, s.id, s.site_id, '/stranded/' || n, s.created_at,
    jsonb_build_object('n', n)
from public.sessions_default as s cross join generate_series(1, %(events)s) as n;
"""

# What must be there afterwards: each row as it is, under the key that is right.
KEEP = """
create schema if not exists kept;
create table kept.sessions as
select id, date_trunc('month', created_at at time zone 'UTC')::date as key,
    md5((to_jsonb(s) - 'created_month')::text) as rest
from public.sessions as s;
create table kept.events as
select e.id, date_trunc('month', s.created_at at time zone 'UTC')::date as key,
    md5((to_jsonb(e) - 'session_month')::text) as rest
from public.events as e
join public.sessions as s on s.id = e.session_id and s.created_month = e.session_month;
"""

# Rows that are not there exactly as often as they must be.
DIFFERING = """
select count(*) from (
    (select id, {key}, md5((to_jsonb(t) - '{key}')::text) from public.{table} as t where {theirs}
    except all table kept.{table})
    union all
    (table kept.{table} except all
    select id, {key}, md5((to_jsonb(t) - '{key}')::text) from public.{table} as t where {theirs})
) as differing
"""
THEIRS = {
    "sessions": "t.id not in (select session from kept.written where event is null)",
    "events": f"t.url is distinct from '{MARK}'",
}
KEYS = {"sessions": "created_month", "events": "session_month"}


def drift(database: Database, rows: int, events: int) -> None:
    """So many sessions with the key of another month, each with so many events."""
    database.execute(DRIFT % {"rows": rows, "events": events})
    database.execute("analyze public.sessions; analyze public.events")


def strand(database: Database, rows: int, events: int) -> None:
    """So many sessions of three months that have no partition, each with so many events."""
    database.execute(STRAND % {"rows": rows, "events": events})
    database.execute("analyze public.sessions; analyze public.events")


def keep(database: Database) -> None:
    """Note down what there is, and what will be right, for `lost`."""
    database.execute(KEEP)
    database.execute("create table kept.written (session uuid, event uuid)")


def lost(database: Database, ingestion: Ingestion) -> dict[str, int]:
    """How many rows are gone, doubled or altered, of those before and of what came in since?"""
    with database.connect() as connection, connection.cursor() as cursor:
        with cursor.copy("copy kept.written from stdin") as copy:
            for pair in ingestion.acknowledged:
                copy.write_row(pair)
        found = {}
        for table, key in KEYS.items():
            text = DIFFERING.format(table=table, key=key, theirs=THEIRS[table])
            found[table] = cursor.execute(text).fetchone()[0]
        found["written sessions"] = cursor.execute(
            "select count(*) from (select distinct session from kept.written where event is null)"
            " as w where (select count(*) from public.sessions as s where s.id = w.session) <> 1"
        ).fetchone()[0]
        found["written events"] = cursor.execute(
            "select count(*) from kept.written as w where event is not null and"
            " (select count(*) from public.events as e join public.sessions as s"
            " on s.id = e.session_id and s.created_month = e.session_month"
            " where e.id = w.event and s.id = w.session) <> 1"
        ).fetchone()[0]
    return {what: rows for what, rows in found.items() if rows}


# As an application does: with the month, for the row is routed by it before any trigger fires.
_SESSION = """
insert into public.sessions (id, created_month, created_at)
select %s, date_trunc('month', at at time zone 'UTC'), at
from (select now() - %s * interval '1 day' as at) as visit
"""
_EVENT = """
insert into public.events (id, session_month, session_id, url, created_at)
select %s, created_month, id, %s, now() from public.sessions where id = %s
"""


@dataclass
class Ingestion:
    """Writers that insert sessions and events without a pause, until the block ends.

    Half of the events are of sessions that were there before: of those that are being moved.
    `acknowledged` is (session, event or None) of each row that was committed; `refused` what
    PostgreSQL said instead; `longest` how long the slowest transaction took, in seconds.
    """

    database: Database
    writers: int = 2
    user: str = OWNER
    pause: float = 0.002
    acknowledged: list[tuple[UUID, UUID | None]] = field(default_factory=list)
    refused: list[str] = field(default_factory=list)
    longest: float = 0.0
    _over: threading.Event = field(default_factory=threading.Event)
    _threads: list[threading.Thread] = field(default_factory=list)

    def __enter__(self) -> Ingestion:
        before = [row[0] for row in self.database.rows("select id from public.sessions")]
        for number in range(self.writers):
            thread = threading.Thread(target=self._write, args=(random.Random(number), before))
            thread.start()
            self._threads.append(thread)
        return self

    def settled(self, rows: int) -> None:
        """Wait until so many more rows were written, so that something came after the repair."""
        wanted = len(self.acknowledged) + rows
        waits(lambda: len(self.acknowledged) >= wanted or self.refused, 60)

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._over.set()
        for thread in self._threads:
            thread.join()

    def _write(self, dice: random.Random, before: list[UUID]) -> None:
        with self.database.connect(self.user) as connection:
            while not self._over.wait(self.pause):
                began = time.monotonic()
                try:
                    rows = _once(connection, dice, before)
                except psycopg.Error as error:
                    self.refused.append(f"{error.sqlstate}: {error.diag.message_primary}")
                else:
                    self.acknowledged += rows
                self.longest = max(self.longest, time.monotonic() - began)


def _once(
    connection: psycopg.Connection, dice: random.Random, before: list[UUID]
) -> list[tuple[UUID, UUID | None]]:
    """One transaction: a visit with an event, or an event of an earlier visit."""
    event = UUID(int=dice.getrandbits(128))
    with connection.transaction():
        if dice.random() < 0.5:
            session = dice.choice(before)
            rows: list[tuple[UUID, UUID | None]] = [(session, event)]
        else:
            session = UUID(int=dice.getrandbits(128))
            connection.execute(_SESSION, (session, dice.randrange(400)))
            rows = [(session, None), (session, event)]
        connection.execute(_EVENT, (event, MARK, session))
    return rows
