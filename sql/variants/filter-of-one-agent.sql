-- Variant: a trigger before the events guard drops what one robot sends
-- Says   : trigger_order

create function public.a_filter() returns trigger language plpgsql set search_path = '' as $$
begin
    if new.event_category = 'robot' then
        return null;
    end if;
    return new;
end
$$;
create trigger a_filter before insert on public.events for each row execute function public.a_filter();
