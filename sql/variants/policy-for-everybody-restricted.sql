-- Variant: a policy is true for everybody, and a restrictive one beside it is not

grant select on public.events to anon, authenticated;
create policy everybody on public.events for select to anon, authenticated using (true);
create policy own_site on public.events as restrictive to anon, authenticated
    using (site_id = nullif(current_setting('request.site', true), '')::uuid);
