-- Drill  : in a database of another time zone the clock of sessions has the local time of UTC for its default
-- Data   : a session that brings no time is stored hours off; near a month's turn its key is another month's
-- Sees   : key_constraints warning "which is hours off for who writes in another time zone: this database (Europe/Berlin)"
-- Demo   : no, the time zone of the database would stay

do $$
begin
    execute format('alter database %I set timezone = ''Europe/Berlin''', current_database());
end
$$;
alter table public.sessions alter column created_at set default timezone('utc', now());
