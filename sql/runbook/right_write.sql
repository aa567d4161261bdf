-- A write as the guards expect it: to the tables, with the month sent along, the session first. It must
-- succeed, and is rolled back. What fails here fails in the application too.
-- Needs  : the right to write, as the application has it
-- By hand: psql -f sql/runbook/right_write.sql
begin;

with visit as (
    select gen_random_uuid() as session_id, now() as moment
),
session as (
    insert into public.sessions (id, created_month, created_at)
    select session_id, date_trunc('month', moment at time zone 'UTC')::date, moment from visit
    returning id, created_month, created_at
)
insert into public.events (id, session_id, session_month, created_at)
select gen_random_uuid(), id, created_month, created_at from session;

set constraints all immediate;

rollback;
