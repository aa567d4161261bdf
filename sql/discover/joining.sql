-- Which views and functions speak of these tables and of a column of theirs? Joins in them tell what repeats it.
-- Reads catalogs only, needs no grant; printing a view waits for whoever alters what it shows.
-- Params : tables text[], columns text[] (parallel, by their names alone)
-- Columns: schema_name, name, language (null: a view), body, arguments and result (of a function)
-- Rows   : one per view or function of SQL or PL/pgSQL, 200 at most of each
-- By hand: psql -v tables='{sessions}' -v columns='{created_month}' -f sql/discover/joining.sql
with asked as (
    select e.table_name, e.column_name
    from unnest(:'tables'::text[], :'columns'::text[]) as e (table_name, column_name)
),
views as (
    select distinct r.ev_class as oid
    from asked as e
    join pg_catalog.pg_class as c on c.relname = e.table_name and c.relkind in ('r', 'p', 'f')
    join pg_catalog.pg_attribute as a on a.attrelid = c.oid and a.attname = e.column_name
    join pg_catalog.pg_depend as d
        on d.classid = 'pg_catalog.pg_rewrite'::regclass and d.refclassid = 'pg_catalog.pg_class'::regclass
        and d.refobjid = c.oid and d.refobjsubid = a.attnum
    join pg_catalog.pg_rewrite as r on r.oid = d.objid
    order by r.ev_class
    limit 200
)
select
    n.nspname::text as schema_name,
    c.relname::text as name,
    null::text as language,
    pg_catalog.pg_get_viewdef(c.oid) as body,
    '' as arguments,
    '' as result
from views as v
join pg_catalog.pg_class as c on c.oid = v.oid and c.relkind in ('v', 'm')
join pg_catalog.pg_namespace as n on n.oid = c.relnamespace
union all
(
    select n.nspname, p.proname, l.lanname, p.prosrc,
        pg_catalog.pg_get_function_arguments(p.oid), coalesce(pg_catalog.pg_get_function_result(p.oid), 'void')
    from pg_catalog.pg_proc as p
    join pg_catalog.pg_namespace as n on n.oid = p.pronamespace and n.nspname <> 'pg_catalog'
    join pg_catalog.pg_language as l on l.oid = p.prolang and l.lanname in ('sql', 'plpgsql')
    where pg_catalog.octet_length(p.prosrc) <= 32768 and p.prosqlbody is null
        and exists (
            select
            from asked as e
            where strpos(p.prosrc, e.table_name) > 0 and strpos(p.prosrc, e.column_name) > 0
        )
    order by n.nspname, p.proname, p.oid
    limit 200
)
order by 1, 2
