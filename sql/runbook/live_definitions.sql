-- What is live now, as statements that bring it back: keep the answer before changing anything.
-- The guards' functions and the RPCs, every trigger on the guarded tables (on a partition only where
-- it is its own, or switched otherwise than usual), and the foreign keys.
-- Reads catalogs only, waits for no lock.
-- Params : schemas text[], tables text[] (parallel), routines text[] (names, of any of the schemas)
-- Columns: what, name, statement
-- Rows   : one per function, trigger, switch and foreign key; in the order in which to run them
-- By hand: psql -v schemas='{public,public}' -v tables='{sessions,events}'
--               -v routines='{trg_sessions_set_created_month}' -f sql/runbook/live_definitions.sql
with recursive tree as (
    select c.oid as relid, e.position, 0 as depth
    from unnest(:'schemas'::text[], :'tables'::text[])
        with ordinality as e (schema_name, table_name, position)
    join pg_catalog.pg_namespace as n on n.nspname = e.schema_name
    join pg_catalog.pg_class as c on c.relnamespace = n.oid and c.relname = e.table_name
    union all
    select i.inhrelid, t.position, t.depth + 1
    from tree as t
    join pg_catalog.pg_inherits as i on i.inhparent = t.relid
),
found as (
    select
        1 as place,
        'function' as what,
        p.oid::regprocedure::text as name,
        pg_catalog.pg_get_functiondef(p.oid) || ';' as statement
    from pg_catalog.pg_proc as p
    join pg_catalog.pg_namespace as n on n.oid = p.pronamespace
    where n.nspname = any (:'schemas'::text[]) and p.proname = any (:'routines'::text[])
        and p.prokind = 'f'
    union all
    select
        2, 'trigger',
        pg_catalog.format('%I on %s', g.tgname, g.tgrelid::regclass),
        pg_catalog.regexp_replace(
            pg_catalog.pg_get_triggerdef(g.oid), '^CREATE TRIGGER', 'CREATE OR REPLACE TRIGGER'
        ) || ';'
    from tree as t
    join pg_catalog.pg_trigger as g on g.tgrelid = t.relid
    where not g.tgisinternal and g.tgparentid = 0
    union all
    select
        3, 'switch',
        pg_catalog.format('%I on %s', g.tgname, g.tgrelid::regclass),
        pg_catalog.format(
            'alter table only %s %s trigger %I;', g.tgrelid::regclass,
            case g.tgenabled
                when 'D' then 'disable' when 'R' then 'enable replica' else 'enable always'
            end,
            g.tgname
        )
    from tree as t
    join pg_catalog.pg_trigger as g on g.tgrelid = t.relid
    where not g.tgisinternal and g.tgenabled <> 'O'
    union all
    select
        4, 'foreign key',
        pg_catalog.format('%I on %s', k.conname, k.conrelid::regclass),
        pg_catalog.format(
            'alter table %s add constraint %I %s;', k.conrelid::regclass, k.conname,
            pg_catalog.pg_get_constraintdef(k.oid)
        )
    from tree as t
    join pg_catalog.pg_constraint as k on k.conrelid = t.relid
    where k.contype = 'f' and k.conparentid = 0
)
select what, name, statement from found order by place, name, statement
