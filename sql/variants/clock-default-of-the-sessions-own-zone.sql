-- Variant: in a database of another time zone the clocks have the present moment for their default, also as local time

do $$
begin
    execute format('alter database %I set timezone = ''Europe/Berlin''', current_database());
end
$$;
alter table public.sessions alter column created_at set default localtimestamp;
alter table public.events alter column created_at set default now();
