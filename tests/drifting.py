"""How does a test put rows past the guards, and see that none was lost?"""

from __future__ import annotations

from tests.servers import Database

GUARDS_OFF = """
alter table public.sessions disable trigger sessions_set_created_month;
alter table public.events disable trigger events_set_session_month_from_session;
alter table public.events drop constraint fk_events_session;
"""
GUARDS_ON = """
alter table public.sessions enable trigger sessions_set_created_month;
alter table public.events enable trigger events_set_session_month_from_session;
"""
KEY_BACK = """
alter table public.events add constraint fk_events_session
    foreign key (session_id, session_month) references public.sessions (id, created_month)
    on delete cascade deferrable initially deferred;
"""
ALL_ROWS = """
select (select count(*) from public.sessions), (select count(*) from public.events),
    (select md5(string_agg(id::text || created_at::text, ',' order by id)) from public.sessions),
    (select md5(string_agg(id::text || session_id::text, ',' order by id)) from public.events)
"""
DRIFTED_KEYS = """
select (select count(*) from public.sessions
        where created_month <> date_trunc('month', created_at at time zone 'UTC')::date),
       (select count(*) from public.events as e join public.sessions as s on s.id = e.session_id
        where e.session_month <> s.created_month)
"""


NULLABLE = """
alter table public.events drop constraint fk_events_session;
alter table public.events drop constraint events_pkey;
alter table public.events alter column session_month drop not null;
"""
NOW_MONTH = "date_trunc('month', now() at time zone 'UTC')::date"
# Wrong for a row of the last weeks on whatever day: last month's would be right on the 1st.
EARLIER_MONTH = "(date_trunc('month', now() at time zone 'UTC') - interval '2 months')::date"


def drift_sessions(database: Database, key: str, age: str = "2 hours", count: int = 3) -> None:
    """Insert sessions with this key, past the guard, each with two events of the same key."""
    database.execute(
        f"""
        {GUARDS_OFF}
        with made as (
            insert into public.sessions (id, created_month, site_id, created_at)
            select gen_random_uuid(), {key}, gen_random_uuid(), now() - interval '{age}'
            from generate_series(1, {count})
            returning id, created_month, created_at
        )
        insert into public.events (id, session_month, session_id, site_id, url, created_at)
        select gen_random_uuid(), created_month, id, gen_random_uuid(), '/', created_at
        from made cross join generate_series(1, 2);
        {GUARDS_ON} {KEY_BACK}
        """
    )
