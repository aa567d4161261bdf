-- Whose search_path makes the name of a guarded table mean another table or view?
-- Of roles that may insert into both, by what holds for who logs in (the setting of a role in this
-- database, of the role, the database, every role, the server), as that role or one that it changes to. And
-- of functions that name such a table and that others than their owner may call: by their own setting, by what
-- their text sets, or, with their owner's rights, by their caller's. Temporary tables are left out, and views and partitions
-- that lead to the guarded table.
-- Reads catalogs and statistics only, waits for no lock, needs no grant.
-- Params : schemas text[], tables text[] (parallel)
-- Columns: kind (role, database, everyone, server, function, text: a function that sets it in its text, caller: a
--          function without a setting), name (role or function), database
--          (where the setting is of one alone; of the server: this one), path (as it is set), value (the other table), relation (the guarded
--          one), schema_name, table_name (its parts), roles (who write so, or call it), viewed (the other one is a view), filled (rows
--          are in it, or were written), body, language (of a function)
-- Rows   : one per setting or function, and guarded table whose name means another; none where there is none
-- By hand: psql -v schemas='{public,public}' -v tables='{sessions,events}'
--               -f sql/checks/guard_settings_paths.sql
with recursive expected as (
    select e.*, c.oid as relid
    from unnest(:'schemas'::text[], :'tables'::text[])
        with ordinality as e (schema_name, table_name, position)
    join pg_catalog.pg_namespace as n on n.nspname = e.schema_name
    join pg_catalog.pg_class as c on c.relnamespace = n.oid and c.relname = e.table_name
),
-- What a name without a schema may mean.
named as materialized (
    select e.position, e.relid as guarded, c.oid as relid, c.relkind, n.oid as schema_id, n.nspname
    from expected as e
    join pg_catalog.pg_class as c on c.relname = e.table_name and c.relpersistence <> 't'
    join pg_catalog.pg_namespace as n on n.oid = c.relnamespace
),
-- Where a row goes that is written to it: into a partition, through a view.
reached (root, relid) as (
    select n.relid, n.relid
    from named as n
    where n.relid <> n.guarded
    union
    select r.root, d.relid
    from reached as r
    cross join lateral (
        select i.inhrelid as relid
        from pg_catalog.pg_inherits as i
        where i.inhparent = r.relid
        union all
        select b.refobjid
        from pg_catalog.pg_rewrite as w
        join pg_catalog.pg_depend as b
            on b.classid = 'pg_catalog.pg_rewrite'::regclass and b.objid = w.oid
            and b.refclassid = 'pg_catalog.pg_class'::regclass
        where w.ev_class = r.relid
    ) as d
    where not exists (select from expected as e where e.relid = r.relid)
),
others as materialized (
    select
        r.root,
        pg_catalog.array_agg(r.relid) as leads,
        bool_or(e.relid is null and (
            c.reltuples > 0
            or pg_catalog.pg_stat_get_tuples_inserted(r.relid) > 0
            or pg_catalog.pg_stat_get_live_tuples(r.relid) > 0
        )) as filled,
        bool_or(
            exists (
                select from pg_catalog.pg_trigger as t
                where t.tgrelid = r.relid and t.tgtype & 68 = 68  -- instead of an insert
            )
            or exists (
                select from pg_catalog.pg_rewrite as w where w.ev_class = r.relid and w.ev_type = '3'
            )
        ) as rewrites
    from reached as r
    join pg_catalog.pg_class as c on c.oid = r.relid
    left join expected as e on e.relid = r.relid
    group by r.root
),
settings as (
    select s.setrole, s.setdatabase, pg_catalog.substr(c.config, 13) as path
    from pg_catalog.pg_db_role_setting as s
    left join pg_catalog.pg_database as d on d.oid = s.setdatabase
    cross join lateral unnest(s.setconfig) as c (config)
    where c.config like 'search\_path=%'
        and (s.setdatabase = 0 or d.datname = pg_catalog.current_database())
    union all
    -- The server's own, as this session began; where this role's own setting hides it, PostgreSQL's.
    select null, null, case
        when exists (
            select
            from pg_catalog.pg_db_role_setting as o
            join pg_catalog.pg_roles as r on r.oid = o.setrole and r.rolname = session_user
            cross join lateral unnest(o.setconfig) as c (config)
            where c.config like 'search\_path=%'
        ) then s.boot_val
        else s.reset_val
    end
    from pg_catalog.pg_settings as s
    where s.name = 'search_path'
),
-- Who logs in, by which setting, and as whom is written then: its own role, or one that it changes to.
writers as materialized (
    select distinct r.oid as role, own.*
    from pg_catalog.pg_roles as l
    cross join lateral (
        select s.*
        from settings as s
        where coalesce(s.setrole, 0) in (0, l.oid)
        order by s.setrole = l.oid desc nulls last, s.setdatabase <> 0 desc nulls last
        limit 1
    ) as own
    join pg_catalog.pg_roles as r on r.oid = l.oid or not l.rolsuper and pg_catalog.pg_has_role(
        l.oid,
        r.oid,
        case when pg_catalog.current_setting('server_version_num')::int < 160000 then 'member' else 'set' end
    )
    where l.rolcanlogin and r.rolname !~ '^pg_' and exists (select from others)
),
functions as materialized (
    select p.oid, p.prosecdef, p.proowner, s.kind, s.path
    from pg_catalog.pg_proc as p
    cross join lateral (
        select 'function' as kind, (
            select pg_catalog.substr(c.config, 13)
            from unnest(p.proconfig) as c (config)
            where c.config like 'search\_path=%'
        ) as path
        union all
        -- What it sets for itself, by SET or by set_config().
        select 'text', pg_catalog.replace(coalesce(m.found[1], m.found[2]), '''', '')
        from pg_catalog.regexp_matches(
            p.prosrc,
            '\mset\s+(?:(?:local|session)\s+)?search_path\s*(?:=|\mto\M)\s*([^;]*)|\msearch_path''\s*,\s*(''[^'']*'')',
            'gi'
        ) as m (found)
    ) as s
    where exists (select from others)
        and exists (
            select from expected as e
            where pg_catalog.strpos(pg_catalog.lower(p.prosrc), e.table_name) > 0
        )
        and exists (
            select
            from pg_catalog.aclexplode(
                coalesce(p.proacl, pg_catalog.acldefault('f', p.proowner))
            ) as a
            where a.privilege_type = 'EXECUTE' and a.grantee <> p.proowner
        )
),
paths (role, path) as materialized (
    select w.role, w.path from writers as w
    union
    select f.proowner, f.path from functions as f where f.prosecdef and f.path is not null
    union
    select f.proowner, w.path from functions as f, writers as w where f.prosecdef and f.path is null
    union
    select w.role, f.path from functions as f, writers as w where not f.prosecdef and f.path is not null
),
meant as (
    select distinct on (p.role, p.path, n.position) p.*, n.position, n.relid, n.guarded, n.relkind
    from paths as p
    join pg_catalog.pg_roles as r on r.oid = p.role
    cross join lateral pg_catalog.regexp_matches(p.path, '"(?:[^"]|"")*"|[^",\s]+', 'g')
        with ordinality as e (entry, place)
    join named as n on n.nspname = case
        when e.entry[1] = '"$user"' then r.rolname::text
        when e.entry[1] like '"%'
            then pg_catalog.replace(pg_catalog.btrim(e.entry[1], '"'), '""', '"')
        else pg_catalog.lower(e.entry[1])
    end
    where pg_catalog.has_schema_privilege(p.role, n.schema_id, 'usage')
    order by p.role, p.path, n.position, e.place
),
astray as materialized (
    select m.*, o.filled and m.guarded <> all (o.leads) as filled
    from meant as m
    join others as o on o.root = m.relid
    where m.relkind in ('r', 'p', 'f', 'v')
        and (o.rewrites or m.guarded <> all (o.leads))
        and not exists (
            select
            from pg_catalog.pg_inherits as i
            where i.inhrelid = m.relid and i.inhparent = m.guarded
        )
        and pg_catalog.has_any_column_privilege(m.role, m.relid, 'insert')
        and pg_catalog.has_any_column_privilege(m.role, m.guarded, 'insert')
),
found as (
    select a.*, a.role as named, w.setrole, w.setdatabase, null::oid as function, case
        when w.setrole is null then 'server'
        when w.setrole <> 0 then 'role'
        when w.setdatabase <> 0 then 'database'
        else 'everyone'
    end as kind
    from astray as a
    join writers as w on w.role = a.role and w.path = a.path
    union all
    select a.*, a.role, null, null, f.oid, f.kind
    from astray as a
    join functions as f on f.prosecdef and f.proowner = a.role and f.path = a.path
    union all
    select a.*, a.role, null, null, f.oid, f.kind
    from astray as a
    join functions as f on not f.prosecdef and f.path = a.path
    where exists (select from writers as w where w.role = a.role)
        and pg_catalog.has_function_privilege(a.role, f.oid, 'execute')
    union all
    select a.*, w.role, null, null, f.oid, 'caller'
    from astray as a
    join functions as f on f.prosecdef and f.proowner = a.role and f.path is null
    join writers as w on w.path = a.path
    where pg_catalog.has_function_privilege(w.role, f.oid, 'execute')
)
select
    f.kind,
    coalesce(f.function::regprocedure::text, s.rolname::text) as name,
    case f.kind when 'server' then pg_catalog.current_database() else d.datname end::text as database,
    f.path,
    pg_catalog.format('%I.%I', n.nspname, e.table_name) as value,
    pg_catalog.format('%I.%I', e.schema_name, e.table_name) as relation,
    e.schema_name,
    e.table_name,
    pg_catalog.array_agg(distinct r.rolname::text) as roles,
    f.relkind = 'v' as viewed,
    f.filled,
    p.prosrc as body,
    l.lanname::text as language
from found as f
join expected as e on e.position = f.position
join pg_catalog.pg_class as c on c.oid = f.relid
join pg_catalog.pg_namespace as n on n.oid = c.relnamespace
join pg_catalog.pg_roles as r on r.oid = f.named
left join pg_catalog.pg_roles as s on s.oid = f.setrole
left join pg_catalog.pg_database as d on d.oid = f.setdatabase
left join pg_catalog.pg_proc as p on p.oid = f.function
left join pg_catalog.pg_language as l on l.oid = p.prolang
group by
    1, 2, 3, 4, 5, 6, e.position, e.schema_name, e.table_name, f.relkind, f.filled, p.prosrc, l.lanname
order by 1, 2, 3, 5, e.position
