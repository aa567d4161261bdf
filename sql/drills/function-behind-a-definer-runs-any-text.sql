-- Drill  : a function of the owner's rights hands its caller's text to another one, which nobody else may call, and which executes it
-- Data   : whoever calls it can switch the guards off, and on again
-- Sees   : guard_settings unknown "calls run_it(), which runs a text that it is given"

create or replace function public.run_it(query text) returns void language plpgsql set search_path = '' as $$
begin
    execute query;
end
$$;
revoke execute on function public.run_it(text) from public, service_role;
create or replace function public.report(query text) returns void
language plpgsql security definer set search_path = '' as $$
begin
    perform public.run_it(query);
end
$$;
revoke execute on function public.report(text) from public;
grant execute on function public.report(text) to service_role;

-- Repair
drop function public.report(text);
drop function public.run_it(text);
