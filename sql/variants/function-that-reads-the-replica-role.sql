-- Variant: functions read session_replication_role, or set it back, and set it nowhere to replica

create function public.is_replica() returns boolean language sql set search_path = ''
as $$ select current_setting('session_replication_role') = 'replica' $$;
create function public.back() returns void language plpgsql set search_path = '' as $$
begin
    -- set session_replication_role = replica was here once
    set session_replication_role = default;
end
$$;
