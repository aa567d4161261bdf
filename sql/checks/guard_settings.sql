-- Where are triggers switched off by session_replication_role, and what writes past them?
-- Reads catalogs only, waits for no lock, needs no grant. Settings of another database are left
-- out; a plain SET in somebody's session shows in no catalog.
-- Params : schemas text[], tables text[], triggers text[] (parallel)
-- Columns: kind (role, database, everyone, system, session, hidden, function, right, subscription, rule,
--          namesake: of a guarded table, in another schema),
--          name (role, function, subscription, rule or namesake), database (where it is of one alone), value
--          (of a rule: "drops", "replaces" or "more"), relation (of a subscription
--          or rule), root (the guarded table that it is or is part of), event (of a rule: insert or
--          update), active (is the subscription; does the rule hold without a condition; does
--          anybody get the role's settings), always (is every guard that it concerns ENABLE ALWAYS)
-- Rows   : one per setting, grant, subscribed table and rule; none where there is nothing
-- By hand: psql -v schemas='{public,public}' -v tables='{sessions,events}'
--               -v triggers='{sessions_set_created_month,events_set_session_month_from_session}'
--               -f sql/checks/guard_settings.sql
with recursive expected as (
    select *
    from unnest(:'schemas'::text[], :'tables'::text[], :'triggers'::text[])
        with ordinality as e (schema_name, table_name, trigger_name, position)
),
tree as (
    select e.position, e.trigger_name, c.oid as relid, array[c.oid] as path
    from expected as e
    join pg_catalog.pg_namespace as n on n.nspname = e.schema_name
    join pg_catalog.pg_class as c on c.relnamespace = n.oid and c.relname = e.table_name
    union all
    select t.position, t.trigger_name, i.inhrelid, t.path || i.inhrelid
    from tree as t
    join pg_catalog.pg_inherits as i on i.inhparent = t.relid and not i.inhdetachpending
),
guarded as (
    select t.relid, t.path, coalesce(g.tgenabled = 'A', false) as always
    from tree as t
    left join pg_catalog.pg_trigger as g on g.tgrelid = t.relid and g.tgname = t.trigger_name
),
found as (
    select
        case
            when s.setdatabase <> 0 and s.setrole = 0 then 'database'
            when s.setrole = 0 then 'everyone'
            else 'role'
        end as kind,
        r.rolname::text as name,
        d.datname::text as database,
        pg_catalog.split_part(c.config, '=', 2) as value,
        -- Or one who sets it for itself by this, as PostgREST does of the role that it works as.
        r.rolcanlogin or exists (
            select
            from pg_catalog.pg_roles as m
            where m.rolcanlogin and not m.rolsuper
                and pg_catalog.pg_has_role(m.oid, r.oid, 'member')
                and pg_catalog.has_parameter_privilege(m.oid, 'session_replication_role', 'set')
        ) as active
    from pg_catalog.pg_db_role_setting as s
    cross join lateral unnest(s.setconfig) as c (config)
    left join pg_catalog.pg_roles as r on r.oid = s.setrole
    left join pg_catalog.pg_database as d on d.oid = s.setdatabase
    where c.config ilike 'session\_replication\_role=%'
        and (s.setdatabase = 0 or d.datname = pg_catalog.current_database())
    union all
    select v.kind, v.name, null, s.setting, null
    from pg_catalog.pg_settings as s
    cross join lateral (
        values
        (
            case when s.source in ('client', 'session') then 'session' else 'system' end,
            null,
            s.setting <> 'origin' and s.source in (
                'configuration file', 'command line', 'environment variable', 'client', 'session'
            )
        ),
        -- What is set for this role, or by its connection, hides what holds for the server.
        (
            'hidden',
            current_user::text,
            s.setting <> 'replica' and s.source in ('user', 'database user', 'client', 'session')
        )
    ) as v (kind, name, holds)
    where s.name = 'session_replication_role' and v.holds
    union all
    select 'function', p.oid::regprocedure::text, null, pg_catalog.split_part(c.config, '=', 2), null
    from pg_catalog.pg_proc as p
    cross join lateral unnest(p.proconfig) as c (config)
    where p.proconfig is not null and c.config ilike 'session\_replication\_role=%'
    union all
    select 'right', coalesce(r.rolname::text, 'PUBLIC'), null, a.privilege_type, null
    from pg_catalog.pg_parameter_acl as p
    cross join lateral pg_catalog.aclexplode(p.paracl) as a
    left join pg_catalog.pg_roles as r on r.oid = a.grantee
    where p.parname = 'session_replication_role' and not coalesce(r.rolsuper, false)
    union all
    select distinct 'namesake', c.relname::text, null, null, null::boolean
    from expected as e
    join pg_catalog.pg_class as c on c.relname = e.table_name and c.relpersistence <> 't'
    join pg_catalog.pg_namespace as n on n.oid = c.relnamespace and n.nspname <> e.schema_name
)
select
    f.kind,
    f.name,
    f.database,
    f.value,
    null as relation,
    null as root,
    null as event,
    f.active,
    coalesce((select bool_and(g.always) from guarded as g), false) as always
from found as f
union all
select
    'subscription',
    s.subname::text,
    pg_catalog.current_database()::text,
    null,
    g.relid::regclass::text,
    g.path[1]::regclass::text,
    null,
    s.subenabled,
    (select bool_and(below.always) from guarded as below where g.relid = any (below.path))
from pg_catalog.pg_subscription_rel as r
join pg_catalog.pg_subscription as s on s.oid = r.srsubid
join guarded as g on g.relid = r.srrelid
union all
select
    'rule',
    w.rulename::text,
    pg_catalog.current_database()::text,
    case
        when not w.is_instead then 'more'
        when w.ev_action::text ~ '^\(\{QUERY :commandType 7 ' then 'drops'  -- CMD_NOTHING
        else 'replaces'
    end,
    g.relid::regclass::text,
    g.path[1]::regclass::text,
    case w.ev_type when '2' then 'update' else 'insert' end,
    w.ev_qual::text = '<>',
    false
from pg_catalog.pg_rewrite as w
join guarded as g on g.relid = w.ev_class
where w.ev_type in ('2', '3')  -- update and insert
    and w.ev_enabled in ('O', 'A')
order by 1, 2, 3, 5
