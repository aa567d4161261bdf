-- The sandbox: a temporary table with the columns of the guarded one, under a name that no table
-- has, and the live function as its trigger; or, where the plan names a relation, every trigger that
-- fires there before a row is written, as it is defined. From then on nothing but temporary tables
-- can be written. The plan is in watchtower.probe (sql/probe/plan.sql).
-- Built from pg_attribute: "like" would need SELECT on the whole table. The key stays nullable, to
-- see what the guard makes of it; every other column keeps its NOT NULL only where it is given.
do $build$
declare
    plan jsonb := pg_catalog.current_setting('watchtower.probe')::jsonb;
    sandbox text := 'watchtower_probe_' || pg_catalog.substr(
        pg_catalog.md5(pg_catalog.random()::text || pg_catalog.clock_timestamp()::text), 1, 16
    );
    columns text;
    live record;
begin
    select pg_catalog.string_agg(
        pg_catalog.format(
            '%I %s%s',
            a.attname,
            pg_catalog.format_type(a.atttypid, a.atttypmod),
            case when a.attnotnull and a.attname = plan ->> 'reference' then ' not null' else '' end
        ),
        ', ' order by a.attnum
    )
    into columns
    from pg_catalog.pg_attribute as a
    join pg_catalog.pg_class as c on c.oid = a.attrelid
    join pg_catalog.pg_namespace as n on n.oid = c.relnamespace
    where n.nspname = plan ->> 'schema'
        and c.relname = plan ->> 'table'
        and a.attnum > 0
        and not a.attisdropped;

    execute pg_catalog.format('create temporary table %I (%s) on commit drop', sandbox, columns);
    for live in
        select
            plan ->> 'trigger' as name,
            pg_catalog.format(
                'create trigger %I before insert or update on pg_temp.%I'
                ' for each row execute function %I.%I()',
                plan ->> 'trigger', sandbox, plan ->> 'schema', plan ->> 'function'
            ) as definition
        where plan ->> 'relation' is null
        union all
        select
            t.tgname,
            pg_catalog.regexp_replace(
                pg_catalog.pg_get_triggerdef(t.oid),
                ' ON (?:"(?:[^"]|"")+"|\S+?)\.(?:"(?:[^"]|"")+"|\S+) FOR EACH ROW ',
                pg_catalog.format(' ON pg_temp.%I FOR EACH ROW ', sandbox)
            )
        from pg_catalog.pg_trigger as t
        where t.tgrelid = (plan ->> 'relation')::oid
            and not t.tgisinternal
            and t.tgenabled in ('O', 'A')
            and t.tgtype & 67 = 3  -- row and before, not instead of
            and t.tgtype & 20 <> 0  -- insert or update
        order by 1
    loop
        execute live.definition;
        -- Whatever session_replication_role is here: that is guard_settings' subject.
        execute pg_catalog.format(
            'alter table pg_temp.%I enable always trigger %I', sandbox, live.name
        );
    end loop;
    perform pg_catalog.set_config(
        'watchtower.probe', (plan || pg_catalog.jsonb_build_object('sandbox', sandbox))::text, true
    );
end
$build$;
set transaction read only;
