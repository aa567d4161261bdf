-- Can the month key be null, and does a default stand in for it, on the table or any partition?
-- null_keys goes by it too.
-- Reads catalogs only, waits for no lock, needs no grant. `unvalidated` is PostgreSQL 18's
-- NOT NULL … NOT VALID, under which older nulls may remain.
-- Params : schemas text[], tables text[], keys text[], clocks text[] (parallel)
-- Columns: table_name, relations, nullable, unvalidated, defaulted, clockless (where the clock may be
--          null; relations as PostgreSQL prints them), default_text, key_type, clock_type (of the table, of a domain what it is
--          made of; null without the column), clock_defaults (a relation and the default of its clock, table first)
-- Rows   : one per table that has the column
-- By hand: psql -v schemas='{public}' -v tables='{sessions}' -v keys='{created_month}'
--               -v clocks='{created_at}'
--               -f sql/checks/key_constraints.sql
with recursive expected as (
    select *
    from unnest(:'schemas'::text[], :'tables'::text[], :'keys'::text[], :'clocks'::text[])
        with ordinality as e (schema_name, table_name, key, clock, position)
),
tree as (
    select e.position, e.table_name, e.key, c.oid as relid, 0 as depth
    from expected as e
    join pg_catalog.pg_namespace as n on n.nspname = e.schema_name
    join pg_catalog.pg_class as c on c.relnamespace = n.oid and c.relname = e.table_name
    where c.relkind in ('r', 'p', 'f')
    union all
    select t.position, t.table_name, t.key, i.inhrelid, t.depth + 1
    from tree as t
    join pg_catalog.pg_inherits as i on i.inhparent = t.relid
),
-- A domain is of the type at the bottom, and never null where any of them says so.
bases as (
    select y.oid as typid, y.oid as base, y.typtype, y.typbasetype, y.typtype = 'd' and y.typnotnull as typnotnull
    from pg_catalog.pg_type as y
    where y.oid in (
        select a.atttypid
        from tree as t
        join expected as e on e.position = t.position
        join pg_catalog.pg_attribute as a on a.attrelid = t.relid and a.attname in (e.key, e.clock)
    )
    union all
    select b.typid, y.oid, y.typtype, y.typbasetype, y.typtype = 'd' and y.typnotnull
    from bases as b
    join pg_catalog.pg_type as y on y.oid = b.typbasetype
    where b.typtype = 'd'
),
columns as (
    select
        t.position,
        t.table_name,
        t.relid::regclass::text as relation,
        a.attnotnull or d.never_null as attnotnull,
        exists (
            select from pg_catalog.pg_constraint as k
            where k.conrelid = t.relid
                and k.contype = 'n'
                and k.conkey = array[a.attnum]
                and not k.convalidated
        ) as unvalidated,
        pg_catalog.pg_get_expr(f.adbin, 0) as default_text
    from tree as t
    cross join lateral (
        select a.attnum, a.attnotnull, a.atttypid, a.attgenerated from pg_catalog.pg_attribute as a
        where a.attrelid = t.relid and a.attname = t.key and not a.attisdropped
        offset 0  -- by the index, a relation at a time: nobody reads every column there is
    ) as a
    cross join lateral (
        select bool_or(b.typnotnull) as never_null from bases as b where b.typid = a.atttypid
    ) as d
    left join pg_catalog.pg_attrdef as f
        on f.adrelid = t.relid and f.adnum = a.attnum and a.attgenerated = ''
)
select
    c.table_name,
    count(*) as relations,
    coalesce(array_agg(c.relation order by c.relation) filter (where not c.attnotnull), '{}')
        as nullable,
    coalesce(
        array_agg(c.relation order by c.relation) filter (where c.attnotnull and c.unvalidated), '{}'
    ) as unvalidated,
    coalesce(
        array_agg(c.relation order by c.relation) filter (where c.default_text is not null), '{}'
    ) as defaulted,
    array(
        select t.relid::regclass::text
        from tree as t
        join pg_catalog.pg_attribute as a
            on a.attrelid = t.relid and a.attname = e.clock and not a.attisdropped
        where t.position = c.position
            and not a.attnotnull
            and not exists (
                select from bases as b where b.typid = a.atttypid and b.typnotnull
            )
        order by 1
    ) as clockless,
    min(c.default_text) as default_text,
    k.key_type,
    k.clock_type,
    (
        select coalesce(pg_catalog.jsonb_agg(
            pg_catalog.jsonb_build_object(
                'relation', t.relid::regclass::text, 'text', pg_catalog.pg_get_expr(f.adbin, 0)
            )
            order by t.depth, t.relid::regclass::text
        ), '[]')
        from tree as t
        join pg_catalog.pg_attribute as a
            on a.attrelid = t.relid and a.attname = e.clock and not a.attisdropped
        join pg_catalog.pg_attrdef as f on f.adrelid = t.relid and f.adnum = a.attnum
        where t.position = c.position and a.attgenerated = ''
    ) as clock_defaults
from columns as c
join expected as e on e.position = c.position
left join lateral (
    select
        min(b.base::regtype::text) filter (where a.attname = e.key) as key_type,
        min(b.base::regtype::text) filter (where a.attname = e.clock) as clock_type
    from pg_catalog.pg_namespace as n
    join pg_catalog.pg_class as r on r.relnamespace = n.oid and r.relname = e.table_name
    join pg_catalog.pg_attribute as a on a.attrelid = r.oid and a.attname in (e.key, e.clock)
    join bases as b on b.typid = a.atttypid and b.typtype <> 'd'
    where n.nspname = e.schema_name and not a.attisdropped
) as k on true
group by c.position, c.table_name, e.clock, k.key_type, k.clock_type
order by c.position
