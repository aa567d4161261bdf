-- Which columns do these tables have, of which types, and what may this role read of them?
-- Reads catalogs only, waits for no lock, needs no grant.
-- Params : relids bigint[], names text[] (tables besides, whichever schema they are in)
-- Columns: relid, schema_name, table_name, kind (pg_class.relkind), column_name, type (its own or its domain's, by
--          pg_type.typname), not_null, defaults (as PostgreSQL prints it, null for none), generated, place in
--          the primary key (null: none), readable (by this role), filtered (row security hides rows from it)
-- Rows   : one per table and column, in the table's order
-- By hand: psql -v relids='{}' -v names='{sessions}' -f sql/discover/columns.sql
select
    c.oid::bigint as relid,
    n.nspname::text as schema_name,
    c.relname::text as table_name,
    c.relkind::text as kind,
    a.attname::text as column_name,
    coalesce(b.typname, t.typname)::text as type,
    a.attnotnull or t.typnotnull as not_null,
    case when a.attgenerated = '' then pg_catalog.pg_get_expr(d.adbin, 0) end as defaults,
    a.attgenerated <> '' as generated,
    pg_catalog.array_position(p.conkey, a.attnum) as place,
    pg_catalog.has_schema_privilege(n.oid, 'usage')
        and pg_catalog.has_column_privilege(c.oid, a.attnum, 'select') as readable,
    c.relrowsecurity and pg_catalog.row_security_active(c.oid) as filtered
from pg_catalog.pg_class as c
join pg_catalog.pg_namespace as n on n.oid = c.relnamespace
join pg_catalog.pg_attribute as a on a.attrelid = c.oid and a.attnum > 0 and not a.attisdropped
join pg_catalog.pg_type as t on t.oid = a.atttypid
left join pg_catalog.pg_type as b on b.oid = t.typbasetype and t.typtype = 'd'
left join pg_catalog.pg_attrdef as d on d.adrelid = c.oid and d.adnum = a.attnum
left join pg_catalog.pg_constraint as p on p.conrelid = c.oid and p.contype = 'p'
where c.oid = any (:'relids'::bigint[]::oid[])
    or (
        c.relname = any (:'names'::text[]) and c.relkind in ('r', 'p', 'f') and not c.relispartition
        and n.nspname not in ('pg_catalog', 'information_schema')
        and not pg_catalog.starts_with(n.nspname, 'pg_temp_')
    )
order by n.nspname, c.relname, a.attnum
