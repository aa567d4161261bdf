-- Drill  : the sessions function works only where site_id is null
-- Data   : sessions of a site keep whatever month was sent
-- Sees   : guard_behaviour critical "other columns filled in it made"
-- Sees   : guard_functions critical "it does not behave"

create or replace function public.trg_sessions_set_created_month() returns trigger
language plpgsql security definer set search_path = '' as $$
begin
    if new.site_id is null then
        new.created_month := date_trunc('month', new.created_at at time zone 'UTC')::date;
    end if;
    return new;
end
$$;
