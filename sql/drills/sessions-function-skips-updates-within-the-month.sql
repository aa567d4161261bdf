-- Drill  : the sessions function leaves updates alone that keep time and key within their month
-- Data   : a key that is changed to another day of its month stays so; equal months do not find it
-- Sees   : guard_behaviour critical "public.trg_sessions_set_created_month()"
-- Also   : guard_functions

create or replace function public.trg_sessions_set_created_month() returns trigger
language plpgsql security definer set search_path = '' as $$
begin
    if tg_op = 'UPDATE'
        and date_trunc('month', new.created_month) = date_trunc('month', old.created_month)
        and date_trunc('month', new.created_at at time zone 'UTC')
            = date_trunc('month', old.created_at at time zone 'UTC')
    then
        return new;
    end if;
    new.created_month := date_trunc('month', new.created_at at time zone 'UTC')::date;
    return new;
end
$$;
