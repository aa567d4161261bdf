-- Drill  : a trigger after each statement calls a function that deletes events of the last minute
-- Data   : events are gone again, and the writer is told that all went well
-- Sees   : guard_settings unknown "deletes rows by what was just written, or of the recent ones"
-- Demo   : no, the events that come in meanwhile are gone for good

create or replace function public.tidy() returns void
language plpgsql security definer set search_path = '' as $$
begin
    delete from public.events where created_at > now() - interval '1 minute';
end
$$;
create or replace function public.zz_tidy() returns trigger
language plpgsql security definer set search_path = '' as $$
begin
    perform public.tidy();
    return null;
end
$$;
create or replace trigger zz_tidy after insert on public.events
    for each statement execute function public.zz_tidy();

-- Repair
drop function public.zz_tidy() cascade;
drop function public.tidy();
