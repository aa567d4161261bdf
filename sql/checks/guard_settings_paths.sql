-- Whose search_path makes the name of a guarded table mean another table?
-- Reads catalogs only, waits for no lock, needs no grant.
-- Params : schemas text[], tables text[] (parallel)
-- Columns: name (the role; null for every role), database (where it is of one alone), value (the other
--          table), relation (the guarded one)
-- Rows   : one per setting and guarded table whose name means another; none where there is none
-- By hand: psql -v schemas='{public,public}' -v tables='{sessions,events}'
--               -f sql/checks/guard_settings_paths.sql
with expected as (
    select *
    from unnest(:'schemas'::text[], :'tables'::text[])
        with ordinality as e (schema_name, table_name, position)
),
-- Which schemas does a name without one mean, for whom, and in which order?
paths as (
    select
        s.setrole,
        s.setdatabase,
        case pg_catalog.btrim(p.schema_name, ' "')
            when '$user' then s.setrole::regrole::text else pg_catalog.btrim(p.schema_name, ' "')
        end as schema_name,
        p.place
    from pg_catalog.pg_db_role_setting as s
    left join pg_catalog.pg_database as d on d.oid = s.setdatabase
    cross join lateral unnest(s.setconfig) as c (config)
    cross join lateral unnest(string_to_array(pg_catalog.substr(c.config, 13), ','))
        with ordinality as p (schema_name, place)
    where c.config like 'search\_path=%'
        and (s.setdatabase = 0 or d.datname = pg_catalog.current_database())
),
namesakes as (
    select distinct on (p.setrole, p.setdatabase, e.position)
        p.setrole, p.setdatabase, e.schema_name, e.table_name, n.nspname, c.oid as relid
    from paths as p
    cross join expected as e
    join pg_catalog.pg_namespace as n on n.nspname = p.schema_name
    join pg_catalog.pg_class as c on c.relnamespace = n.oid and c.relname = e.table_name
    where c.relkind in ('r', 'p', 'f', 'v')
    order by p.setrole, p.setdatabase, e.position, p.place
)
select
    r.rolname::text as name,
    d.datname::text as database,
    n.relid::regclass::text as value,
    pg_catalog.format('%I.%I', n.schema_name, n.table_name) as relation
from namesakes as n
left join pg_catalog.pg_roles as r on r.oid = n.setrole
left join pg_catalog.pg_database as d on d.oid = n.setdatabase
where n.nspname <> n.schema_name
order by 1, 2, 4
