-- Variant: the keys are of a domain that is never null and always the first of a month
-- Says   : guard_functions

drop table public.sessions, public.events cascade;
create domain public.first_of_a_month as date not null check (value = date_trunc('month', value));
create table public.sessions (
    id uuid not null default gen_random_uuid(),
    created_month public.first_of_a_month,
    site_id uuid,
    created_at timestamptz not null default now(),
    primary key (id, created_month)
) partition by range (created_month);
create table public.events (
    id uuid not null default gen_random_uuid(),
    session_month public.first_of_a_month,
    session_id uuid not null,
    site_id uuid,
    created_at timestamptz not null default now(),
    primary key (id, session_month),
    constraint fk_events_session foreign key (session_id, session_month)
        references public.sessions (id, created_month)
        on delete cascade deferrable initially deferred
) partition by range (session_month);
create index on public.sessions (created_at);
create index on public.events (created_at);
create index on public.events (session_id, session_month);
alter table public.sessions enable row level security;
alter table public.events enable row level security;

-- sql/setup/10_guards.sql

-- sql/setup/30_partitions.sql

-- sql/setup/40_rpcs.sql

-- sql/setup/50_role.sql

select public.create_next_month_partitions();

create or replace function public.trg_sessions_set_created_month() returns trigger
language plpgsql security definer set search_path = '' as $$
begin
    new.created_month := date_trunc('month', new.created_at at time zone 'UTC')::date;
    return new;
end
$$;
create or replace function public.trg_events_set_session_month_from_session() returns trigger
language plpgsql security definer set search_path = '' as $$
begin
    select s.created_month into strict new.session_month from public.sessions as s
    where s.id = new.session_id order by s.created_month = new.session_month desc limit 1;
    return new;
exception when no_data_found then
    return new;
end
$$;

insert into public.sessions (created_month, created_at)
    values (date_trunc('month', now() at time zone 'UTC'), now());
insert into public.events (session_id, session_month) select id, created_month from public.sessions;
