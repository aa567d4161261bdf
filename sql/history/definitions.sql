-- How do the definitions that keep the keys right stand? A short mark each: another mark, another text.
-- Also whether the migrations can be read: that table is another tool's.
-- Reads catalogs only, waits for no lock, needs no grant.
-- Params : schemas text[], tables text[], keys text[] (parallel), functions text[] (names, in those schemas)
-- Columns: name, mark; of partitions the mark is how many there are; of `migrations` it is absent,
--          no rights, armed (what reads it may run code of a stranger's: a role that has neither the rights of
--          the owner of public.sessions, or of the database where that is not there, nor ours) or readable
-- Rows   : one a definition, by name
-- By hand: psql -v schemas='{public}' -v tables='{sessions}' -v keys='{created_month}'
--               -v functions='{trg_sessions_set_created_month}' -f sql/history/definitions.sql
with guarded as (
    select c.oid, pg_catalog.format('%I.%I', n.nspname, c.relname) as relation, e.key
    from unnest(:'schemas'::text[], :'tables'::text[], :'keys'::text[]) as e (schema, name, key)
    join pg_catalog.pg_namespace as n on n.nspname = e.schema
    join pg_catalog.pg_class as c
        on c.relnamespace = n.oid and c.relname = e.name and c.relkind in ('r', 'p', 'f')
),
texts as (
    select
        pg_catalog.format(
            'function %I.%I(%s)',
            n.nspname, p.proname, pg_catalog.pg_get_function_identity_arguments(p.oid)
        ) as name,
        pg_catalog.concat_ws(
            '|', p.prosrc, p.prosecdef, p.proconfig, p.provolatile, p.proowner::regrole,
            p.prorettype::regtype, l.lanname
        ) as text
    from pg_catalog.pg_proc as p
    join pg_catalog.pg_language as l on l.oid = p.prolang
    join pg_catalog.pg_namespace as n on n.oid = p.pronamespace
    where n.nspname = any (:'schemas'::text[]) and p.proname = any (:'functions'::text[])
    union all
    select
        pg_catalog.format('trigger %I on %s', t.tgname, g.relation),
        pg_catalog.concat_ws(
            '|', pg_catalog.pg_get_triggerdef(t.oid), t.tgenabled,
            -- A partition made later is no change of the trigger: only how its clones stand counts.
            array(
                select distinct x.tgenabled::text from pg_catalog.pg_trigger as x
                where x.tgparentid = t.oid order by 1
            )
        )
    from guarded as g
    join pg_catalog.pg_trigger as t on t.tgrelid = g.oid and not t.tgisinternal
    union all
    select
        pg_catalog.format('constraint %I on %s', k.conname, g.relation),
        pg_catalog.concat_ws('|', pg_catalog.pg_get_constraintdef(k.oid), k.convalidated)
    from guarded as g
    join pg_catalog.pg_constraint as k
        on k.conrelid = g.oid and k.contype in ('c', 'f', 'p', 'u') and k.conparentid = 0
    union all
    select
        pg_catalog.format('column %s.%I', g.relation, a.attname),
        pg_catalog.concat_ws(
            '|', pg_catalog.format_type(a.atttypid, a.atttypmod), a.attnotnull,
            pg_catalog.pg_get_expr(d.adbin, 0)
        )
    from guarded as g
    join pg_catalog.pg_attribute as a
        on a.attrelid = g.oid and a.attname = g.key and not a.attisdropped
    left join pg_catalog.pg_attrdef as d on d.adrelid = a.attrelid and d.adnum = a.attnum
    union all
    select
        pg_catalog.format('row level security of %s', g.relation),
        pg_catalog.concat_ws('|', c.relrowsecurity, c.relforcerowsecurity)
    from guarded as g
    join pg_catalog.pg_class as c on c.oid = g.oid
)
select
    t.name,
    pg_catalog.left(
        pg_catalog.encode(pg_catalog.sha256(pg_catalog.convert_to(t.text, 'UTF8')), 'hex'), 12
    ) as mark
from texts as t
union all
select
    pg_catalog.format('partitions of %s', g.relation),
    (
        select pg_catalog.count(*)::text
        from pg_catalog.pg_inherits as i
        where i.inhparent = g.oid and not i.inhdetachpending
    )
from guarded as g
union all
select
    'migrations',
    coalesce(
        (
            select case
                when not pg_catalog.pg_has_role(c.relowner, coalesce(s.relowner, b.datdba), 'usage')
                    and not pg_catalog.pg_has_role(c.relowner, session_user, 'usage')
                    and (
                        c.relkind not in ('r', 'p') or c.relrowsecurity
                        or exists (
                            select from pg_catalog.pg_attribute as a
                            join pg_catalog.pg_type as y on y.oid = a.atttypid
                            where a.attrelid = c.oid and a.attname in ('version', 'name')
                                and y.typnamespace <> 'pg_catalog'::regnamespace
                        )
                    ) then 'armed'
                when pg_catalog.has_schema_privilege(n.oid, 'usage')
                    and pg_catalog.has_column_privilege(c.oid, 'version', 'select')
                    and pg_catalog.has_column_privilege(c.oid, 'name', 'select') then 'readable'
                else 'no rights'
            end
            from pg_catalog.pg_class as c
            join pg_catalog.pg_namespace as n on n.oid = c.relnamespace
            join pg_catalog.pg_database as b on b.datname = pg_catalog.current_database()
            left join (
                pg_catalog.pg_class as s
                join pg_catalog.pg_namespace as p on p.oid = s.relnamespace and p.nspname = 'public'
            ) on s.relname = 'sessions'
            where n.nspname = 'supabase_migrations' and c.relname = 'schema_migrations'
                and 2 = (
                    select pg_catalog.count(*) from pg_catalog.pg_attribute as a
                    where a.attrelid = c.oid and a.attname in ('version', 'name')
                        and not a.attisdropped
                )
        ),
        'absent'
    )
order by name
