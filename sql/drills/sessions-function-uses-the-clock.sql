-- Drill  : the sessions guard takes the month of now, not of created_at
-- Data   : sessions that arrive late, after a month's turn, get the wrong month
-- Sees   : guard_behaviour critical "public.trg_sessions_set_created_month()"
-- Also   : guard_functions

create or replace function public.trg_sessions_set_created_month() returns trigger
language plpgsql security definer set search_path = ''
as $$
begin
    new.created_month :=
        pg_catalog.date_trunc('month', pg_catalog.now() at time zone 'UTC')::pg_catalog.date;
    return new;
end
$$;
