-- Drill  : anon may read a single column of this month's sessions, past row level security
-- Data   : whoever holds the site's public key reads that column
-- Sees   : partition_security critical "has no row level security and is open to anon"

do $$
begin
    execute format('alter table public.sessions_%s disable row level security', to_char(now() at time zone 'UTC', 'YYYY_MM'));
    execute format('grant select (site_id) on public.sessions_%s to anon', to_char(now() at time zone 'UTC', 'YYYY_MM'));
end
$$;
