-- What the functions of triggers call in their turn, and what those call, as far as it goes.
-- Reads catalogs only, waits for no lock, needs no grant. PostgreSQL's own functions are left out; of
-- such as are written in C there is the name alone. Of a body of BEGIN ATOMIC … END, which can be printed only with a lock on
-- what it reads, the names of what it calls and reads stand for the text.
-- Params : schemas text[], functions text[] (parallel: the guards'), tables text[] (parallel: whose
--          other triggers are meant)
-- Columns: function (as PostgreSQL prints it, without arguments), calls (jsonb: of each its schema, name,
--          language, arguments and result as PostgreSQL prints them, names of the arguments, body)
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
-- The functions that may be called, each with what tells in a text that it is.
others as materialized (
    select
        p.oid,
        p.proname::text as name,
        p.prosqlbody,
        case when l.lanname in ('c', 'internal') then '' else p.prosrc end as prosrc,
        '(^|[^\w."])("?' || escaped.schema_name || '"?\s*\.\s*)?"?' || escaped.name || '"?\s*\(' as called
    from pg_catalog.pg_proc as p
    join pg_catalog.pg_namespace as n on n.oid = p.pronamespace
    join pg_catalog.pg_language as l on l.oid = p.prolang
    cross join lateral (
        select
            pg_catalog.regexp_replace(n.nspname, '(\W)', '\\\1', 'g') as schema_name,
            pg_catalog.regexp_replace(p.proname, '(\W)', '\\\1', 'g') as name
    ) as escaped
    -- By its number: so the planner knows how few are left, and makes no room for a million calls.
    where p.pronamespace <> 'pg_catalog'::regnamespace
        and n.nspname <> 'information_schema'
        and p.prorettype not in ('pg_catalog.trigger'::regtype, 'pg_catalog.event_trigger'::regtype)
),
bodies as (
    select
        o.oid,
        o.name,
        o.called,
        case when o.prosqlbody is null then o.prosrc else pg_catalog.concat_ws(
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
    from others as o
),
chain as (
    select r.oid as origin, p.oid, p.prosrc as body
    from origins as r
    join pg_catalog.pg_proc as p on p.oid = r.oid
    union
    select c.origin, b.oid, b.body
    from chain as c
    -- The name first, in whatever case: a pattern for each function there is takes a hundred times as long.
    join bodies as b
        on case when pg_catalog.strpos(pg_catalog.lower(c.body), pg_catalog.lower(b.name)) > 0 then c.body ~* b.called end
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
            'body', c.body
        )
        order by c.oid
    ) as calls
from chain as c
join pg_catalog.pg_proc as p on p.oid = c.origin
join pg_catalog.pg_namespace as n on n.oid = p.pronamespace
join pg_catalog.pg_proc as h on h.oid = c.oid
join pg_catalog.pg_namespace as hn on hn.oid = h.pronamespace
join pg_catalog.pg_language as l on l.oid = h.prolang
where c.oid <> c.origin
group by p.oid, n.nspname, p.proname
order by 1
