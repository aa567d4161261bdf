-- Drill  : the sessions function makes an exception of requests of the service role
-- Data   : what comes in through PostgREST as service_role keeps whatever month was sent
-- Sees   : guard_behaviour critical "tries: a wrong key"
-- Sees   : guard_functions critical "it does not behave"

create or replace function public.trg_sessions_set_created_month() returns trigger
language plpgsql security definer set search_path = '' as $$
begin
    if coalesce(nullif(current_setting('request.jwt.claims', true), '')::json ->> 'role', '')
        <> 'service_role'
    then
        new.created_month := date_trunc('month', new.created_at at time zone 'UTC')::date;
    end if;
    return new;
end
$$;
