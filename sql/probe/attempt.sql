-- Try a guard's function on rows of every kind, in a sandbox; the whole of it is one message.
--
-- The sandbox is a temporary table with the columns of the guarded one, under a name that no table
-- has, and the live function as its trigger; or, where the plan names a relation, every trigger that
-- fires there before a row is written, as it is defined. Once it stands the transaction is read-only:
-- nothing but temporary tables can be written. Each case has a savepoint of its own that is always
-- rolled back, and so is the whole, by whoever runs this (sql/session/probing.sql begins it).
-- Built from pg_attribute: "like" would need SELECT on the whole table. The key stays nullable, to
-- see what the guard makes of it; of the other columns only the reference keeps its NOT NULL.
-- A writer's search_path applies while a case runs, the one that a session starts with: whatever the
-- block works out itself it works out before or after, so that it meets nobody's operators.
-- Params : plan text (JSON: schema, table, trigger, function, key, reference, relation, only, cases;
--          `only` names the triggers of the relation that are meant, null means all)
-- Columns: answers (JSON array, one object per case: rows and key, or state and message)
select pg_catalog.set_config('watchtower.probe', :'plan', true);
do $probe$
declare
    plan pg_catalog.jsonb := pg_catalog.current_setting('watchtower.probe');
    sandbox pg_catalog.text := 'pg_temp.watchtower_probe_' || pg_catalog.md5(
        pg_catalog.random()::text || pg_catalog.clock_timestamp()::text
    );
    columns pg_catalog.text;
    live pg_catalog.record;
    attempt pg_catalog.record;
    insertion pg_catalog.text;
    got pg_catalog.text;
    written pg_catalog.int8;
    answer pg_catalog.jsonb;
    answers pg_catalog.jsonb := '[]';
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
    where a.attrelid = pg_catalog.format('%I.%I', plan ->> 'schema', plan ->> 'table')::regclass
        and a.attnum > 0
        and not a.attisdropped;

    execute pg_catalog.format('create temporary table %s (%s) on commit drop', sandbox, columns);
    for live in
        select
            plan ->> 'trigger' as name,
            pg_catalog.format(
                'create trigger %I before insert or update on %s for each row execute function %I.%I()',
                plan ->> 'trigger', sandbox, plan ->> 'schema', plan ->> 'function'
            ) as definition
        where plan ->> 'relation' is null
        union all
        select
            t.tgname,
            pg_catalog.regexp_replace(
                pg_catalog.pg_get_triggerdef(t.oid),
                ' ON (?:"(?:[^"]|"")+"|\S+?)\.(?:"(?:[^"]|"")+"|\S+) FOR EACH ROW ',
                pg_catalog.format(' ON %s FOR EACH ROW ', sandbox)
            )
        from pg_catalog.pg_trigger as t
        where t.tgrelid = (plan ->> 'relation')::oid
            and not t.tgisinternal
            and t.tgenabled in ('O', 'A')
            and t.tgtype & 67 = 3  -- row and before, not instead of
            and t.tgtype & 20 <> 0  -- insert or update
            and (plan ->> 'only' is null or plan -> 'only' ? t.tgname::text)
        order by 1
    loop
        execute live.definition;
        -- Whatever session_replication_role is here: that is guard_settings' subject.
        execute pg_catalog.format('alter table %s enable always trigger %I', sandbox, live.name);
    end loop;
    perform pg_catalog.set_config('transaction_read_only', 'on', true);

    insertion := pg_catalog.format(
        'insert into %1$s select * from pg_catalog.jsonb_populate_record(null::%1$s, $1)'
        ' returning pg_catalog.to_char(%2$I, ''YYYY-MM-DD'')', sandbox, plan ->> 'key'
    );
    for attempt in
        select
            c.value -> 'given' as given,
            c.value -> 'change' as change,
            c.value ->> 'zone' as zone,
            c.value ->> 'style' as style,
            (
                select pg_catalog.format(
                    'update %s set %s returning pg_catalog.to_char(%I, ''YYYY-MM-DD'')',
                    sandbox,
                    pg_catalog.string_agg(
                        pg_catalog.format(
                            '%1$I = (pg_catalog.jsonb_populate_record(null::%2$s, $1)).%1$I',
                            k.name, sandbox
                        ), ', '
                    ),
                    plan ->> 'key'
                )
                from pg_catalog.jsonb_object_keys(c.value -> 'change') as k (name)
            ) as alteration
        from pg_catalog.jsonb_array_elements(plan -> 'cases') as c (value)
    loop
        answer := null;
        begin
            perform
                pg_catalog.set_config('timezone', attempt.zone, true),
                pg_catalog.set_config('datestyle', attempt.style, true),
                pg_catalog.set_config('search_path', null, true);  -- null: what a session starts with
            execute insertion into got using attempt.given;
            get diagnostics written = row_count;
            if attempt.change is not null then
                execute attempt.alteration into got using attempt.change;
                get diagnostics written = row_count;
            end if;
            answer := pg_catalog.jsonb_build_object('rows', written, 'key', got);
            raise exception using errcode = 'WT000';
        exception when others then
            if answer is null then
                answer := pg_catalog.jsonb_build_object('state', sqlstate, 'message', sqlerrm);
            end if;
        end;
        answers := answers || answer;
        exit when answer ->> 'state' = '55P03';  -- each further wait for the lock would cost as much
    end loop;
    perform pg_catalog.set_config('watchtower.probe', answers::text, true);
end
$probe$;
select pg_catalog.current_setting('watchtower.probe')::jsonb as answers
