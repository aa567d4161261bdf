-- Drill  : the sessions guard sets the day, not the first of the month
-- Data   : every new row has a key that joins on equal months do not find
-- Sees   : guard_behaviour critical "public.trg_sessions_set_created_month()"
-- Also   : guard_functions

create or replace function public.trg_sessions_set_created_month() returns trigger
language plpgsql security definer set search_path = ''
as $$
begin
    new.created_month := (new.created_at at time zone 'UTC')::pg_catalog.date;
    return new;
end
$$;
