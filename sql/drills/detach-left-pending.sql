-- Drill  : DETACH CONCURRENTLY of an old month was cut off half way
-- Data   : the month's rows are out of the table's sight, and it can be neither used nor made anew
-- Sees   : partition_coverage critical "is half detached (DETACH CONCURRENTLY was cut off)"
-- Also   : unattached_partitions, foreign_key, rpc_answers
-- By     : superuser

update pg_catalog.pg_inherits
set inhdetachpending = true
where inhrelid = format(
    'public.events_%s', to_char(now() at time zone 'UTC' - interval '12 months', 'YYYY_MM')
)::regclass and inhparent = 'public.events'::regclass;

-- Repair
update pg_catalog.pg_inherits
set inhdetachpending = false
where inhparent = 'public.events'::regclass;
