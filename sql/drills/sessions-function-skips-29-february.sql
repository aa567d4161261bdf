-- Drill  : the sessions function leaves sessions of 29 February alone
-- Data   : once in four years a day's sessions keep whatever month was sent
-- Sees   : guard_behaviour critical "public.trg_sessions_set_created_month()"
-- Also   : guard_functions

create or replace function public.trg_sessions_set_created_month() returns trigger
language plpgsql security definer set search_path = '' as $$
begin
    if to_char(new.created_at at time zone 'UTC', 'MM-DD') = '02-29' then
        return new;
    end if;
    new.created_month := date_trunc('month', new.created_at at time zone 'UTC')::date;
    return new;
end
$$;
