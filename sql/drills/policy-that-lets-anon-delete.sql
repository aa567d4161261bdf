-- Drill  : a policy lets anon delete every event
-- Data   : whoever holds the site's public key empties the table
-- Sees   : partition_security warning "lets anon delete every row of public.events"

grant delete on public.events to anon;
create policy cleaning on public.events for delete to anon using (true);

-- Repair
drop policy cleaning on public.events;
revoke delete on public.events from anon;
