-- Drill  : this month's sessions have no row level security and PUBLIC may write them
-- Data   : everybody who may connect can write them
-- Sees   : partition_security critical "open to PUBLIC, anon, authenticated"

do $$
begin
    execute format('alter table public.sessions_%s disable row level security', to_char(now() at time zone 'UTC', 'YYYY_MM'));
    execute format('grant insert on public.sessions_%s to public', to_char(now() at time zone 'UTC', 'YYYY_MM'));
end
$$;
