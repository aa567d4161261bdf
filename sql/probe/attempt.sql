-- Try a guard's function on rows of every kind, in a sandbox; the whole of it is one message.
--
-- The sandbox is a temporary table with the columns of the guarded one, under a name that no table
-- has, and the live function as its trigger; or, where the plan names a relation, every trigger that
-- fires there before a row is written, as it is defined. Once it stands the transaction is read-only:
-- nothing but temporary tables can be written, unless the plan says that the text `writes`, and what it
-- writes is understood. Each case has a savepoint of its own that is always
-- rolled back, and so is the whole, by whoever runs this (sql/session/probing.sql begins it).
-- Its columns come from the table's row type: "like" would need SELECT on the whole table, and a list
-- of types USAGE on their schemas. The key stays nullable, to see what the guard makes of it; of the
-- other columns only the reference keeps its NOT NULL.
-- A writer's search_path applies while a case runs, the one that a session starts with: whatever the
-- blocks work out themselves they work out before or after, so that they meet nobody's operators.
-- Params : plan text (JSON: schema, table, trigger, function, key, key_text (an expression: that of a row s
--          as text), clock, reference, relation, only, writes, batches, words; `only` names the triggers of the relation that are meant, null means all;
--          `words`, an array of fill, text and perhaps json, are what the other columns are filled
--          with: in each fill the first text that the column's type takes, or the json; the column *
--          of a case that changes is every other one)
-- Columns: answers (JSON array, one object per case: of what is stored key, clock and reference, null for
--          no row, and whether session_replication_role became replica; or state and message.
--          The state WT001: nobody could send such a row.)
select pg_catalog.set_config('watchtower.probe', :'plan', true);
do $sandbox$
declare
    plan pg_catalog.jsonb := pg_catalog.current_setting('watchtower.probe');
    sandbox pg_catalog.text := 'pg_temp.watchtower_probe_' || pg_catalog.md5(
        pg_catalog.random()::text || pg_catalog.clock_timestamp()::text
    );
    guarded pg_catalog.text := pg_catalog.format('%I.%I', plan ->> 'schema', plan ->> 'table');
    live pg_catalog.record;
begin
    execute pg_catalog.format(
        'create temporary table %s on commit drop as'
        ' select (r.whole).* from (select null::%s as whole) as r with no data', sandbox, guarded
    );
    if exists (
        select from pg_catalog.pg_attribute as a
        where a.attrelid = guarded::regclass and a.attname = plan ->> 'reference' and a.attnotnull
    ) then
        execute pg_catalog.format(
            'alter table %s alter column %I set not null', sandbox, plan ->> 'reference'
        );
    end if;
    for live in
        select
            plan ->> 'trigger' as name,
            pg_catalog.format(
                'create trigger %I before insert or update on %s for each row execute function %I.%I()',
                plan ->> 'trigger', sandbox, plan ->> 'schema', plan ->> 'function'
            ) as definition,
            true as understood
        where plan ->> 'relation' is null
        union all
        select
            t.tgname,
            pg_catalog.format('create trigger %I before %s on %s ', t.tgname, d.events, sandbox)
                || pg_catalog.substr(d.definition, pg_catalog.length(d.start) + 1),
            pg_catalog.starts_with(d.definition, d.start)
        from pg_catalog.pg_trigger as t
        join pg_catalog.pg_class as c on c.oid = t.tgrelid
        join pg_catalog.pg_namespace as n on n.oid = c.relnamespace
        -- What stands before the table's name is known word for word: a name may hold anything.
        cross join lateral (
            select pg_catalog.concat_ws(
                ' OR ',
                case when t.tgtype & 4 <> 0 then 'INSERT' end,
                case when t.tgtype & 8 <> 0 then 'DELETE' end,
                case when t.tgtype & 16 <> 0 then 'UPDATE' || coalesce(
                    ' OF ' || (
                        select pg_catalog.string_agg(pg_catalog.quote_ident(a.attname), ', ' order by u.place)
                        from pg_catalog.unnest(t.tgattr::pg_catalog.int2[]) with ordinality as u (attnum, place)
                        join pg_catalog.pg_attribute as a on a.attrelid = t.tgrelid and a.attnum = u.attnum
                    ), ''
                ) end
            ) as events
        ) as e
        cross join lateral (
            select
                e.events,
                pg_catalog.pg_get_triggerdef(t.oid) as definition,
                pg_catalog.format(
                    'CREATE TRIGGER %I BEFORE %s ON %I.%I ', t.tgname, e.events, n.nspname, c.relname
                ) as start
        ) as d
        where t.tgrelid = (plan ->> 'relation')::oid
            and not t.tgisinternal
            and t.tgenabled in ('O', 'A')
            and t.tgtype & 67 = 3  -- row and before, not instead of
            and t.tgtype & 20 <> 0  -- insert or update
            and (plan ->> 'only' is null or plan -> 'only' ? t.tgname::text)
        order by 1
    loop
        if not live.understood then
            raise exception 'the definition of the trigger % is not understood', live.name;
        end if;
        execute live.definition;
        -- Whatever session_replication_role is here: that is guard_settings' subject.
        execute pg_catalog.format('alter table %s enable always trigger %I', sandbox, live.name);
    end loop;
    perform
        pg_catalog.set_config('watchtower.sandbox', sandbox, true),
        pg_catalog.set_config(
            'transaction_read_only', case when (plan ->> 'writes')::bool then 'off' else 'on' end, true
        );
