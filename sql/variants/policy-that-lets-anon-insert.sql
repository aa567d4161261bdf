-- Variant: the site's own pages write events with its public key

grant insert on public.events to anon;
create policy from_the_pages on public.events for insert to anon with check (true);
