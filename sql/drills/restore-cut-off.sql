-- Drill  : pg_restore --disable-triggers was cut off: every partition is left disabled, not the parent
-- Data   : new rows keep whatever month the writer sends
-- Sees   : guard_triggers critical "sessions_set_created_month is disabled on"
-- Sees   : guard_triggers critical "events_set_session_month_from_session is disabled on"
-- Sees   : foreign_key critical "fk_events_session"
-- Also   : rpc_answers
-- By     : superuser

do $$
declare
    leaf regclass;
begin
    for leaf in
        select inhrelid from pg_inherits
        where inhparent in ('public.sessions'::regclass, 'public.events'::regclass)
    loop
        execute format('alter table %s disable trigger all', leaf);
    end loop;
end
$$;

-- Repair
do $$
declare
    leaf regclass;
begin
    for leaf in
        select inhrelid from pg_inherits
        where inhparent in ('public.sessions'::regclass, 'public.events'::regclass)
    loop
        execute format('alter table %s enable trigger all', leaf);
    end loop;
end
$$;