end
$sandbox$;
-- What can the other columns be filled with? By the name of the fill: none (what must not be null),
-- and those of the plan. A column that takes none of its texts has the value of the fill some, or null.
do $fills$
declare
    plan pg_catalog.jsonb := pg_catalog.current_setting('watchtower.probe');
    columns pg_catalog.record;
    word pg_catalog.record;
    cast_to pg_catalog.text;
    value pg_catalog.text;
    needed pg_catalog.bool;
    own pg_catalog.jsonb;
    fills pg_catalog.jsonb := '{"none": {}, "some": {}}';
begin
    for columns in
        select
            pg_catalog.format_type(t.oid, a.atttypmod) as type,
            t.typcategory = 'A' as listed,
            t.oid in ('pg_catalog.json'::regtype, 'pg_catalog.jsonb'::regtype) as json,
            pg_catalog.array_agg(a.attname::text) as names,
            coalesce(
                pg_catalog.array_agg(a.attname::text) filter (where a.attnotnull), '{}'
            ) as needed,
            array(
                select e.enumlabel::text
                from pg_catalog.pg_enum as e
                where e.enumtypid in (t.oid, t.typbasetype)
                order by e.enumsortorder
                limit 1
            ) as labels,
            pg_catalog.array_agg(distinct coalesce(
                (
                    select pg_catalog.pg_get_expr(d.adbin, 0)
                    from pg_catalog.pg_attrdef as d
                    where d.adrelid = a.attrelid and d.adnum = a.attnum
                ), t.typdefault
            )) as defaults
        from pg_catalog.pg_attribute as a
        join pg_catalog.pg_type as t on t.oid = a.atttypid
        where a.attrelid = pg_catalog.format('%I.%I', plan ->> 'schema', plan ->> 'table')::regclass
            and a.attnum > 0
            and not a.attisdropped
            and a.attgenerated = ''
            and t.typtype <> 'c'
            and a.attname not in (
                plan ->> 'key', plan ->> 'clock', coalesce(plan ->> 'reference', '')
            )
        group by t.oid, a.atttypmod
    loop
        own := '{}';
        cast_to := case
            when columns.listed then 'select ((array[%L])::%s)[1]::pg_catalog.text'
            else 'select (%L::%s)::pg_catalog.text'
        end;
        for word in
            select
                w.value ->> 'fill' as fill,
                coalesce(case when columns.json then w.value ->> 'json' end, w.value ->> 'text') as text
            from pg_catalog.jsonb_array_elements(plan -> 'words') with ordinality as w (value, place)
            union all
            select 'some', label from pg_catalog.unnest(columns.labels) as label
        loop
            continue when own ? word.fill;
            begin
                execute pg_catalog.format(cast_to, word.text, columns.type) into value;
                own := own || pg_catalog.jsonb_build_object(word.fill, case
                    when columns.listed then pg_catalog.jsonb_build_array(value)
                    when columns.json then value::pg_catalog.jsonb
                    else pg_catalog.to_jsonb(value)
                end);
            exception when others then
                null;  -- no value of this type
            end;
        end loop;
        -- A domain may take none of them, but what its columns hold where nothing is said.
        for word in select d.text from pg_catalog.unnest(columns.defaults) as d (text) loop
            exit when own ? 'some' or columns.listed or columns.json;
            begin
                execute pg_catalog.format('select ((%s)::%s)::pg_catalog.text', word.text, columns.type)
                into value;
                own := own || pg_catalog.jsonb_build_object('some', value);
            exception when others then
                null;
            end;
        end loop;
        begin
            execute pg_catalog.format('select null::%s', columns.type);
            needed := false;
        exception when others then
            needed := true;  -- a domain that is NOT NULL
        end;
        select fills || pg_catalog.jsonb_object_agg(
            f.name,
            coalesce(fills -> f.name, '{}') || (
                select coalesce(pg_catalog.jsonb_object_agg(c.name, v.value), '{}')
                from pg_catalog.unnest(columns.names) as c (name)
                cross join lateral (
                    select coalesce(own -> nullif(f.name, 'none'), own -> 'some') as value
                ) as v
                where v.value is not null
                    and (f.name <> 'none' or needed or c.name = any (columns.needed))
            )
        )
        into fills
        from (
            select 'none' as name
            union select w.value ->> 'fill' from pg_catalog.jsonb_array_elements(plan -> 'words') as w
        ) as f;
    end loop;
    perform pg_catalog.set_config('watchtower.fills', fills::text, true);
