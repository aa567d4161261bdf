-- Drill  : a trigger before the events guard refuses every row
-- Data   : no event can be written at all, which its writers hear of
-- Sees   : trigger_order warning "tried, every row is refused: closed for today"

create or replace function public.a_closed() returns trigger language plpgsql set search_path = '' as $$
begin
    raise exception 'closed for today';
end
$$;
create or replace trigger a_closed before insert on public.events
    for each row execute function public.a_closed();

-- Repair
drop trigger a_closed on public.events;
