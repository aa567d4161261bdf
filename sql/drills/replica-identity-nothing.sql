-- Drill  : this month's events have no replica identity, and a publication sends their updates
-- Data   : updates and deletes of this month's events are refused
-- Sees   : replica_identity warning "is NOTHING, and that of public.events DEFAULT (id, session_month)"
-- By     : superuser

do $$
begin
    execute format('alter table public.events_%s replica identity nothing', to_char(now() at time zone 'UTC', 'YYYY_MM'));
end
$$;
create publication warehouse for table public.events;

-- Repair
do $$
begin
    execute format('alter table public.events_%s replica identity default', to_char(now() at time zone 'UTC', 'YYYY_MM'));
end
$$;
drop publication warehouse;
