-- Drill  : the clock of sessions is a timestamp without time zone
-- Data   : the month of a new row depends on the writer's TimeZone
-- Sees   : key_constraints warning "is timestamp without time zone, not timestamptz"
-- Also   : guard_behaviour, wrong_keys, rpc_answers
-- Demo   : no, it writes every row of sessions anew

drop trigger sessions_set_created_month on public.sessions;
set timezone = 'UTC';
alter table public.sessions alter column created_at type timestamp;
create or replace trigger sessions_set_created_month
    before insert or update of created_at, created_month on public.sessions
    for each row execute function public.trg_sessions_set_created_month();

-- Repair
drop trigger sessions_set_created_month on public.sessions;
alter table public.sessions alter column created_at type timestamptz using created_at at time zone 'UTC';
create or replace trigger sessions_set_created_month
    before insert or update of created_at, created_month on public.sessions
    for each row execute function public.trg_sessions_set_created_month();
