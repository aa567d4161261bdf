-- Drill  : sessions itself has no row level security, and nobody strange has a grant
-- Data   : one grant later every session is open
-- Sees   : partition_security warning "public.sessions has no row level security; no stranger holds a grant on it"

alter table public.sessions disable row level security;
