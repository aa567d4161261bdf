-- Variant: a trigger before the events guard drops what a table of blocked agents names
-- Says   : trigger_order

create table public.blocked_urls (url text primary key);
alter table public.blocked_urls enable row level security;

create function public.drop_blocked() returns trigger
language plpgsql security definer set search_path = '' as $$
begin
    if exists (select from public.blocked_urls as b where b.url = new.url) then
        return null;
    end if;
    return new;
end
$$;
create trigger a_drop_blocked before insert on public.events
    for each row execute function public.drop_blocked();
