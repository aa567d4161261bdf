-- Drill  : the sessions function leaves sessions alone that come 10 to 30 minutes late
-- Data   : those keep whatever month was sent
-- Sees   : guard_behaviour critical "public.trg_sessions_set_created_month()"
-- Also   : guard_functions

create or replace function public.trg_sessions_set_created_month() returns trigger
language plpgsql security definer set search_path = '' as $$
begin
    if now() - new.created_at between interval '10 minutes' and interval '30 minutes' then
        return new;
    end if;
    new.created_month := date_trunc('month', new.created_at at time zone 'UTC')::date;
    return new;
end
$$;
