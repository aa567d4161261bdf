-- Drill  : the sessions function leaves the key alone while somebody holds an advisory lock
-- Data   : what is written meanwhile keeps whatever month was sent
-- Sees   : guard_functions unknown "created_month goes by what pg_try_advisory_xact_lock_shared() answers"

create or replace function public.trg_sessions_set_created_month() returns trigger
language plpgsql security definer set search_path = '' as $$
begin
    if pg_try_advisory_xact_lock_shared(42) then
        new.created_month := date_trunc('month', new.created_at at time zone 'UTC')::date;
    end if;
    return new;
end
$$;
