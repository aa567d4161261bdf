-- Drill  : a superuser's function, which others may call, sets session_replication_role in its text
-- Data   : what is written after it in the same transaction passes no guard
-- Sees   : guard_settings critical "the text of public.bulk_load() sets session_replication_role to replica"
-- By     : superuser

create or replace function public.bulk_load() returns void language sql security definer set search_path = ''
as $$ select set_config('session_replication_role', 'replica', true) $$;

-- Repair
drop function public.bulk_load();
