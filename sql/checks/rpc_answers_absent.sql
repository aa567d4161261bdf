-- Which files of sql/setup have made nothing here? By what the later ones of them need.
-- Reads catalogs only, waits for no lock, needs no grant.
-- Params : none
-- Columns: file (without its ending)
-- Rows   : one per file, in the order in which they run
-- By hand: psql -f sql/checks/rpc_answers_absent.sql
select distinct e.file
from (values
    ('10_guards', 'watchtower_guard_fires'),
    ('20_history', 'watchtower_checks'),
    ('30_partitions', 'watchtower_month_is_covered'),
    ('30_partitions', 'create_next_month_partitions'),
    ('40_rpcs', 'verify_partition_triggers_exist'),
    ('40_rpcs', 'watchtower_partition_drift_check_v1')
) as e (file, name)
where not exists (
        select from pg_catalog.pg_proc as p
        join pg_catalog.pg_namespace as n on n.oid = p.pronamespace and n.nspname = 'public'
        where p.proname = e.name
    )
    and not exists (
        select from pg_catalog.pg_class as c
        join pg_catalog.pg_namespace as n on n.oid = c.relnamespace and n.nspname = 'public'
        where c.relname = e.name and c.relkind in ('r', 'p')
    )
order by e.file
