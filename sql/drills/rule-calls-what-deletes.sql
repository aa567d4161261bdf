-- Drill  : a rule calls a function besides each insert of an event, which deletes events of the last minute
-- Data   : events are gone again, and the writer is told that all went well
-- Sees   : guard_settings unknown "the rule tidy on public.events calls tidy(), which deletes rows by what was just written"
-- Demo   : no, the events that come in meanwhile are gone for good

create function public.tidy() returns void
language plpgsql security definer set search_path = '' as $$
begin
    delete from public.events where created_at > now() - interval '1 minute';
end
$$;
create rule tidy as on insert to public.events do also select public.tidy();

-- Repair
drop rule tidy on public.events;
drop function public.tidy();
