-- Drill  : row level security is forced, and the policy for the guard's owner is a filter
-- Data   : where it hides the session, the events guard finds no month to take
-- Sees   : guard_functions unknown "a policy of public.sessions is a filter for its owner"
-- As     : role

alter table public.sessions force row level security;
drop policy if exists of_a_site on public.sessions;
create policy of_a_site on public.sessions to owner using (site_id is not null);

-- Repair
drop policy of_a_site on public.sessions;
alter table public.sessions no force row level security;
