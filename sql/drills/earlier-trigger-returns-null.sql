-- Drill  : a trigger before the events guard returns null
-- Data   : inserts say INSERT 0 0 and the events are lost
-- Sees   : trigger_order unknown "the row is dropped"

create or replace function public.a_filter() returns trigger language plpgsql set search_path = ''
as 'begin return null; end';
create or replace trigger a_filter before insert on public.events
    for each row execute function public.a_filter();

-- Repair
drop trigger a_filter on public.events;
