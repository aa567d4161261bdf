-- Which functions and rules have a text that may switch the guards off, open them, or delete rows?
-- Reads catalogs only, waits for no lock but where a rule or a body of BEGIN ATOMIC is printed, needs no grant.
-- An extension's own functions are left out, unless a trigger of a guarded table calls one.
-- Params : schemas text[], tables text[], triggers text[] (parallel)
-- Columns: kind (text), name (the function), called (its name alone), value (its text), language, arguments, result
--          (empty of a procedure), schema, settings, definer, volatility, strict, atomic (a digest of BEGIN
--          ATOMIC … END, else empty), relation (where a trigger
--          calls it), root (the guarded table that this is or is part of), event (the trigger),
--          moment (before, after, login or rule), fires_on (what else a trigger or rule calls it on:
--          insert, update or delete, and the table's name), active (may it set session_replication_role whoever
--          calls it), reaches (has it the rights of a guarded table's owner whoever calls it),
--          owner, callers (roles that may call it and have not these rights; PUBLIC for all), always
--          (is every guard ENABLE ALWAYS)
-- Rows   : one a function whose text has a word of those that may do so, or that a trigger reaches; one a rule
-- By hand: psql -v schemas='{public,public}' -v tables='{sessions,events}'
--               -v triggers='{sessions_set_created_month,events_set_session_month_from_session}'
--               -f sql/checks/guard_settings_texts.sql
with recursive tree as (
    select c.oid as relid, c.oid as root, c.relowner, e.trigger_name
    from unnest(:'schemas'::text[], :'tables'::text[], :'triggers'::text[])
        as e (schema_name, table_name, trigger_name)
    join pg_catalog.pg_namespace as n on n.nspname = e.schema_name
    join pg_catalog.pg_class as c on c.relnamespace = n.oid and c.relname = e.table_name
    union all
    select i.inhrelid, t.root, t.relowner, t.trigger_name
    from tree as t
    join pg_catalog.pg_inherits as i on i.inhparent = t.relid and not i.inhdetachpending
),
owners as (
    select array_agg(distinct t.relowner) as oids from tree as t
),
called as (
    select distinct on (x.tgfoid)
        x.tgfoid as oid,
        g.relid::regclass::text as relation,
        g.root::regclass::text as root,
        x.tgname::text as trigger_name,
        case when x.tgtype & 2 = 0 then 'after' else 'before' end as moment
    from tree as g
    join pg_catalog.pg_trigger as x on x.tgrelid = g.relid
    where x.tgenabled <> 'D' and x.tgtype & 20 <> 0  -- insert or update
    order by x.tgfoid, x.tgtype & 2, 2
),
-- What a text may reach by a word of it: a function by its name, and what fires on a table of that name.
words as materialized (
    select pg_catalog.lower(f.proname) as word, f.oid
    from pg_catalog.pg_proc as f
    where f.pronamespace not in ('pg_catalog'::regnamespace, 'information_schema'::regnamespace)
    union
    select pg_catalog.lower(k.relname), x.tgfoid
    from (
        select distinct t.tgrelid, t.tgfoid from pg_catalog.pg_trigger as t where not t.tgisinternal
    ) as x
    cross join lateral (select c.relname from pg_catalog.pg_class as c where c.oid = x.tgrelid limit 1) as k
),
reached as (
    select c.oid from called as c
    union
    select w.oid
    from reached as r
    cross join lateral (select f.prosrc from pg_catalog.pg_proc as f where f.oid = r.oid limit 1) as p
    cross join lateral pg_catalog.regexp_split_to_table(pg_catalog.lower(p.prosrc), '\W+') as s (word)
    join words as w on w.word = s.word
),
acts as (
    select * from (values (4, 'insert '), (8, 'delete '), (16, 'update ')) as a (bit, act)
),
-- A text may hand another one to these.
helpers as materialized (
    select pg_catalog.string_agg(distinct pg_catalog.regexp_replace(p.proname, '(\W)', '\\\1', 'g'), '|') as names
    from pg_catalog.pg_proc as p
    join pg_catalog.pg_namespace as n on n.oid = p.pronamespace
    join pg_catalog.pg_language as l on l.oid = p.prolang
    where n.nspname not in ('pg_catalog', 'information_schema')
        and (l.lanname not in ('sql', 'plpgsql') or p.prosrc ~* 'execute|set_config')
        and not exists (
            select
            from pg_catalog.pg_depend as d
            where d.classid = 'pg_catalog.pg_proc'::regclass and d.objid = p.oid and d.deptype = 'e'
        )
)
select
    'text' as kind,
    p.oid::regprocedure::text as name,
    p.proname::text as called,
    t.body as value,
    l.lanname::text as language,
    pg_catalog.pg_get_function_arguments(p.oid) as arguments,
    coalesce(pg_catalog.pg_get_function_result(p.oid), '') as result,
    n.nspname::text as schema,
    coalesce(p.proconfig, '{}') as settings,
    p.prosecdef as definer,
    p.provolatile::text as volatility,
    p.proisstrict as strict,
    coalesce(pg_catalog.md5(p.prosqlbody::text), '') as atomic,
    c.relation,
    c.root,
    coalesce(c.trigger_name, e.evtname::text) as event,
    coalesce(c.moment, case when e.oid is not null then 'login' end) as moment,
    array(
        select distinct a.act || k.relname
        from pg_catalog.pg_trigger as x
        join pg_catalog.pg_class as k on k.oid = x.tgrelid
        join acts as a on x.tgtype & a.bit <> 0
        where x.tgfoid = p.oid and x.tgenabled <> 'D'
        order by 1
    ) as fires_on,
    p.prosecdef and (
        o.rolsuper
        or pg_catalog.has_parameter_privilege(p.proowner, 'session_replication_role', 'set')
    ) as active,
    p.prosecdef and exists (
        select from unnest(w.oids) as w (oid) where pg_catalog.pg_has_role(p.proowner, w.oid, 'usage')
    ) as reaches,
    o.rolname::text as owner,
    array(
        select distinct coalesce(r.rolname::text, 'PUBLIC')
        from pg_catalog.aclexplode(coalesce(
            -- What fires needs no right to be called.
            case when p.prorettype not in ('pg_catalog.trigger'::regtype, 'pg_catalog.event_trigger'::regtype) then p.proacl end,
            pg_catalog.acldefault('f', p.proowner)
        )) as a
        left join pg_catalog.pg_roles as r on r.oid = a.grantee
        where a.privilege_type = 'EXECUTE'
            and not (a.grantee <> 0 and pg_catalog.pg_has_role(a.grantee, p.proowner, 'usage'))
            and case
                when p.prorettype in ('pg_catalog.trigger'::regtype, 'pg_catalog.event_trigger'::regtype) then
                    exists (
                        select from pg_catalog.pg_trigger as x where x.tgfoid = p.oid and x.tgenabled <> 'D'
                    ) or exists (
                        select from pg_catalog.pg_event_trigger as x where x.evtfoid = p.oid and x.evtenabled <> 'D'
                    )
                when a.grantee <> 0 then pg_catalog.has_schema_privilege(a.grantee, n.oid, 'usage')
                else exists (
                    select
                    from pg_catalog.aclexplode(coalesce(n.nspacl, pg_catalog.acldefault('n', n.nspowner))) as s
                    where s.privilege_type = 'USAGE'
                        and not (s.grantee <> 0 and pg_catalog.pg_has_role(s.grantee, p.proowner, 'usage'))
                )
            end
        order by 1
    ) as callers,
    coalesce((
        select bool_and(coalesce(x.tgenabled = 'A', false))
        from tree as g
        left join pg_catalog.pg_trigger as x on x.tgrelid = g.relid and x.tgname = g.trigger_name
    ), false) as always
from pg_catalog.pg_proc as p
cross join owners as w
join pg_catalog.pg_namespace as n on n.oid = p.pronamespace
join pg_catalog.pg_language as l on l.oid = p.prolang
join pg_catalog.pg_roles as o on o.oid = p.proowner
cross join lateral (
    select case
        when p.prosqlbody is null then p.prosrc
        -- Printing one waits for a lock on what it reads: only where it calls set_config(), or its tree
        -- has the setting's name, byte by byte.
        when p.prosqlbody::text ~ ':funcid 2078 |115 101 115 115 105 111 110 95 114 101 112 108 105 99 97 116 105 111 110 95 114 111 108 101'
            then pg_catalog.pg_get_function_sqlbody(p.oid)
        else ''
    end as body
) as t
left join called as c on c.oid = p.oid
left join pg_catalog.pg_event_trigger as e
    on e.evtfoid = p.oid and e.evtevent = 'login' and e.evtenabled in ('O', 'A')
where n.nspname not in ('pg_catalog', 'information_schema')
    and p.prokind in ('f', 'p')
    and (
        l.lanname not in ('sql', 'plpgsql')
        or t.body ~* 'session_replication_role|set_config|pg_settings|trigger|execute|alter|drop|replace|delete|truncate|rule|grant|merge|ts_stat|ts_rewrite|query_to_xml'
        or t.body ~* (select '\m(' || h.names || ')\M' from helpers as h)
        or p.oid in (select r.oid from reached as r)
    )
    and (c.root is not null or not exists (
        select
        from pg_catalog.pg_depend as d
        where d.classid = 'pg_catalog.pg_proc'::regclass and d.objid = p.oid and d.deptype = 'e'
    ))
union all
select
    'text',
    w.rulename || ' on ' || w.ev_class::regclass,
    'the rule ' || w.rulename,
    pg_catalog.pg_get_ruledef(w.oid),
    'rule',
    '',
    'void',
    n.nspname,
    '{}',
    false,
    'v',
    false,
    '',
    g.relid::regclass::text,
    g.root::regclass::text,
    w.rulename,
    'rule',
    array[a.act || c.relname],
    false,
    false,
    c.relowner::regrole::text,
    '{}',
    false
from pg_catalog.pg_rewrite as w
join pg_catalog.pg_class as c on c.oid = w.ev_class
join pg_catalog.pg_namespace as n on n.oid = c.relnamespace
join acts as a on a.bit = case w.ev_type when '2' then 16 when '3' then 4 when '4' then 8 end
left join tree as g on g.relid = w.ev_class and w.ev_type <> '4'
where n.nspname not in ('pg_catalog', 'information_schema') and w.ev_enabled in ('O', 'A')
order by 2