end
$fills$;
do $probe$
declare
    plan pg_catalog.jsonb := pg_catalog.current_setting('watchtower.probe');
    sandbox pg_catalog.text := pg_catalog.current_setting('watchtower.sandbox');
    fills pg_catalog.jsonb := pg_catalog.current_setting('watchtower.fills');
    role pg_catalog.text := pg_catalog.current_setting('session_replication_role');
    stored pg_catalog.text := pg_catalog.format(
        'pg_catalog.jsonb_build_object(''key'', %s,'
        ' ''clock'', s.%I, ''reference'', %s)',
        plan ->> 'key_text', plan ->> 'clock', coalesce('s.' || pg_catalog.quote_ident(plan ->> 'reference'), 'null')
    );
    -- What must be possible for somebody to send these rows. It is rolled back.
    sending pg_catalog.text := pg_catalog.format(
        'select (select pg_catalog.count(pg_catalog.set_config(s.key, s.value, true))'
        ' from pg_catalog.jsonb_each_text($1) as s), pg_catalog.count(r)'
        ' from pg_catalog.jsonb_populate_recordset(null::%s, $2) as r', sandbox
    );
    insertion pg_catalog.text := pg_catalog.format(
        'with stored as (insert into %1$s as s'
        ' select * from pg_catalog.jsonb_populate_recordset(null::%1$s, $1) returning s.ctid, %2$s as row)'
        ' select pg_catalog.array_agg(ctid), pg_catalog.array_agg(row) from stored', sandbox, stored
    );
    batch pg_catalog.record;
    alteration pg_catalog.text;
    given pg_catalog.jsonb[];
    changed pg_catalog.jsonb[];
    possible pg_catalog.bool;
    odd pg_catalog.bool;
    first pg_catalog.int4;
    last pg_catalog.int4;
    size pg_catalog.int4;
    part pg_catalog.jsonb[];
    places pg_catalog.tid[];
    got pg_catalog.jsonb[];
    told pg_catalog.jsonb;
    answer pg_catalog.jsonb;
    answers pg_catalog.jsonb[] := '{}';
