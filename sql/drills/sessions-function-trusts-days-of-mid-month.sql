-- Drill  : the sessions function leaves keys from the 5th to the 19th of a month alone
-- Data   : such keys are kept; equal months do not find them
-- Sees   : guard_behaviour critical "public.trg_sessions_set_created_month()"
-- Also   : guard_functions

create or replace function public.trg_sessions_set_created_month() returns trigger
language plpgsql security definer set search_path = '' as $$
begin
    if extract(day from new.created_month) between 5 and 19 then
        return new;
    end if;
    new.created_month := date_trunc('month', new.created_at at time zone 'UTC')::date;
    return new;
end
$$;
