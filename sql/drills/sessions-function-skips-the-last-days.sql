-- Drill  : the sessions function leaves rows alone that come in one to three days late
-- Data   : those keep whatever month was sent
-- Sees   : guard_behaviour critical "tries: a wrong key"
-- Also   : guard_functions

create or replace function public.trg_sessions_set_created_month() returns trigger
language plpgsql security definer set search_path = '' as $$
begin
    if now() - new.created_at between interval '1 day' and interval '3 days' then
        return new;
    end if;
    new.created_month := date_trunc('month', new.created_at at time zone 'UTC')::date;
    return new;
end
$$;