begin
    <<batches>>
    for batch in
        select
            b.*,
            coalesce(fills -> b.fill, '{}') as filled,
            coalesce(
                (
                    select pg_catalog.jsonb_object_agg(k.name, fills -> b.becomes -> k.name)
                    from (
                        select k.name
                        from pg_catalog.jsonb_array_elements_text(b.columns) as k (name)
                        where k.name <> '*'
                        union
                        select k.name
                        from pg_catalog.jsonb_object_keys(fills -> b.becomes) as k (name)
                        where b.columns ? '*'
                    ) as k
                ), '{}'
            ) as more
        from pg_catalog.jsonb_to_recordset(plan -> 'batches') as b (
            numbers pg_catalog.int4[], given pg_catalog.jsonb, change pg_catalog.jsonb, zone pg_catalog.text,
            style pg_catalog.text, settings pg_catalog.jsonb, alone pg_catalog.bool, fill pg_catalog.text,
            becomes pg_catalog.text, columns pg_catalog.jsonb
        )
    loop
        select pg_catalog.array_agg(r.given), pg_catalog.array_agg(r.given || batch.more || r.change)
        into given, changed
        from (
            select batch.filled || c.given as given, c.change
            from rows from (
                pg_catalog.jsonb_array_elements(batch.given), pg_catalog.jsonb_array_elements(batch.change)
            ) as c (given, change)
        ) as r;
        select pg_catalog.format(
            'update %1$s as s set %2$s where s.ctid operator(pg_catalog.=) $2 returning %3$s',
            sandbox,
            pg_catalog.string_agg(
                pg_catalog.format('%1$I = (pg_catalog.jsonb_populate_record(null::%2$s, $1)).%1$I', k.name, sandbox), ', '
            ),
            stored
        )
        into alteration
        from pg_catalog.jsonb_object_keys(batch.more || (batch.change -> 0)) as k (name)
        having pg_catalog.count(*) > 0;
        possible := null;
        first := 1;
        size := case when batch.alone then 1 else pg_catalog.cardinality(given) end;
        while first <= pg_catalog.cardinality(given) loop
            last := least(first + size - 1, pg_catalog.cardinality(given));
            part := changed[first:last];
            got := null;
            answer := null;
            begin
                perform
                    pg_catalog.set_config('application_name', '', true),
                    pg_catalog.set_config('timezone', batch.zone, true),
                    pg_catalog.set_config('datestyle', batch.style, true);
                if pg_catalog.current_setting('request.jwt.claims', true) = '' then
                    -- An earlier case has set it: it is empty from then on, and never absent again.
                    perform pg_catalog.set_config('request.jwt.claims', '{}', true);
                end if;
                perform pg_catalog.set_config(s.key, s.value, true)
                from pg_catalog.jsonb_each_text(batch.settings) as s;
                perform pg_catalog.set_config('search_path', null, true);  -- null: what a session starts with
                execute insertion into places, got using pg_catalog.to_jsonb(given[first:last]);
                if alteration is not null then
                    for number in 1..coalesce(pg_catalog.cardinality(places), 0) loop
                        answer := null;
                        begin
                            execute alteration into answer using part[number], places[number];
                            answer := pg_catalog.jsonb_build_object(
                                'stored', answer, 'role', pg_catalog.current_setting('session_replication_role')
                            );
                            raise exception using errcode = 'WT000';
                        exception
                            when lock_not_available then
                                raise;
                            when others then
                                if answer is null then
                                    answer := pg_catalog.jsonb_build_object('state', sqlstate, 'message', sqlerrm);
                                end if;
                        end;
                        got[number] := answer;
                    end loop;
                end if;
                answer := pg_catalog.jsonb_build_object(
                    'stored', null, 'role', pg_catalog.current_setting('session_replication_role')
                );
                raise exception using errcode = 'WT000';
            exception when others then
                if answer is null then
                    answer := pg_catalog.jsonb_build_object('state', sqlstate, 'message', sqlerrm);
                end if;
            end;
            if answer ->> 'state' = '55P03' then  -- each further wait for the lock would cost as much
                answers[batch.numbers[first]] := answer;
                exit batches;
            end if;
            odd := answer ? 'state' or coalesce(pg_catalog.cardinality(got), 0) <= last - first
                or answer ->> 'role' not in (role, 'origin', 'local');
            if odd and first < last then
                size := (last - first + 1) / 2;  -- one of these rows is not as the others
                continue;
            end if;
            for number in first..last loop
                told := got[number - first + 1];
                if alteration is null or told is null then
                    told := answer || pg_catalog.jsonb_build_object('stored', told);
                end if;
                if told ? 'state' and possible is null then
                    begin  -- is each of them possible?
                        execute sending using batch.settings, pg_catalog.to_jsonb(given || changed);
                        raise exception using errcode = 'WT000';
                    exception when others then
                        possible := sqlstate = 'WT000';
                    end;
                end if;
                if told ? 'state' and not possible then
                    begin  -- is it the guard that refuses, or can there be no such row?
                        execute sending using batch.settings, pg_catalog.to_jsonb(array[given[number], changed[number]]);
                        raise exception using errcode = 'WT000';
                    exception when others then
                        if sqlstate <> 'WT000' then
                            told := pg_catalog.jsonb_build_object('state', 'WT001', 'message', sqlerrm);
                        end if;
                    end;
                end if;
                answers[batch.numbers[number]] := told || pg_catalog.jsonb_build_object(
                    'replica', told ->> 'role' not in (role, 'origin', 'local')
                );
            end loop;
            first := last + 1;
            size := case when batch.alone or odd then 1 else size * 2 end;
        end loop;
    end loop;
    perform pg_catalog.set_config('watchtower.probe', pg_catalog.to_jsonb(answers)::text, true);
end
$probe$;
select pg_catalog.current_setting('watchtower.probe')::jsonb as answers
