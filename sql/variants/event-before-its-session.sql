-- Variant: an event came before its session, within one transaction

set watchtower.unknown = 'keep';
-- sql/setup/10_guards.sql

begin;
insert into public.events (session_id, session_month, created_at)
values (md5('late')::uuid, date_trunc('month', now() at time zone 'UTC')::date, now());
insert into public.sessions (id, created_month, created_at)
values (md5('late')::uuid, date_trunc('month', now() at time zone 'UTC')::date, now());
commit;
