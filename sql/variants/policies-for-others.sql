-- Variant: other roles have policies with filters of their own

create policy own_rows on public.events for select to authenticated using (site_id is not null);
create policy none on public.sessions as restrictive for select to anon using (false);
