-- Variant: the sessions guard says in the server's log who sent which key; its messages decide nothing
-- Says   : guard_functions

create or replace function public.trg_sessions_set_created_month() returns trigger
language plpgsql security definer set search_path = '' as $$
declare
    right_month date := date_trunc('month', new.created_at at time zone 'UTC')::date;
begin
    if new.created_month is distinct from right_month then
        raise log 'a user, %, sent % for session %', session_user, new.created_month, new.id;
    end if;
    new.created_month := right_month;
    return new;
end
$$;
