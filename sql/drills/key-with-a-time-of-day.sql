-- Drill  : a restored copy of sessions has a timestamptz for its month key
-- Data   : the first of a month depends on the writer's TimeZone
-- Sees   : key_constraints critical "public.sessions.created_month is timestamp with time zone, not date"
-- Also   : guard_behaviour, wrong_keys, freshness, rpc_answers, foreign_key, unattached_partitions, maintenance, orphan_rows, trigger_order, duplicate_ids, partition_coverage
-- Demo   : no, what comes in meanwhile goes with the table that stands in

alter table public.events drop constraint fk_events_session;
alter table public.sessions rename to sessions_before;
create table public.sessions (
    id uuid not null default gen_random_uuid(),
    created_month timestamptz not null,
    site_id uuid,
    created_at timestamptz not null,
    primary key (id, created_month)
) partition by range (created_month);
create table public.sessions_every partition of public.sessions
    for values from (minvalue) to (maxvalue);
create index on public.sessions (created_at);
create or replace trigger sessions_set_created_month
    before insert or update of created_at, created_month on public.sessions
    for each row execute function public.trg_sessions_set_created_month();
alter table public.sessions enable row level security;
alter table public.sessions_every enable row level security;
grant select (id, created_month, created_at, tableoid) on public.sessions to watchtower;
create policy watchtower_reads on public.sessions for select to watchtower using (true);

-- Repair
drop table public.sessions;
alter table public.sessions_before rename to sessions;
alter table public.events add constraint fk_events_session
    foreign key (session_id, session_month) references public.sessions (id, created_month)
    on delete cascade deferrable initially deferred;
