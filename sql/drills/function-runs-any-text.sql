-- Drill  : the service's role may have the owner of the tables execute any text
-- Data   : whoever calls it can switch the guards off, and on again
-- Sees   : guard_settings unknown "runs a text that it is given or puts together"

create or replace function public.exec_sql(query text) returns void
language plpgsql security definer set search_path = '' as $$
begin
    execute query;
end
$$;
revoke execute on function public.exec_sql(text) from public;
grant execute on function public.exec_sql(text) to service_role;

-- Repair
drop function public.exec_sql(text);
