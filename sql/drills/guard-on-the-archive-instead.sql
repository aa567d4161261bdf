-- Drill  : the guard stands on the same-named table of another schema
-- Data   : new sessions keep whatever month the writer sends
-- Sees   : guard_triggers critical "sessions_set_created_month is missing on public.sessions and"
-- Also   : rpc_answers

drop trigger sessions_set_created_month on public.sessions;
create schema if not exists archive;
create table if not exists archive.sessions (created_at timestamptz, created_month date);
create or replace trigger sessions_set_created_month
    before insert or update of created_at, created_month on archive.sessions
    for each row execute function public.trg_sessions_set_created_month();
