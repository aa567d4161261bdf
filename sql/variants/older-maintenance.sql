-- Variant: the maintenance routine is the older one, which returns void
-- Says   : maintenance

drop function public.create_next_month_partitions();
create function public.create_next_month_partitions() returns void
language sql security definer set search_path = ''
as 'select public.watchtower_make_partitions(pg_catalog.now())';
revoke all on function public.create_next_month_partitions() from public, anon, authenticated;
grant execute on function public.create_next_month_partitions() to service_role, watchtower;
