-- Drill  : an event trigger sets session_replication_role to replica when one role connects
-- Data   : no guard fires for that role, if it may set this, and it writes whatever month it likes
-- Sees   : guard_settings critical "at each login the event trigger on_login calls public.on_login()"
-- On     : 18
-- By     : superuser

create or replace function public.on_login() returns event_trigger language plpgsql set search_path = '' as $$
begin
    if session_user = 'importer' then
        perform set_config('session_replication_role', 'replica', false);
    end if;
end
$$;
create event trigger on_login on login execute function public.on_login();

-- Repair
drop event trigger on_login;
drop function public.on_login();
