-- Variant: the sessions guard also writes into another table
-- Says   : guard_functions

create table if not exists public.audit (id uuid, at timestamptz);
alter table public.audit enable row level security;
create or replace function public.trg_sessions_set_created_month() returns trigger
language plpgsql security definer set search_path = ''
as $$
begin
    insert into public.audit values (new.id, now());
    new.created_month :=
        pg_catalog.date_trunc('month', new.created_at at time zone 'UTC')::pg_catalog.date;
    return new;
end
$$;
