-- Drill  : a superuser's function sets the setting that its caller names, to what the caller says
-- Data   : whoever calls it can write the rest of the transaction past every guard
-- Sees   : guard_settings unknown "sets a setting whose name it works out, session_replication_role perhaps"
-- By     : superuser

create or replace function public.prepare(given jsonb) returns void
language plpgsql security definer set search_path = '' as $$
begin
    perform set_config(given ->> 'name', given ->> 'value', true);
end
$$;

-- Repair
drop function public.prepare(jsonb);
