-- Drill  : the history has no row level security and anon may write it
-- Data   : whoever holds the site's public key can forge the history
-- Sees   : partition_security critical "public.watchtower_checks has no row level security and is open to anon"

alter table public.watchtower_checks disable row level security;
grant insert on public.watchtower_checks to anon;
