-- Takes back what 50_guard_off.sql did: the rows of that import, and their events with them.
-- Needs  : the owner of the tables.
delete from public.sessions
where created_month < date_trunc('month', created_at at time zone 'UTC');
alter table public.sessions enable trigger sessions_set_created_month;
