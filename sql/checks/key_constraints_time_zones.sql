-- In which time zones do sessions begin that may write to these tables?
-- Reads catalogs only, waits for no lock, needs no grant. `own`: a role that may insert has a zone of
-- its own, here or everywhere. Without a role: what holds for all others, this database's zone, or
-- else everybody's, or else the server's. A plain SET in somebody's session shows in no catalog.
-- Params : schemas text[], tables text[] (parallel)
-- Columns: table_name, role (null: whoever has none of its own), zone (null where it cannot be seen:
--          another setting of this role hides the server's)
-- Rows   : one for all others and one a role with a zone of its own, for each table that exists
-- By hand: psql -v schemas='{public}' -v tables='{sessions}' -f sql/checks/key_constraints_time_zones.sql
with expected as (
    select e.table_name, c.oid as relid
    from unnest(:'schemas'::text[], :'tables'::text[]) as e (schema_name, table_name)
    join pg_catalog.pg_namespace as n on n.nspname = e.schema_name
    join pg_catalog.pg_class as c on c.relnamespace = n.oid and c.relname = e.table_name
    where c.relkind in ('r', 'p', 'f')
),
said as (
    select s.setrole, s.setdatabase <> 0 as here, pg_catalog.split_part(c.config, '=', 2) as zone
    from pg_catalog.pg_db_role_setting as s
    left join pg_catalog.pg_database as d on d.oid = s.setdatabase
    cross join lateral unnest(s.setconfig) as c (config)
    where c.config ilike 'timezone=%'
        and (s.setdatabase = 0 or d.datname = pg_catalog.current_database())
)
select
    e.table_name,
    null as role,
    coalesce(
        (select s.zone from said as s where s.setrole = 0 order by s.here desc limit 1),
        (
            select p.setting
            from pg_catalog.pg_settings as p
            where p.name = 'TimeZone'
                and p.source in ('default', 'environment variable', 'configuration file', 'command line')
        )
    ) as zone
from expected as e
union all
select e.table_name, r.rolname::text, s.zone
from expected as e
cross join lateral (
    select distinct on (s.setrole) s.setrole, s.zone
    from said as s
    where s.setrole <> 0
    order by s.setrole, s.here desc
) as s
join pg_catalog.pg_roles as r on r.oid = s.setrole
where pg_catalog.has_any_column_privilege(r.oid, e.relid, 'insert')
order by 1, 2 nulls first
