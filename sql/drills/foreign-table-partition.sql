-- Drill  : an old month is a foreign table whose server is out of reach
-- Data   : reads over all months fail, and so does every check of rows
-- Sees   : orphan_rows unknown "has no handler"
-- Also   : null_keys, default_partition_rows, freshness, foreign_key, key_constraints, partition_coverage, guard_triggers, partition_security, unattached_partitions, rpc_answers
-- By     : superuser

alter table public.events drop constraint fk_events_session;
alter table public.events drop constraint events_pkey;
create foreign data wrapper nowhere;
create server cold foreign data wrapper nowhere;
do $$
declare
    low date := date_trunc('month', now() at time zone 'UTC') - interval '15 months';
begin
    execute format(
        'create foreign table public.events_cold partition of public.events'
        ' for values from (%L) to (%L) server cold', low, (low + interval '1 month')::date);
end
$$;

-- Repair
drop foreign table public.events_cold;
alter table public.events add primary key (id, session_month);
alter table public.events add constraint fk_events_session
    foreign key (session_id, session_month) references public.sessions (id, created_month)
    on delete cascade deferrable initially deferred;
