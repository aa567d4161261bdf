-- Drill  : a policy on sessions asks anon for something that always holds
-- Data   : whoever holds the site's public key reads every session
-- Sees   : partition_security critical "the policy readers (for anon, all commands, using ((1 = 1) OR (site_id IS NULL))) shows every row of public.sessions to anon"

grant select (id, site_id, created_at) on public.sessions to anon;
create policy readers on public.sessions to anon using (1 = 1 or site_id is null);

-- Repair
drop policy readers on public.sessions;
