-- Drill  : the sessions guard sets the month only where there is none
-- Data   : a wrong month that the writer sends stays
-- Sees   : guard_behaviour critical "public.trg_sessions_set_created_month()"
-- Also   : guard_functions

create or replace function public.trg_sessions_set_created_month() returns trigger
language plpgsql security definer set search_path = ''
as $$
begin
    new.created_month := coalesce(
        new.created_month,
        pg_catalog.date_trunc('month', new.created_at at time zone 'UTC')::pg_catalog.date);
    return new;
end
$$;
