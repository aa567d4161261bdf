-- Observed state of each expected drift-guard trigger, on the table and on every partition.
-- Candidates are triggers of the expected name, and triggers that call the expected function.
-- Reads catalogs only, waits for no lock, needs no grant.
-- Params : schemas text[], tables text[], triggers text[], functions text[] (parallel)
-- Columns: table_name, relation, depth, kind, trigger_name, enabled, type, has_when, function,
--          odd (its WHEN clause uses operators or functions of somebody's own), update_columns, cloned, definition, function_exists (the guard's own), loaded (does
--          PostgreSQL look for triggers of the relation at all; somebody may have set it by hand)
-- Rows   : at least one per expected trigger and relation; trigger_name null where none was found
-- By hand: psql -v schemas='{public,public}' -v tables='{sessions,events}'
--               -v triggers='{sessions_set_created_month,events_set_session_month_from_session}'
--               -v functions='{trg_sessions_set_created_month,trg_events_set_session_month_from_session}'
--               -f sql/checks/guard_triggers.sql
with recursive expected as (
    select *
    from unnest(
        :'schemas'::text[], :'tables'::text[], :'triggers'::text[], :'functions'::text[]
    ) with ordinality as e (schema_name, table_name, trigger_name, function_name, position)
),
tree as (
    select e.position, c.oid as relid, 0 as depth
    from expected as e
    join pg_catalog.pg_namespace as n on n.nspname = e.schema_name
    join pg_catalog.pg_class as c on c.relnamespace = n.oid and c.relname = e.table_name
    where c.relkind in ('r', 'p', 'f', 'v', 'm')
    union all
    select t.position, i.inhrelid, t.depth + 1
    from tree as t
    join pg_catalog.pg_inherits as i on i.inhparent = t.relid and not i.inhdetachpending
)
select
    e.table_name,
    t.relid::regclass::text as relation,
    t.depth,
    c.relkind::text as kind,
    g.trigger_name,
    g.enabled,
    g.type,
    g.has_when,
    g.odd,
    g.function,
    g.update_columns,
    g.cloned,
    g.definition,
    exists (
        select
        from pg_catalog.pg_proc as f
        join pg_catalog.pg_namespace as fn on fn.oid = f.pronamespace
        where fn.nspname = e.schema_name
            and f.proname = e.function_name
            and f.pronargs = 0
            and f.prorettype = 'pg_catalog.trigger'::regtype
    ) as function_exists,
    c.relhastriggers as loaded
from tree as t
join expected as e on e.position = t.position
join pg_catalog.pg_class as c on c.oid = t.relid
left join lateral (
    select
        x.tgname::text as trigger_name,
        x.tgenabled::text as enabled,
        x.tgtype::int as type,
        x.tgqual is not null as has_when,
        exists (
            select from pg_catalog.pg_depend as d
            where d.classid = 'pg_catalog.pg_trigger'::regclass and d.objid = x.oid
                and (
                    d.refclassid = 'pg_catalog.pg_operator'::regclass
                    or (d.refclassid = 'pg_catalog.pg_proc'::regclass and d.refobjid <> x.tgfoid)
                )
        ) as odd,
        pg_catalog.quote_ident(fn.nspname) || '.' || pg_catalog.quote_ident(f.proname) as function,
        array(
            select a.attname::text
            from unnest(x.tgattr::int2[]) with ordinality as u (attnum, place)
            join pg_catalog.pg_attribute as a
                on a.attrelid = x.tgrelid and a.attnum = u.attnum
            order by u.place
        ) as update_columns,
        x.tgparentid <> 0 as cloned,
        pg_catalog.pg_get_triggerdef(x.oid) as definition
    from pg_catalog.pg_trigger as x
    join pg_catalog.pg_proc as f on f.oid = x.tgfoid
    join pg_catalog.pg_namespace as fn on fn.oid = f.pronamespace
    where x.tgrelid = t.relid
        and not x.tgisinternal
        and (
            x.tgname = e.trigger_name
            or (fn.nspname = e.schema_name and f.proname = e.function_name)
        )
) as g on true
order by e.position, t.depth, c.relname, g.trigger_name
