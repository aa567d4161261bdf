-- Drill  : a policy shows every event to every user who is signed in
-- Data   : a user of one site reads the events of all
-- Sees   : partition_security warning "shows every row of public.events to authenticated"

grant select on public.events to authenticated;
create policy signed_in on public.events for select to authenticated using (true);

-- Repair
drop policy signed_in on public.events;
