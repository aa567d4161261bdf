-- Drill  : a function detaches a month of sessions, loads rows into it, and attaches it again
-- Data   : what it loads need only fit the month of the partition, whatever its time says
-- Sees   : guard_settings warning "loads rows into a table that it attaches as a partition"

create or replace function public.load_month(month date) returns void
language plpgsql security definer set search_path = '' as $$
declare
    part text := 'sessions_' || to_char(month, 'YYYY_MM');
begin
    execute format('alter table public.sessions detach partition public.%I', part);
    execute format('insert into public.%I select * from public.sessions where created_at < $1', part) using month;
    execute format('alter table public.sessions attach partition public.%I for values from (%L) to (%L)',
                   part, month, month + interval '1 month');
end
$$;

-- Repair
drop function public.load_month(date);
