-- Drill  : a trigger of events writes into a log, and a trigger of that log deletes events of the last minute
-- Data   : events are gone again, and the writer is told that all went well
-- Sees   : guard_settings unknown "calls public.zz_log(): the text of public.zz_log() inserts log, where what fires deletes rows"
-- Demo   : no, the events that come in meanwhile are gone for good

create table public.log (id uuid);
alter table public.log enable row level security;
create function public.tidy() returns trigger
language plpgsql security definer set search_path = '' as $$
begin
    delete from public.events where created_at > now() - interval '1 minute';
    return null;
end
$$;
create trigger tidy after insert on public.log for each statement execute function public.tidy();
create function public.zz_log() returns trigger
language plpgsql security definer set search_path = '' as $$
begin
    insert into public.log values (new.id);
    return null;
end
$$;
create trigger zz_log after insert on public.events for each row execute function public.zz_log();

-- Repair
drop function public.zz_log() cascade;
drop table public.log;
drop function public.tidy();
