-- Drill  : a function that others may call updates the settings whose names are like the replica role's
-- Data   : what it writes then keeps whatever month was sent
-- Sees   : guard_settings unknown "sets a setting whose name it works out"
-- By     : superuser

create or replace function public.load_quietly(at timestamptz, month date) returns void
language plpgsql security definer set search_path = '' as $$
begin
    update pg_catalog.pg_settings set setting = 'replica' where name like 'session_rep%';
    insert into public.sessions (created_at, created_month) values (at, month);
    reset session_replication_role;
end
$$;

-- Repair
drop function public.load_quietly(timestamptz, date);
