-- Drill  : a function detaches a month of sessions and loads rows into it, another one attaches it again
-- Data   : what is loaded need only fit the month of the partition, whatever its time says
-- Sees   : guard_settings warning "the text of public.load_month(date) loads rows into a table that another text attaches"

create or replace function public.load_month(month date) returns void
language plpgsql security definer set search_path = '' as $$
declare
    part text := 'sessions_' || to_char(month, 'YYYY_MM');
begin
    execute format('alter table public.sessions detach partition public.%I', part);
    execute format('insert into public.%I select * from public.sessions where created_at < $1', part) using month;
end
$$;
create or replace function public.give_back(part text, low date, high date) returns void
language plpgsql security definer set search_path = '' as $$
begin
    execute format('alter table public.sessions attach partition public.%I for values from (%L) to (%L)', part, low, high);
end
$$;

-- Repair
drop function public.give_back(text, date, date);
drop function public.load_month(date);
