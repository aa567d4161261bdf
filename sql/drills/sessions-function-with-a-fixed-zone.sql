-- Drill  : the sessions guard takes the month in Berlin's time
-- Data   : sessions of a month's last two hours get the next month
-- Sees   : guard_behaviour critical "public.trg_sessions_set_created_month()"
-- Also   : guard_functions

create or replace function public.trg_sessions_set_created_month() returns trigger
language plpgsql security definer set search_path = ''
as $$
begin
    new.created_month :=
        pg_catalog.date_trunc('month', new.created_at at time zone 'Europe/Berlin')::pg_catalog.date;
    return new;
end
$$;
