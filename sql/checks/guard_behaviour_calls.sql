-- What the functions of triggers call in their turn, and what those call, as far as it goes: by its
-- name, by an operator or a cast, by the check of a domain, by a view that they read, by what fires
-- or is worked out where they write into another table.
-- Reads catalogs only, waits for no lock, needs no grant. PostgreSQL's own functions are left out; of
-- such as are written in C there is the name alone. Of a body of BEGIN ATOMIC … END, which can be printed only with a lock on
-- what it reads, the names of what it calls and reads stand for the text.
-- Params : schemas text[], functions text[] (parallel: the guards'), tables text[] (parallel: whose
--          other triggers are meant)
-- Columns: function (as PostgreSQL prints it, without arguments), calls (jsonb: of each its schema, name,
--          language, arguments and result as PostgreSQL prints them, names of the arguments, body,
--          whose rights and settings it has, volatility, whether null makes it null, the extension
--          that it belongs to, a digest of BEGIN ATOMIC … END, and how it is reached: 'name',
--          'operator SYMBOL', 'field NAME', 'view NAME', 'write NAME', 'type NAME', 'cast', 'function')
-- Rows   : one per trigger function that calls another one
-- By hand: psql -v schemas='{public}' -v functions='{trg_sessions_set_created_month}'
--               -v tables='{sessions}' -f sql/checks/guard_behaviour_calls.sql
with recursive expected as (
    select * from unnest(:'schemas'::text[], :'functions'::text[], :'tables'::text[])
        as e (schema_name, function_name, table_name)
),
tree as (
    select c.oid as relid
    from expected as e
    join pg_catalog.pg_namespace as n on n.nspname = e.schema_name
    join pg_catalog.pg_class as c on c.relnamespace = n.oid and c.relname = e.table_name
    union
    select i.inhrelid from tree as t join pg_catalog.pg_inherits as i on i.inhparent = t.relid
),
origins as (
    select g.tgfoid as oid
    from tree as t
    join pg_catalog.pg_trigger as g on g.tgrelid = t.relid and not g.tgisinternal
    union
    select p.oid
    from expected as e
    join pg_catalog.pg_namespace as n on n.nspname = e.schema_name
    join pg_catalog.pg_proc as p on p.pronamespace = n.oid and p.proname = e.function_name
),
-- The functions that may be called.
others as materialized (
    select
        p.oid,
        p.prorettype in ('pg_catalog.trigger'::regtype, 'pg_catalog.event_trigger'::regtype) as fires,
        p.proargtypes,
        x.extname::text as extension,
        pg_catalog.replace(n.nspname, '"', '""') as schema_name,
        pg_catalog.replace(p.proname, '"', '""') as name
    from pg_catalog.pg_proc as p
    join pg_catalog.pg_namespace as n on n.oid = p.pronamespace
    left join pg_catalog.pg_depend as d
        on d.classid = 'pg_catalog.pg_proc'::regclass and d.objid = p.oid and d.deptype = 'e'
    left join pg_catalog.pg_extension as x on x.oid = d.refobjid
    -- By its number: so the planner knows how few are left, and makes no room for a million calls.
    where p.pronamespace <> 'pg_catalog'::regnamespace
        and n.nspname <> 'information_schema'
),
bodies as not materialized (
    select
        o.oid,
        case
            when l.lanname in ('c', 'internal') then ''
            when o.prosqlbody is null then o.prosrc
            else pg_catalog.concat_ws(
            ' ',
            -- CURRENT_ROLE, CURRENT_USER, USER and SESSION_USER
            case when o.prosqlbody::text ~ '\{SQLVALUEFUNCTION :op (9|10|11|12) ' then 'current_user' end,
            (
                select pg_catalog.string_agg(
                    f.pronamespace::regnamespace::text || '.' || f.proname || '()', ' '
                )
                from pg_catalog.regexp_matches(o.prosqlbody::text, ':(?:op)?funcid (\d+)', 'g') as m (id)
                join pg_catalog.pg_proc as f on f.oid = m.id[1]::oid
            ),
            (
                select pg_catalog.string_agg(
                    'from ' || c.relnamespace::regnamespace::text || '.' || c.relname, ' '
                )
                from pg_catalog.regexp_matches(o.prosqlbody::text, ':relid (\d+)', 'g') as m (id)
                join pg_catalog.pg_class as c on c.oid = m.id[1]::oid
            )
        ) end as body
    from pg_catalog.pg_proc as o
    join pg_catalog.pg_language as l on l.oid = o.prolang
),
-- What somebody's objects call: pg_depend knows that of all but texts. An operator leads to its function.
uses as materialized (
    select d.classid, d.objid, coalesce(p.oprcode::oid, d.refobjid) as oid
    from pg_catalog.pg_depend as d
    left join pg_catalog.pg_operator as p
        on d.refclassid = 'pg_catalog.pg_operator'::regclass and p.oid = d.refobjid
    join others as o on o.oid = coalesce(p.oprcode::oid, d.refobjid)
    where d.refclassid in (
        'pg_catalog.pg_proc'::regclass, 'pg_catalog.pg_operator'::regclass
    ) and d.deptype = 'n'
),
-- Views that read views, and tables whose partitions have what is meant.
held as (
    select r.ev_class as relid, u.oid, case when c.relkind in ('v', 'm') then 'view ' else 'write ' end as how
    from uses as u
    join pg_catalog.pg_rewrite as r on u.classid = 'pg_catalog.pg_rewrite'::regclass and r.oid = u.objid
    join pg_catalog.pg_class as c on c.oid = r.ev_class
    union
    select a.adrelid, u.oid, 'write '
    from uses as u
    join pg_catalog.pg_attrdef as a on u.classid = 'pg_catalog.pg_attrdef'::regclass and a.oid = u.objid
    union
    select k.conrelid, u.oid, 'write '
    from uses as u
    join pg_catalog.pg_constraint as k
        on u.classid = 'pg_catalog.pg_constraint'::regclass and k.oid = u.objid and k.conrelid <> 0
    union
    select i.indrelid, u.oid, 'write '
    from uses as u
    join pg_catalog.pg_index as i on u.classid = 'pg_catalog.pg_class'::regclass and i.indexrelid = u.objid
    union
    select q.polrelid, u.oid, 'view '
    from uses as u
    join pg_catalog.pg_policy as q on u.classid = 'pg_catalog.pg_policy'::regclass and q.oid = u.objid
    union
    select g.tgrelid, u.oid, 'write '
    from uses as u
    join pg_catalog.pg_trigger as g on u.classid = 'pg_catalog.pg_trigger'::regclass and g.oid = u.objid
    where not g.tgisinternal
),
relations as (
    select h.* from held as h where not exists (select from tree as t where t.relid = h.relid)
    union
    select up.relid, r.oid, up.how
    from relations as r
    cross join lateral (
        select i.inhparent as relid, r.how
        from pg_catalog.pg_inherits as i where i.inhrelid = r.relid
        union all
        select w.ev_class, 'view '
        from pg_catalog.pg_depend as d
        join pg_catalog.pg_rewrite as w on w.oid = d.objid
        where d.refclassid = 'pg_catalog.pg_class'::regclass and d.refobjid = r.relid
            and d.classid = 'pg_catalog.pg_rewrite'::regclass and r.how = 'view '
    ) as up
),
-- Types that lead to a function: by a domain's check, or a cast; and those that are made of such.
types as (
    select k.contypid as type, u.oid
    from uses as u
    join pg_catalog.pg_constraint as k
        on u.classid = 'pg_catalog.pg_constraint'::regclass and k.oid = u.objid and k.contypid <> 0
    union
    select t.type, o.oid
    from pg_catalog.pg_cast as c
    join others as o on o.oid = c.castfunc and o.extension is null
    cross join lateral (values (c.castsource), (c.casttarget)) as t (type)
    union
    select m.type, t.oid
    from types as t
    cross join lateral (
        select d.oid as type from pg_catalog.pg_type as d where t.type in (d.typbasetype, d.typelem)
        union all
        select c.reltype
        from pg_catalog.pg_attribute as a
        join pg_catalog.pg_class as c on c.oid = a.attrelid and c.relkind in ('c', 'r', 'p', 'v')
        where a.atttypid = t.type and a.attnum > 0 and not a.attisdropped
    ) as m
    where m.type <> 0
),
-- What leads to a function: a word that its text has, '' for every text, between what; or a function
-- which depends on it.
leads as materialized (
    select
        o.oid,
        'name' as how,
        pg_catalog.lower(o.name) as word,
        o.schema_name as schema_name,
        null::oid as caller
    from others as o where not o.fires
    union all
    -- One value of a row type: it may be written as that row's field.
    select o.oid, 'field ' || o.name, pg_catalog.lower(o.name), '', null
    from others as o
    join pg_catalog.pg_type as t on t.oid = o.proargtypes[0] and t.typtype in ('c', 'p')
    where pg_catalog.array_length(o.proargtypes, 1) = 1 and not o.fires
    union all
    select o.oid, 'operator ' || p.oprname, w.word, '', null
    from pg_catalog.pg_operator as p
    join others as o on o.oid = p.oprcode and o.extension is null
    cross join lateral (
        select p.oprname::text
        union all
        select s.word
        from (values
            ('=', 'in'), ('=', 'case'), ('=', 'nullif'), ('=', 'distinct'), ('=', 'using'), ('<>', '!='),
            ('~~', 'like'), ('!~~', 'like'), ('~~*', 'ilike'), ('!~~*', 'ilike'), ('~', 'similar'),
            ('<=', 'between'), ('>=', 'between')
        ) as s (symbol, word)
        where s.symbol = p.oprname
    ) as w (word)
    union all
    select l.oid, l.how || l.name, pg_catalog.lower(l.name), '', null
    from (
        select r.oid, r.how, pg_catalog.replace(c.relname, '"', '""') as name
        from relations as r join pg_catalog.pg_class as c on c.oid = r.relid
        union
        select y.oid, 'type ', pg_catalog.replace(t.typname, '"', '""')
        from types as y join pg_catalog.pg_type as t on t.oid = y.type
        where t.typnamespace <> 'pg_catalog'::regnamespace
    ) as l
    union all
    -- From one of PostgreSQL's types to another, and of what guarded tables hold: unnamed.
    select o.oid, 'cast', '', '', null
    from pg_catalog.pg_cast as c
    join others as o on o.oid = c.castfunc and o.extension is null
    join pg_catalog.pg_type as s on s.oid = c.castsource
    join pg_catalog.pg_type as t on t.oid = c.casttarget
    where s.typnamespace = 'pg_catalog'::regnamespace and t.typnamespace = 'pg_catalog'::regnamespace
    union all
    select y.oid, 'type ' || t.typname, '', '', null
    from types as y
    join pg_catalog.pg_type as t on t.oid = y.type and t.typnamespace <> 'pg_catalog'::regnamespace
    where t.oid in (
        select a.atttypid
        from expected as e
        join pg_catalog.pg_namespace as n on n.nspname = e.schema_name
        join pg_catalog.pg_class as c on c.relnamespace = n.oid and c.relname = e.table_name
        join pg_catalog.pg_attribute as a on a.attrelid = c.oid and a.attnum > 0 and not a.attisdropped
    )
    union all
    select u.oid, 'function', '', '', u.objid
    from uses as u where u.classid = 'pg_catalog.pg_proc'::regclass
),
chain as (
    select r.oid as origin, p.oid, p.prosrc as body, pg_catalog.lower(p.prosrc) as small, ''::text collate "C" as how
    from origins as r
    join pg_catalog.pg_proc as p on p.oid = r.oid
    union
    -- What the WHEN of its trigger calls
    select distinct g.tgfoid, b.oid, b.body, pg_catalog.lower(b.body), 'function' collate "C"
    from tree as t
    join pg_catalog.pg_trigger as g on g.tgrelid = t.relid and not g.tgisinternal
    join uses as u on u.classid = 'pg_catalog.pg_trigger'::regclass and u.objid = g.oid
    join bodies as b on b.oid = u.oid and u.oid <> g.tgfoid
    union
    select
        c.origin,
        w.oid,
        b.body,
        -- Types are named beside the text too.
        pg_catalog.lower(pg_catalog.concat_ws(
            ' ',
            b.body,
            pg_catalog.pg_get_function_arguments(w.oid),
            pg_catalog.pg_get_function_result(w.oid)
        )),
        w.how collate "C"
    from chain as c
    -- The name first, in whatever case: a pattern for each function there is takes a hundred times as long.
    join leads as w on case
        when pg_catalog.strpos(c.small, w.word) = 0 or w.caller <> c.oid then false
        when w.word = '' or w.how ^@ 'operator ' then true
        when w.how ^@ 'field ' then c.small ~ ('\.\s*"?' || pg_catalog.regexp_replace(w.word, '(\W)', '\\\1', 'g') || '\M')
        when w.how <> 'name' then c.small ~ ('(^|\W)' || pg_catalog.regexp_replace(w.word, '(\W)', '\\\1', 'g') || '(\W|$)')
        -- After the name comes a bracket, or a comment. A name of 63 bytes may be cut from a longer one.
        else c.body ~* (
            '(^|[^\w."])("?' || pg_catalog.regexp_replace(w.schema_name, '(\W)', '\\\1', 'g') || '"?\s*\.\s*)?"?'
            || pg_catalog.regexp_replace(w.word, '(\W)', '\\\1', 'g')
            || case when pg_catalog.octet_length(w.word) > 59 then '[^"\s(]*' else '' end
            || '"?\s*(\(|/\*|--)'
        )
    end
    -- Of what is reached alone: hence the first caller.
    cross join lateral (
        select s.body from bodies as s where s.oid = w.oid and c.origin <> 0 offset 0
    ) as b
),
reached as (
    select c.origin, c.oid, c.body, pg_catalog.jsonb_agg(distinct c.how order by c.how) as how
    from chain as c
    where c.oid <> c.origin
    group by c.origin, c.oid, c.body
)
select
    pg_catalog.quote_ident(n.nspname) || '.' || pg_catalog.quote_ident(p.proname) as function,
    pg_catalog.jsonb_agg(
        pg_catalog.jsonb_build_object(
            'schema', hn.nspname,
            'name', h.proname,
            'language', l.lanname,
            'arguments', pg_catalog.pg_get_function_arguments(h.oid),
            'names', coalesce(pg_catalog.to_jsonb(h.proargnames[1:h.pronargs]), '[]'),
            'result', coalesce(pg_catalog.pg_get_function_result(h.oid), ''),
            'body', c.body,
            'owner', case when h.prosecdef then h.proowner::regrole::text else '' end,
            'settings', coalesce(pg_catalog.to_jsonb(h.proconfig), '[]'),
            'volatility', h.provolatile,
            'strict', h.proisstrict,
            'extension', coalesce(
                (select o.extension from others as o where o.oid = h.oid and o.extension is not null), ''
            ),
            'atomic', coalesce(pg_catalog.md5(h.prosqlbody::text), ''),
            'reached', c.how
        )
        order by hn.nspname, h.proname, h.oid
    ) as calls
from reached as c
join pg_catalog.pg_proc as p on p.oid = c.origin
join pg_catalog.pg_namespace as n on n.oid = p.pronamespace
join pg_catalog.pg_proc as h on h.oid = c.oid
join pg_catalog.pg_namespace as hn on hn.oid = h.pronamespace
join pg_catalog.pg_language as l on l.oid = h.prolang
group by p.oid, n.nspname, p.proname
order by 1
