-- How do the definitions stand, as far as any change of them leaves another row in the catalogs? One mark of
-- them all: another mark, something was changed since. Rolled back, it is the old one again.
-- Reads catalogs only, waits for no lock, needs no grant. The mark is of this database alone.
-- Params : schemas text[], tables text[] (parallel)
-- Columns: mark
-- Rows   : one
-- By hand: psql -v schemas='{public}' -v tables='{sessions}' -f sql/history/catalogs.sql
with recursive own as (
    select c.oid
    from unnest(:'schemas'::text[], :'tables'::text[]) as e (schema, name)
    join pg_catalog.pg_namespace as n on n.nspname = e.schema
    join pg_catalog.pg_class as c on c.relnamespace = n.oid and c.relname = e.name
),
related as (
    select o.oid from own as o
    union
    select i.inhrelid from related as r join pg_catalog.pg_inherits as i on i.inhparent = r.oid
),
marks (mark) as (
    select pg_catalog.concat_ws(' ', 'class', c.oid, c.xmin)
    from pg_catalog.pg_class as c where c.oid in (select r.oid from related as r)
    union all
    select pg_catalog.concat_ws(' ', 'inherits', i.inhrelid, i.inhparent, i.xmin)
    from pg_catalog.pg_inherits as i where i.inhparent in (select r.oid from related as r)
    union all
    select pg_catalog.concat_ws(' ', 'trigger', t.oid, t.xmin)
    from pg_catalog.pg_trigger as t where t.tgrelid in (select r.oid from related as r)
    union all
    select pg_catalog.concat_ws(' ', 'constraint', k.oid, k.xmin)
    from pg_catalog.pg_constraint as k where k.conrelid in (select r.oid from related as r)
    union all
    select pg_catalog.concat_ws(' ', 'policy', p.oid, p.xmin)
    from pg_catalog.pg_policy as p where p.polrelid in (select r.oid from related as r)
    union all
    select pg_catalog.concat_ws(' ', 'rule', w.oid, w.xmin)
    from pg_catalog.pg_rewrite as w where w.ev_class in (select r.oid from related as r)
    union all
    select pg_catalog.concat_ws(' ', 'column', a.attrelid, a.attnum, a.xmin)
    from pg_catalog.pg_attribute as a where a.attrelid in (select o.oid from own as o)
    union all
    select pg_catalog.concat_ws(' ', 'default', d.oid, d.xmin)
    from pg_catalog.pg_attrdef as d where d.adrelid in (select o.oid from own as o)
    union all
    select pg_catalog.concat_ws(' ', 'function', p.oid, p.xmin)
    from pg_catalog.pg_proc as p
    join pg_catalog.pg_namespace as n on n.oid = p.pronamespace
    where n.nspname not in ('pg_catalog', 'information_schema') and pg_catalog.left(n.nspname, 7) <> 'pg_temp'
    union all
    select pg_catalog.concat_ws(' ', 'schema', n.oid, n.xmin)
    from pg_catalog.pg_namespace as n
    where pg_catalog.left(n.nspname, 7) <> 'pg_temp' and pg_catalog.left(n.nspname, 8) <> 'pg_toast'
    union all
    select pg_catalog.concat_ws(' ', 'database', d.oid, d.datdba, d.datacl)
    from pg_catalog.pg_database as d where d.datname = pg_catalog.current_database()
    union all
    select pg_catalog.concat_ws(' ', 'event trigger', e.oid, e.xmin) from pg_catalog.pg_event_trigger as e
    union all
    select pg_catalog.concat_ws(' ', 'setting', s.setdatabase, s.setrole, s.xmin)
    from pg_catalog.pg_db_role_setting as s
    where s.setdatabase in (
        0, (select d.oid from pg_catalog.pg_database as d where d.datname = pg_catalog.current_database())
    )
    union all
    select pg_catalog.concat_ws(' ', 'member', m.roleid, m.member, m.xmin) from pg_catalog.pg_auth_members as m
    union all
    select pg_catalog.concat_ws(' ', 'role', r.oid, r.rolname, r.rolsuper, r.rolbypassrls, r.rolinherit)
    from pg_catalog.pg_roles as r
)
select pg_catalog.md5(pg_catalog.string_agg(m.mark, ',' order by m.mark collate "C")) as mark
from marks as m
