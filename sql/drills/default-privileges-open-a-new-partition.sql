-- Drill  : a partition made by hand is born without row level security and with default privileges
-- Data   : whoever holds the site's public key reads a month that lies ahead
-- Sees   : partition_security critical "public.sessions_ahead has no row level security and is open to anon"
-- Also   : unattached_partitions
-- Demo   : no, its partition and the default privileges would stay

alter default privileges in schema public grant all on tables to anon, authenticated;
do $$
declare
    low date := date_trunc('month', now() at time zone 'UTC') + interval '4 months';
begin
    execute format(
        'create table public.sessions_ahead partition of public.sessions'
        ' for values from (%L) to (%L)', low, (low + interval '1 month')::date);
end
$$;
