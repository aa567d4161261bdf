-- Drill  : a trigger deletes from sessions what was just written
-- Data   : every session is gone again, and the writer is told that all went well
-- Sees   : guard_settings unknown "deletes rows by what was just written"
-- Demo   : no, the sessions that come in meanwhile are gone for good

create or replace function public.zz_drop() returns trigger
language plpgsql security definer set search_path = '' as $$
begin
    delete from public.sessions where id = new.id;
    return null;
end
$$;
create or replace trigger zz_drop after insert on public.sessions
    for each row execute function public.zz_drop();

-- Repair
drop function public.zz_drop() cascade;
