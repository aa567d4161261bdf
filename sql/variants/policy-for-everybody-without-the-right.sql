-- Variant: a policy is true for everybody, and nobody strange may read the table

create policy everybody on public.events for select to anon, authenticated using (true);
