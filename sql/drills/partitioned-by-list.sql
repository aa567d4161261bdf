-- Drill  : events is partitioned by list of its key
-- Data   : keys are right; months cannot be told from the bounds
-- Sees   : partition_coverage critical "partitioned by list (session_month), not by range (session_month)"
-- Also   : rpc_answers, freshness, foreign_key, key_constraints, unattached_partitions, maintenance
-- Demo   : no, what comes in meanwhile goes with the table that stands in

alter table public.events rename to events_before;
create table public.events (like public.events_before) partition by list (session_month);
create table public.events_rest partition of public.events default;
create or replace trigger events_set_session_month_from_session
    before insert or update of session_id, session_month, site_id on public.events
    for each row execute function public.trg_events_set_session_month_from_session();
alter table public.events enable row level security;
alter table public.events_rest enable row level security;
grant select (id, session_id, session_month, created_at, tableoid) on public.events to watchtower;
create policy watchtower_reads on public.events for select to watchtower using (true);

-- Repair
drop table public.events;
alter table public.events_before rename to events;
