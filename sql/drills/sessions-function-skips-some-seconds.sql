-- Drill  : the sessions function leaves sessions alone that begin at seconds 10 to 40 of a minute
-- Data   : half of all sessions keep whatever month was sent
-- Sees   : guard_behaviour critical "public.trg_sessions_set_created_month()"
-- Also   : guard_functions

create or replace function public.trg_sessions_set_created_month() returns trigger
language plpgsql security definer set search_path = '' as $$
begin
    if extract(second from new.created_at) between 10 and 40 then
        return new;
    end if;
    new.created_month := date_trunc('month', new.created_at at time zone 'UTC')::date;
    return new;
end
$$;
