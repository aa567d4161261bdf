-- Drill  : the sessions function works only for sessions of the last hours
-- Data   : sessions that come late keep whatever month was sent
-- Sees   : guard_behaviour critical "tries: a wrong key"
-- Sees   : guard_functions critical "it does not behave"

create or replace function public.trg_sessions_set_created_month() returns trigger
language plpgsql security definer set search_path = '' as $$
begin
    if new.created_at > now() - interval '6 hours' then
        new.created_month := date_trunc('month', new.created_at at time zone 'UTC')::date;
    end if;
    return new;
end
$$;
