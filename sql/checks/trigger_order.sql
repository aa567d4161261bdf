-- Other triggers that fire before a row is written, on whatever holds rows of a guarded table, and
-- the guard beside them. PostgreSQL fires them in the byte order of their names.
-- Reads catalogs only, waits for no lock, needs no grant.
-- Params : schemas text[], tables text[], triggers text[], functions text[], keys text[] (parallel)
-- Columns: table_name, relation, relid, trigger_name, guards (is it the guard), later (does it fire
--          after the guard), cloned (from the table's own), on_insert, on_update, unseen (does it fire on
--          updates on which the guard does not), function, schema_name and function_name of it, body, language, security_definer, owner, settings, volatility, extension (it is
--          a part of, or ''), arguments, definition, spare (the columns that the guard does not watch)
-- Rows   : one per trigger, on the relations that have another one than the guard; none else
-- By hand: psql -v schemas='{public}' -v tables='{sessions}' -v keys='{created_month}'
--               -v triggers='{sessions_set_created_month}'
--               -v functions='{trg_sessions_set_created_month}' -f sql/checks/trigger_order.sql
with recursive expected as (
    select *
    from unnest(
        :'schemas'::text[], :'tables'::text[], :'triggers'::text[], :'functions'::text[],
        :'keys'::text[]
    ) with ordinality as e (
        schema_name, table_name, trigger_name, function_name, key, position
    )
),
tree as (
    select e.position, c.oid as relid, c.relkind, c.relname
    from expected as e
    join pg_catalog.pg_namespace as n on n.nspname = e.schema_name
    join pg_catalog.pg_class as c on c.relnamespace = n.oid and c.relname = e.table_name
    union all
    select t.position, c.oid, c.relkind, c.relname
    from tree as t
    join pg_catalog.pg_inherits as i on i.inhparent = t.relid and not i.inhdetachpending
    join pg_catalog.pg_class as c on c.oid = i.inhrelid
),
firing as (
    select
        e.*,
        t.relid,
        t.relname,
        g.oid as trigger_id,
        g.tgname,
        g.tgtype,
        g.tgparentid,
        g.tgargs,
        g.tgfoid,
        p.prosrc,
        p.prosecdef,
        p.proowner,
        p.proconfig,
        p.provolatile,
        p.proname,
        pn.nspname,
        l.lanname,
        pg_catalog.quote_ident(pn.nspname) || '.' || pg_catalog.quote_ident(p.proname) as function,
        g.tgname = e.trigger_name or (pn.nspname = e.schema_name and p.proname = e.function_name)
            as guards
    from tree as t
    join expected as e on e.position = t.position
    join pg_catalog.pg_trigger as g on g.tgrelid = t.relid
    join pg_catalog.pg_proc as p on p.oid = g.tgfoid
    join pg_catalog.pg_namespace as pn on pn.oid = p.pronamespace
    join pg_catalog.pg_language as l on l.oid = p.prolang
    where t.relkind in ('r', 'f')
        and not g.tgisinternal
        and g.tgenabled in ('O', 'A')
        and g.tgtype & 67 = 3  -- row and before, not instead of
        and g.tgtype & 20 <> 0  -- insert or update
)
select
    f.table_name,
    f.relid::regclass::text as relation,
    f.relid::bigint as relid,
    f.tgname::text as trigger_name,
    f.guards,
    exists (
        select from (values (4), (16)) as on_what (bit)  -- the guard may be one trigger for each
        where f.tgtype & bit <> 0
            and f.tgname::text collate "C" > coalesce(
                (
                    select max(g.tgname::text collate "C") from firing as g
                    where g.relid = f.relid and g.guards and g.tgtype & bit <> 0
                ),
                f.trigger_name collate "C"
            )
    ) as later,
    f.tgparentid <> 0 as cloned,
    (
        with recursive origin as (
            select f.trigger_id as oid, f.relid, f.tgparentid
            union all
            select g.oid, g.tgrelid, g.tgparentid
            from origin as o
            join pg_catalog.pg_trigger as g on g.oid = o.tgparentid
        )
        select o.relid::regclass::text from origin as o where o.tgparentid = 0
    ) as home,
    f.tgtype & 4 <> 0 as on_insert,
    f.tgtype & 16 <> 0 as on_update,
    f.tgtype & 16 <> 0 and exists (
        select from pg_catalog.pg_trigger as t
        where t.oid = f.trigger_id and case when t.tgattr = '' then s.spare <> '{}' else t.tgattr::int2[] && s.spare end
    ) as unseen,
    f.function,
    f.nspname::text as schema_name,
    f.proname::text as function_name,
    f.prosrc as body,
    f.lanname::text as language,
    f.prosecdef as security_definer,
    f.proowner::regrole::text as owner,
    coalesce(f.proconfig, '{}') as settings,
    f.provolatile::text as volatility,
    coalesce((
        select x.extname::text
        from pg_catalog.pg_depend as d
        join pg_catalog.pg_extension as x on x.oid = d.refobjid
        where d.classid = 'pg_catalog.pg_proc'::regclass and d.objid = f.tgfoid
            and d.refclassid = 'pg_catalog.pg_extension'::regclass and d.deptype = 'e'
    ), '') as extension,
    pg_catalog.encode(f.tgargs, 'escape') as arguments,
    pg_catalog.pg_get_triggerdef(f.trigger_id) as definition,
    array(
        select a.attname::text
        from pg_catalog.pg_attribute as a
        where a.attrelid = f.relid and a.attname <> f.key and a.attnum = any (s.spare)
        order by a.attnum
    ) as spare
from firing as f
cross join lateral (
    select coalesce(pg_catalog.array_agg(a.attnum), '{}') as spare
    from pg_catalog.pg_attribute as a
    where a.attrelid = f.relid
        and a.attnum > 0
        and not a.attisdropped
        and not exists (
            select from firing as g
            join pg_catalog.pg_trigger as t on t.oid = g.trigger_id
            where g.relid = f.relid
                and g.guards
                and g.tgtype & 16 <> 0
                -- No list of columns means that it watches them all.
                and (t.tgattr = '' or a.attnum = any (t.tgattr::int2[]))
        )
) as s
where exists (select from firing as o where o.relid = f.relid and not o.guards)
order by f.position, f.relname, f.tgname::text collate "C"
