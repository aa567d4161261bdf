-- Variant: the clocks have the local time of UTC for their default, in a database that is in UTC

alter table public.sessions alter column created_at set default timezone('utc', now());
alter table public.events alter column created_at set default (now() at time zone 'utc');
