-- Drill  : somebody told pg_class by hand that a partition of sessions has no triggers
-- Data   : new sessions of that month keep whatever key was sent; pg_trigger is as ever
-- Sees   : guard_triggers critical "does not fire, since pg_class.relhastriggers says that there is none"
-- Also   : rpc_answers
-- By     : superuser

update pg_catalog.pg_class set relhastriggers = false
where oid = format('public.sessions_%s', to_char(now() at time zone 'UTC', 'YYYY_MM'))::regclass;

-- Repair
update pg_catalog.pg_class set relhastriggers = true
where oid = format('public.sessions_%s', to_char(now() at time zone 'UTC', 'YYYY_MM'))::regclass;
