-- Drill  : the sessions guard takes the month in the writer's time zone
-- Data   : sessions of a month's last or first hours get the month of the writer's clock
-- Sees   : guard_behaviour critical "public.trg_sessions_set_created_month()"
-- Also   : guard_functions

create or replace function public.trg_sessions_set_created_month() returns trigger
language plpgsql security definer set search_path = ''
as $$
begin
    new.created_month := pg_catalog.date_trunc('month', new.created_at)::pg_catalog.date;
    return new;
end
$$;
