-- The guarded tables as production has them: partitioned by month, with nothing but a DEFAULT partition.
-- The guards and the months come from sql/setup/.
-- Needs : the right to create tables in public (the owner of the database has it). Idempotent.
-- Run   : psql -v ON_ERROR_STOP=1 -f 10_tables.sql

begin;

create table if not exists public.sessions (
    id            uuid        not null default gen_random_uuid(),
    created_month date        not null,  -- no default: a missing guard must fail loudly, not invent a key
    site_id       uuid,
    created_at    timestamptz not null default now(),
    primary key (id, created_month)
) partition by range (created_month);

create table if not exists public.events (
    id              uuid        not null default gen_random_uuid(),
    session_month   date        not null,
    session_id      uuid        not null,
    site_id         uuid,
    url             text,
    created_at      timestamptz not null default now(),
    event_category  text,
    event_action    text,
    metadata        jsonb,
    ingest_dedup_id uuid,
    primary key (id, session_month),
    -- Deferred: an event may arrive before its session within one transaction.
    constraint fk_events_session foreign key (session_id, session_month)
        references public.sessions (id, created_month)
        on delete cascade deferrable initially deferred
) partition by range (session_month);

create table if not exists public.sessions_default partition of public.sessions default;
create table if not exists public.events_default partition of public.events default;

create index if not exists sessions_created_at_idx on public.sessions (created_at);
create index if not exists events_created_at_idx on public.events (created_at);
create index if not exists events_session_idx on public.events (session_id, session_month);

alter table public.sessions enable row level security;
alter table public.events enable row level security;
-- A partition has its own switch: without it, whoever may read the partition sees every row of it.
alter table public.sessions_default enable row level security;
alter table public.events_default enable row level security;

commit;
