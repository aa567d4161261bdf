-- Drill  : a trigger after each statement deletes the sessions of the last minute through a view
-- Data   : sessions are gone again, and the writer is told that all went well
-- Sees   : guard_settings unknown "deletes rows by what was just written, or of the recent ones"
-- Demo   : no, the sessions that come in meanwhile are gone for good

create or replace view public.latest as
    select * from public.sessions where created_at > now() - interval '1 minute';
revoke all on public.latest from public;
create or replace function public.zz_forget() returns trigger
language plpgsql security definer set search_path = '' as $$
begin
    delete from public.latest;
    return null;
end
$$;
create or replace trigger zz_forget after insert on public.sessions
    for each statement execute function public.zz_forget();

-- Repair
drop function public.zz_forget() cascade;
drop view public.latest;
