-- Drill  : in a database of another time zone the sessions guard lost its AT TIME ZONE
-- Data   : sessions of a month's last or first hours get the wrong month
-- Sees   : guard_behaviour critical "public.trg_sessions_set_created_month()"
-- Also   : guard_functions
-- Demo   : no, the time zone of the database would stay

do $$
begin
    execute format('alter database %I set timezone = ''America/Los_Angeles''', current_database());
end
$$;
create or replace function public.trg_sessions_set_created_month() returns trigger
language plpgsql security definer set search_path = ''
as $$
begin
    new.created_month := pg_catalog.date_trunc('month', new.created_at)::pg_catalog.date;
    return new;
end
$$;
