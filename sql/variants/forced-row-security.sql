-- Variant: row level security is forced on the owner of events; the watchtower has its policy
-- As     : role

alter table public.events force row level security;
