-- Drill  : the sessions guard fails inside and swallows it
-- Data   : new sessions keep whatever month the writer sends
-- Sees   : guard_behaviour critical "public.trg_sessions_set_created_month()"
-- Also   : guard_functions

create or replace function public.trg_sessions_set_created_month() returns trigger
language plpgsql security definer set search_path = ''
as $$
begin
    new.created_month := month_of(new.created_at);
    return new;
exception when others then
    return new;
end
$$;
