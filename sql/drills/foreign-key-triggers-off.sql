-- Drill  : the foreign key's own triggers are off on sessions
-- Data   : sessions are deleted and their events stay behind as orphans
-- Sees   : foreign_key critical "fk_events_session"
-- By     : superuser

do $$
declare
    own record;
begin
    for own in
        select t.tgrelid::regclass as relation, t.tgname as name
        from pg_trigger as t
        where t.tgisinternal and t.tgconstraint <> 0
            and t.tgrelid in (select relid from pg_partition_tree('public.sessions'))
    loop
        execute format('alter table only %s disable trigger %I', own.relation, own.name);
    end loop;
end
$$;

-- Repair
do $$
declare
    own record;
begin
    for own in
        select t.tgrelid::regclass as relation, t.tgname as name
        from pg_trigger as t
        where t.tgisinternal and t.tgconstraint <> 0
            and t.tgrelid in (select relid from pg_partition_tree('public.sessions'))
    loop
        execute format('alter table only %s enable trigger %I', own.relation, own.name);
    end loop;
end
$$;
