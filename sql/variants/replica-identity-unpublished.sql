-- Variant: one month's events have another replica identity, and only their inserts are published
-- By     : superuser

do $$
begin
    execute format('alter table public.events_%s replica identity full', to_char(now() at time zone 'UTC', 'YYYY_MM'));
end
$$;
create publication warehouse for table public.events with (publish = 'insert');
