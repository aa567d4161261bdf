-- Drill  : one function detaches a month of sessions, another one loads rows into it, a third one attaches it again
-- Data   : what is loaded need only fit the month of the partition, whatever its time says
-- Sees   : guard_settings warning "the text of public.fill_month(text) loads rows into a table that another text attaches"

create or replace function public.take_out(part text) returns void
language plpgsql security definer set search_path = '' as $$
begin
    execute format('alter table public.sessions detach partition public.%I', part);
end
$$;
create or replace function public.fill_month(part text) returns void
language plpgsql security definer set search_path = '' as $$
begin
    execute format('insert into public.%I select * from public.sessions', part);
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
drop function public.fill_month(text);
drop function public.take_out(text);
