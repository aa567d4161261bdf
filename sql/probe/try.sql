-- Try each case of the plan in the sandbox, in a savepoint of its own that is always rolled back,
-- and leave the answers in watchtower.probe. A writer's search_path applies: the database's own.
do $try$
declare
    plan jsonb := pg_catalog.current_setting('watchtower.probe')::jsonb;
    writers_path text := (
        select s.reset_val from pg_catalog.pg_settings as s where s.name = 'search_path'
    );
    sandbox text := pg_catalog.format('pg_temp.%I', plan ->> 'sandbox');
    key text := pg_catalog.format('pg_catalog.to_char(%I, ''YYYY-MM-DD'')', plan ->> 'key');
    attempt jsonb;
    changes text;
    got text;
    written bigint;
    answer jsonb;
    answers jsonb := '[]';
begin
    for attempt in select a.value from pg_catalog.jsonb_array_elements(plan -> 'cases') as a loop
        answer := null;
        begin
            perform pg_catalog.set_config('search_path', writers_path, true);
            perform pg_catalog.set_config('timezone', attempt ->> 'zone', true);
            perform pg_catalog.set_config('datestyle', attempt ->> 'style', true);
            execute pg_catalog.format(
                'insert into %1$s select * from pg_catalog.jsonb_populate_record(null::%1$s, $1)'
                ' returning %2$s', sandbox, key
            ) into got using attempt -> 'given';
            get diagnostics written = row_count;
            if attempt -> 'change' <> 'null' then
                select pg_catalog.string_agg(
                    pg_catalog.format(
                        '%1$I = (pg_catalog.jsonb_populate_record(null::%2$s, $1)).%1$I',
                        c.name, sandbox
                    ), ', '
                )
                into changes
                from pg_catalog.jsonb_object_keys(attempt -> 'change') as c (name);
                execute pg_catalog.format('update %s set %s returning %s', sandbox, changes, key)
                    into got using attempt -> 'change';
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
$try$;
