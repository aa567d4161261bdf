-- Drill  : a trigger after the events guard hangs the event on another session
-- Data   : events keep the month of the session that was sent, not of the one that is stored
-- Sees   : trigger_order unknown "session_id goes by what a query finds"

create or replace function public.zz_takes() returns trigger language plpgsql set search_path = '' as $$
begin
    select s.id into new.session_id from public.sessions as s
    order by s.created_month, s.id offset 7 limit 1;
    return new;
end
$$;
create or replace trigger zz_takes before insert on public.events
    for each row execute function public.zz_takes();

-- Repair
drop trigger zz_takes on public.events;
