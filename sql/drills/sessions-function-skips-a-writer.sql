-- Drill  : the sessions function makes an exception of one role, which no try can be
-- Data   : what that role writes keeps whatever month was sent
-- Sees   : guard_functions unknown "it behaves rightly in every try, but its text is not understood: line 3: created_month goes by who writes"

create or replace function public.trg_sessions_set_created_month() returns trigger
language plpgsql security definer set search_path = '' as $$
begin
    if session_user <> 'importer' then
        new.created_month := date_trunc('month', new.created_at at time zone 'UTC')::date;
    end if;
    return new;
end
$$;
