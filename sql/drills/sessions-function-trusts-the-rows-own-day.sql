-- Drill  : the sessions function leaves a key alone that is the day of the session itself
-- Data   : a column default, current_date, sends just that; such keys are no first of a month
-- Sees   : guard_behaviour critical "public.trg_sessions_set_created_month()"
-- Also   : guard_functions

create or replace function public.trg_sessions_set_created_month() returns trigger
language plpgsql security definer set search_path = '' as $$
begin
    if new.created_month = (new.created_at at time zone 'UTC')::pg_catalog.date then
        return new;
    end if;
    new.created_month := date_trunc('month', new.created_at at time zone 'UTC')::date;
    return new;
end
$$;
