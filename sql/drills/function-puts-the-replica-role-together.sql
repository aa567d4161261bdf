-- Drill  : a superuser's function puts the name session_replication_role together of two parts, and sets it
-- Data   : what is written after it in the same transaction passes no guard
-- Sees   : guard_settings critical "the text of public.bulk_load() sets session_replication_role to replica"
-- By     : superuser

create or replace function public.bulk_load() returns text language sql security definer
begin atomic
    select set_config('session_' || 'replication_role', 'replica', true);
end;

-- Repair
drop function public.bulk_load();
