-- The drift guards: two trigger functions that keep the partition keys right, and their triggers.
--
-- Does  : creates public.trg_sessions_set_created_month() and
--         public.trg_events_set_session_month_from_session(), and makes sure that their triggers are
--         present and enabled on the table and on every partition. Where that is so already, no lock is
--         taken on the tables. A trigger that was ENABLE ALWAYS stays so.
--         A guard that is none of ours is left alone, and a notice says so: a function whose text no
--         version of this file has had, or a trigger under our name that is switched on and does otherwise.
-- Needs : the owner of public.sessions and public.events (no superuser). Idempotent.
-- Run   : psql -v ON_ERROR_STOP=1 -f 10_guards.sql, or paste it whole into the SQL editor. Before it, in the
--         same session and for that one run:
--         set watchtower.replace_guards = 'yes';  -- to replace such a guard on purpose
--         set watchtower.unknown = 'refuse';      -- or 'keep': what becomes of an event whose session is not
--                                                 -- there (yet). Unsaid, a guard goes on as it does (a
--                                                 -- stranger's is tried), and a first one refuses it.

begin;

-- A namesake in another schema must not stand in for a function or an operator of PostgreSQL's own.
set local search_path = pg_catalog, pg_temp;

-- Two sessions that set up at once would drop what the other has just made: one after the other.
set local lock_timeout = '10s';
do $alone$
begin
    perform pg_catalog.pg_advisory_xact_lock(pg_catalog.hashtext('watchtower_setup'));
end
$alone$;

-- What fires or is worked out in an object of ours runs with the rights of whoever uses it: none is taken over
-- that a stranger made or armed. A stranger has neither the rights of the owner of public.sessions nor those of
-- the role that runs this. pg_depend knows what triggers, rules, policies, defaults, checks and indexes call.
-- Supabase's own roles are none, in the schemas of its superuser: auth.uid() is theirs, say.
-- On the guarded tables that is their owner's to know. This block is the same in every file of this folder.
do $strangers$
declare
    found record;
begin
    for found in
        with recursive reached (ours, root, classid, objid) as (
            select c.relname not in ('sessions', 'events', 'calls'),
                   format('%I.%I', n.nspname, c.relname), 'pg_class'::regclass::oid, c.oid
            from pg_class c
            join pg_namespace n on n.oid = c.relnamespace
            where n.nspname = 'public' and c.relname in (
                    'watchtower_checks', 'watchtower_checks_check_name_created_at_idx', 'sessions', 'events', 'calls')
               or n.nspname = 'cron' and c.relname in ('job', 'job_run_details', 'runid_seq')
            union all
            select true, format('%I.%I()', n.nspname, p.proname), 'pg_proc'::regclass, p.oid
            from pg_proc p
            join pg_namespace n on n.oid = p.pronamespace
            where n.nspname = 'public' and p.proname in (
                    'verify_partition_triggers_exist', 'watchtower_partition_drift_check_v1',
                    'verify_current_events_partition_exists', 'create_next_month_partitions',
                    'watchtower_guard_fires', 'watchtower_guards', 'watchtower_drift_answer',
                    'watchtower_month_is_covered', 'watchtower_make_partition', 'watchtower_make_partitions',
                    'watchtower_maintenance_job', 'watchtower_job_commands')
               or n.nspname = 'cron' and p.proname in ('schedule', 'unschedule')
            union
            select r.ours, r.root, d.classid, d.objid
            from reached r
            cross join lateral (
                select part.classid, part.objid
                from pg_depend part
                where part.refclassid = r.classid and part.refobjid = r.objid and part.deptype in ('a', 'i')
                  and not exists (select from pg_constraint f where f.oid = part.objid and f.contype = 'f')
                union all
                select r.classid, child.inhrelid
                from pg_inherits child
                where r.classid = 'pg_class'::regclass and child.inhparent = r.objid
                union all
                select named.refclassid, named.refobjid
                from pg_depend named
                where named.classid = r.classid and named.objid = r.objid
                  and named.refclassid in ('pg_class'::regclass, 'pg_proc'::regclass, 'pg_type'::regclass,
                                           'pg_operator'::regclass, 'pg_foreign_server'::regclass)
            ) as d
            where r.classid <> 'pg_proc'::regclass
        )
        select r.ours, r.root, pg_describe_object(r.classid, r.objid, 0) as object, o.refobjid::regrole as owner
        from reached r
        join pg_shdepend o
          on o.classid = r.classid and o.objid = r.objid and o.deptype = 'o'
         and o.dbid = (select oid from pg_database where datname = current_database())
        left join pg_class t on t.oid = to_regclass('public.sessions')
        where not pg_has_role(o.refobjid, coalesce(t.relowner, current_user::regrole), 'usage')
          and not pg_has_role(o.refobjid, current_user::regrole, 'usage')
          and not exists (
              select from pg_namespace n
              join pg_roles s on s.oid = n.nspowner and s.rolname = 'supabase_admin' and s.rolsuper
              where n.nspname = (pg_identify_object(r.classid, r.objid, 0)).schema
                and pg_get_userbyid(o.refobjid) in ('supabase_auth_admin', 'supabase_functions_admin',
                                                    'supabase_realtime_admin', 'supabase_storage_admin'))
          and (r.ours or r.objid not in (
              select g.oid from pg_proc g
              where g.pronamespace = 'public'::regnamespace
                and g.proname in ('trg_sessions_set_created_month', 'trg_events_set_session_month_from_session')))
        order by not r.ours, 2, 3
    loop
        if found.ours then
            raise exception '% is not taken over: % belongs to %, a stranger here, and would run with the rights of others. Drop it, or give it to the owner of public.sessions; then run this file again',
                found.root, found.object, found.owner using errcode = 'object_not_in_prerequisite_state';
        end if;
        raise notice 'what is written to or read from % runs with the rights of whoever does so: % belongs to %, a stranger here',
            found.root, found.object, found.owner;
        perform set_config('watchtower.strangers', 'yes', true);
    end loop;
    perform set_config('watchtower.history', to_regclass('public.watchtower_checks')::oid::text, true);
end
$strangers$;

-- Repairing a trigger locks the table for a moment: rather give up than queue the application behind us.
set local lock_timeout = '800ms';

do $tables$
declare
    guarded text;
begin
    foreach guarded in array array['public.sessions', 'public.events'] loop
        if to_regclass(guarded) is null then
            raise exception '% does not exist: create the table, then run this file again', guarded
                using errcode = 'undefined_table';
        end if;
    end loop;
end
$tables$;

-- The guards' functions. Types are qualified too: a temporary table named "date" would otherwise stand in for
-- the type. And since whoever may execute these functions may hang them on a table of their own (the probe
-- does), columns of home-made types are refused: a domain or a cast of that table's owner would run their code
-- with our rights. The outer test costs next to nothing a row; only where a type is another is the catalog asked.
do $guards$
declare
    replacing constant boolean :=
        coalesce(nullif(current_setting('watchtower.replace_guards', true), ''), 'no')::boolean;
    asked constant text := nullif(current_setting('watchtower.unknown', true), '');
    -- Of every text that this file ever had; python -m tests.sql.shipped prints them all. The second part:
    -- does it keep an event whose session is not there? The first texts knew nothing else.
    shipped constant jsonb := '{
        "ffb6297adff2cb5f0e42749f96c361d2af52772f24dcb41c492bc41f7c78d707": false,
        "1e88b4176d323e8cd77eca96a8c0bdf695296e53a693d389c845cfa036f20d45": true,
        "9042b2116f73d0c7929ac61163e216c0a88bd702558ad131e96592c624cb459a": true,
        "6e636f2eedc91bb334df8a4bbe5e3acfa84d4adabecc2dafb7dd564dd863fdd5": false,
        "e749e251e2f2914bdfc0b64d24024e725b6d9d0d292afcd02e6bf39eabdd5c65": false,
        "15d41946725d4c3ee099f1ff6bf701d2fbf0c82a1b004320f16695f25c04942c": false,
        "93106205eef9e31c2a975484ddcee6e0bb5530343062ca0f62a68838a5213162": true,
        "890e11d0919c8e1c809e9716cfb4097135399d72b0dcfc56ad8658852cef8815": true
    }';
    mark constant text := 'Made by sql/setup/10_guards.sql of Partition Watchtower.';
    mark_of_keeping constant text := 'It keeps an event whose session is not there, in the month that was sent.';
    sessions_text constant text := $create$
create or replace function public.trg_sessions_set_created_month()
returns trigger
language plpgsql
security definer
set search_path = ''
as $guard$
begin
    if pg_catalog.pg_typeof(new.created_at) <> 'pg_catalog.timestamptz'::pg_catalog.regtype
       or pg_catalog.pg_typeof(new.created_month) <> 'pg_catalog.date'::pg_catalog.regtype then
        if exists (select from pg_catalog.pg_type t
                   where t.oid in (pg_catalog.pg_typeof(new.created_at), pg_catalog.pg_typeof(new.created_month))
                     and t.typnamespace <> 'pg_catalog'::pg_catalog.regnamespace) then
            raise exception 'created_at must be timestamptz and created_month date' using errcode = 'datatype_mismatch';
        end if;
    end if;

    if new.created_at is null then
        new.created_at := pg_catalog.now();
    end if;
    new.created_month := pg_catalog.date_trunc('month', new.created_at at time zone 'UTC')::pg_catalog.date;
    return new;
end
$guard$
$create$;
    -- The month that was given is nearly always right, then the event's own, then the one before (a visit over
    -- midnight). Each probe names one month, in a variable, so that one partition is read; the id alone would
    -- read them all. The generic plan spares planning 36 partitions for every row. Two words of this text are
    -- replaced below: "else", where an event may come before its session (the foreign key is deferred, and
    -- judges at commit), and "s.site_id", where one of the tables has no such column.
    events_text text := $create$
create or replace function public.trg_events_set_session_month_from_session()
returns trigger
language plpgsql
security definer
set search_path = ''
set plan_cache_mode = force_generic_plan
as $guard$
#variable_conflict use_variable  -- whatever columns sessions has or gets, "month" and "site" are ours
declare
    month pg_catalog.date;
    site pg_catalog.uuid;
begin
    if pg_catalog.pg_typeof(new.session_id) <> 'pg_catalog.uuid'::pg_catalog.regtype
       or pg_catalog.pg_typeof(new.session_month) <> 'pg_catalog.date'::pg_catalog.regtype
       or pg_catalog.pg_typeof(new.created_at) <> 'pg_catalog.timestamptz'::pg_catalog.regtype then
        if exists (select from pg_catalog.pg_type t
                   where t.oid in (pg_catalog.pg_typeof(new.session_id), pg_catalog.pg_typeof(new.session_month),
                                   pg_catalog.pg_typeof(new.created_at))
                     and t.typnamespace <> 'pg_catalog'::pg_catalog.regnamespace) then
            raise exception 'session_id must be uuid, session_month date and created_at timestamptz'
                using errcode = 'datatype_mismatch';
        end if;
    end if;

    if new.session_id is null then
        raise exception 'session_id cannot be NULL' using errcode = 'not_null_violation';
    end if;

    month := new.session_month;
    select s.site_id into site from public.sessions s where s.id = new.session_id and s.created_month = month;
    if not found then
        month := pg_catalog.date_trunc('month', new.created_at at time zone 'UTC')::pg_catalog.date;
        select s.site_id into site from public.sessions s where s.id = new.session_id and s.created_month = month;
    end if;
    if not found then
        month := (month - interval '1 month')::pg_catalog.date;
        select s.site_id into site from public.sessions s where s.id = new.session_id and s.created_month = month;
    end if;
    if not found then
        select s.created_month, s.site_id into month, site
        from public.sessions s
        where s.id = new.session_id
        order by s.created_month desc
        limit 1;
    end if;

    if found then
        new.session_month := month;
        if site is not null then
            if new.site_id is null and pg_catalog.pg_typeof(new.site_id) = 'pg_catalog.uuid'::pg_catalog.regtype then
                new.site_id := site;
            end if;
        end if;
    else
        raise exception 'session % does not exist%', new.session_id, case
            when new.session_month is null then ' and session_month is NULL: the month is unknown'
            else ': an event comes after its session'
        end using errcode = 'foreign_key_violation';
    end if;
    return new;
end
$guard$
$create$;
    guard record;
    live record;
    said text;
    fires regprocedure;
    known record;
    month date;
    ours boolean;
    keeps boolean;
begin
    if asked not in ('refuse', 'keep') then
        raise exception 'watchtower.unknown is %: say refuse or keep', asked using errcode = 'invalid_parameter_value';
    end if;
    if 2 > (select count(*) from pg_catalog.pg_attribute a
            where a.attrelid in ('public.sessions'::regclass, 'public.events'::regclass)
              and a.attname = 'site_id' and a.atttypid = 'pg_catalog.uuid'::regtype) then
        events_text := replace(events_text, 's.site_id', 'null::pg_catalog.uuid');
    end if;

    for guard in
        select *
        from (values ('trg_sessions_set_created_month', sessions_text),
                     ('trg_events_set_session_month_from_session', events_text)) as g (name, text)
    loop
        select p.oid::regprocedure as routine, p.proowner::regrole as owner, c.lines,
               p.proowner in (current_user::regrole, t.relowner) or o.rolsuper as trusted,
               shipped -> encode(sha256(convert_to(concat_ws('|',
                   btrim(regexp_replace(replace(p.prosrc, chr(13), ''), '[[:blank:]]+' || chr(10), chr(10), 'g'),
                         ' ' || chr(9) || chr(10)),
                   case when p.prosecdef then 'definer' else 'invoker' end,
                   array_to_string(array(select replace(replace(s, '"', ''), '''', '')
                                         from unnest(p.proconfig) as s order by 1), ','),
                   l.lanname, p.provolatile), 'UTF8')), 'hex') as kept
        into live
        from pg_catalog.pg_proc p
        join pg_catalog.pg_roles o on o.oid = p.proowner
        join pg_catalog.pg_language l on l.oid = p.prolang
        join pg_catalog.pg_class t on t.oid = 'public.sessions'::regclass
        cross join lateral string_to_array(obj_description(p.oid, 'pg_proc'), chr(10)) as c (lines)
        where p.pronamespace = 'public'::regnamespace and p.proname = guard.name
          and p.pronargs = 0 and p.prorettype = 'pg_catalog.trigger'::regtype;

        if found and not replacing and (live.kept is null or not live.trusted) then
            raise notice 'public.%() is left alone: %. To compare: python -m lib plan, or select pg_get_functiondef(''public.%()''::regprocedure). To replace it on purpose: set watchtower.replace_guards = ''yes''; then run this file again, in one session',
                guard.name,
                case when live.trusted then 'no version of this file had its text'
                     else format('it belongs to %s, a stranger here', live.owner) end,
                guard.name;
            continue;
        end if;

        -- Replaced on purpose is what fires today: a trigger under our name may call another function.
        select t.tgfoid into fires
        from pg_catalog.pg_trigger t
        where replacing and t.tgrelid = 'public.events'::regclass and t.tgenabled in ('O', 'A')
          and t.tgname = 'events_set_session_month_from_session';
        fires := coalesce(fires, live.routine);
        ours := coalesce(live.kept::boolean, case when mark = any (live.lines) then mark_of_keeping = any (live.lines) end);
        keeps := guard.text = events_text and case
            when asked is not null then asked = 'keep'
            when fires is null then false
            when fires = live.routine then ours
        end;

        -- A stranger's is tried as the verification tries it: on a temporary table, where nothing else can be
        -- written, and all of it is taken back. What it makes of an event of an unknown session counts where it
        -- is a guard, which sets the month of a known one.
        if keeps is null then
            begin
                perform from pg_catalog.pg_proc p
                join pg_catalog.pg_roles o on o.oid = p.proowner
                join pg_catalog.pg_class t on t.oid = 'public.sessions'::regclass
                where p.oid = fires and (p.proowner in (current_user::regrole, t.relowner) or o.rolsuper)
                  -- Nor what its text may mean by a name: a namesake on the path, or a view.
                  and not exists (
                      select
                      from (select proname, proowner from pg_catalog.pg_proc
                            union all select oprname, oprowner from pg_catalog.pg_operator
                            union all select relname, relowner from pg_catalog.pg_class
                                      where relkind = 'v' or relrowsecurity) as s (name, owner)
                      where strpos(lower(p.prosrc), lower(s.name)) > 0
                        and not pg_has_role(s.owner, t.relowner, 'usage')
                        and not pg_has_role(s.owner, current_user::regrole, 'usage'));
                if not found or current_setting('watchtower.strangers', true) = 'yes' then
                    raise exception 'what a stranger here made is not run';
                end if;
                select s.id, s.created_month into strict known from public.sessions s limit 1;
                create temporary table watchtower_try as select (null::public.events).* with no data;
                execute format('create trigger watchtower_try before insert on pg_temp.watchtower_try for each row execute function %s', fires);
                perform set_config('transaction_read_only', 'on', true);
                perform set_config('search_path', null, true);  -- null: what a session starts with
                insert into pg_temp.watchtower_try (session_id, session_month, created_at)
                values (known.id, '1999-01-01', now()) returning session_month into month;
                if month is distinct from known.created_month then
                    raise exception 'it sets no month';
                end if;
                begin
                    insert into pg_temp.watchtower_try (session_id, session_month, created_at)
                    values (gen_random_uuid(), known.created_month, now()) returning session_month into month;
                    keeps := case when month is not null then true end;
                exception when others then
                    keeps := case when sqlstate not in ('25006', '55P03') then false end;
                end;
                raise exception 'all of it is taken back';
            exception when others then
                keeps := coalesce(keeps, ours);
            end;
            if keeps is null then
                keeps := true;
                raise notice 'how % treats an event without its session could not be tried: it is kept from now on, so that none is lost. To have it refused: set watchtower.unknown = ''refuse''; then run this file again, in one session', fires;
            end if;
        end if;

        -- What stands in its way is none that a trigger can call. What bears its name and takes arguments may
        -- be what a stranger's guard calls: it goes with that guard alone.
        for said in
            select p.oid::regprocedure::text from pg_catalog.pg_proc p
            where p.pronamespace = 'public'::regnamespace and p.proname = guard.name
              and (p.pronargs > 0 or p.prorettype <> 'pg_catalog.trigger'::regtype)
        loop
            execute format('drop routine %s', said);
        end loop;

        if not live.trusted then
            execute format('alter function %s owner to %I', live.routine, current_user);
        end if;
        if live.routine is not null and live.kept is null then
            raise notice 'public.%() is replaced on purpose%. Its text was: %', guard.name,
                case when guard.text = events_text
                     then format(', by one that %s an event whose session is not there',
                                 case when keeps then 'keeps' else 'refuses' end)
                     else '' end,
                pg_get_functiondef(live.routine);
        end if;
        execute case when keeps
            then replace(guard.text, '    else' || chr(10) || '        raise',
                         '    elsif new.session_month is null then' || chr(10) || '        raise')
            else guard.text
        end;

        -- The comment outlives "create or replace": it says later that this file's text is the right one. What
        -- others wrote there stays.
        execute format('comment on function public.%I() is %L', guard.name, array_to_string(
            array(select line from unnest(live.lines) as line where line not in (mark, mark_of_keeping))
            || mark || case when keeps then array[mark_of_keeping] else '{}' end, chr(10)));
    end loop;
end
$guards$;

do $older$
declare
    old regprocedure;
begin
    for old in
        select p.oid
        from pg_catalog.pg_proc p
        where p.pronamespace = 'public'::regnamespace and p.proname = 'watchtower_guard_fires'
    loop
        execute format('drop routine %s', old);
    end loop;
end
$older$;

-- Is the guard present and firing on the table and on every partition? The one place that knows what
-- "firing" means: 23 is row (1) + before (2) + insert (4) + update (16); no list of columns means all. Of the
-- columns those count that the table has.
create function public.watchtower_guard_fires(
    guarded text, guard text, guard_function text, guard_columns text[]
)
returns boolean
language sql
stable
set search_path = ''
as $rpc$
    with recursive relations (relid) as (
        select pg_catalog.to_regclass(guarded)::pg_catalog.oid
        union all
        select i.inhrelid
        from relations r
        join pg_catalog.pg_inherits i on i.inhparent = r.relid and not i.inhdetachpending
    )
    select pg_catalog.bool_and(r.relid is not null and exists (
        select
        from pg_catalog.pg_trigger t
        where t.tgrelid = r.relid
          and t.tgname = guard
          and t.tgenabled in ('O', 'A')
          and t.tgtype = 23
          and t.tgqual is null
          and t.tgfoid = pg_catalog.to_regprocedure(guard_function)
          and (t.tgattr = '' or not exists (
              select
              from pg_catalog.unnest(guard_columns) as wanted (attname)
              join pg_catalog.pg_attribute a on a.attrelid = r.relid and a.attname = wanted.attname
              where a.attnum <> all (t.tgattr)
          ))
    ))
    from relations r
$rpc$;

do $triggers$
declare
    replacing constant boolean :=
        coalesce(nullif(current_setting('watchtower.replace_guards', true), ''), 'no')::boolean;
    guard record;
    stranger record;
    relations regclass[];
    always regclass[];
    relation regclass;
begin
    for guard in
        select *
        from (values
            ('public.sessions', 'sessions_set_created_month',
             'public.trg_sessions_set_created_month()',
             array['created_at', 'created_month']),
            ('public.events', 'events_set_session_month_from_session',
             'public.trg_events_set_session_month_from_session()',
             array['session_id', 'session_month', 'site_id'])
        ) as g (guarded, name, calls, columns)
    loop
        continue when public.watchtower_guard_fires(guard.guarded, guard.name, guard.calls, guard.columns);
        select array_agg(attname::text order by position) into guard.columns
        from unnest(guard.columns) with ordinality as wanted (attname, position)
        join pg_catalog.pg_attribute a using (attname)
        where a.attrelid = to_regclass(guard.guarded) and not a.attisdropped;

        with recursive tree (relid) as (
            select to_regclass(guard.guarded)::oid
            union all
            select i.inhrelid from tree join pg_catalog.pg_inherits i on i.inhparent = tree.relid
        )
        select array_agg(tree.relid) into relations from tree;

        select t.tgrelid::regclass as relation, pg_get_triggerdef(t.oid) as definition into stranger
        from pg_catalog.pg_trigger t
        where t.tgrelid = any (relations) and t.tgname = guard.name and t.tgenabled in ('O', 'A')
          and not (t.tgtype = 23 and t.tgqual is null and t.tgfoid = to_regprocedure(guard.calls)
                   and (t.tgattr = '' or guard.columns <@ array(
                       select a.attname::text from pg_catalog.pg_attribute a
                       where a.attrelid = t.tgrelid and a.attnum = any (t.tgattr))))
        order by t.tgparentid <> 0, 1
        limit 1;
        if found and not replacing then
            raise notice 'the trigger % on % is left alone: it is switched on, and no version of this file made it so: %. To compare: python -m lib plan. To replace it on purpose: set watchtower.replace_guards = ''yes''; then run this file again, in one session',
                guard.name, stranger.relation, stranger.definition;
            continue;
        end if;

        select array_agg(t.tgrelid) into always
        from pg_catalog.pg_trigger t
        where t.tgrelid = any (relations) and t.tgname = guard.name and t.tgenabled = 'A';

        -- A trigger of this name that stands on a partition alone would block the one on the table.
        for relation in
            select t.tgrelid
            from pg_catalog.pg_trigger t
            where t.tgrelid = any (relations) and t.tgname = guard.name and t.tgparentid = 0
        loop
            execute format('drop trigger %I on %s', guard.name, relation);
        end loop;

        execute format(
            'create trigger %I before insert or update of %s on %s for each row execute function %s',
            guard.name, array_to_string(guard.columns, ', '), guard.guarded, guard.calls
        );

        foreach relation in array coalesce(always, array[]::regclass[]) loop
            execute format('alter table only %s enable always trigger %I', relation, guard.name);
        end loop;
    end loop;
end
$triggers$;

-- Supabase's default privileges name anon and authenticated: taking the right from public is not enough.
-- A trigger fires without EXECUTE; the watchtower has it to try the functions on a temporary table. What the
-- RPCs alone call is closed to everybody.
do $grants$
declare
    routine text;
    role_name text;
begin
    foreach routine in array array[
        'public.trg_sessions_set_created_month()',
        'public.trg_events_set_session_month_from_session()',
        'public.watchtower_guard_fires(text, text, text, text[])'
    ] loop
        continue when not (select pg_has_role(p.proowner, 'usage') from pg_catalog.pg_proc p
                           where p.oid = to_regprocedure(routine));
        execute format('revoke all on function %s from public', routine);
        for role_name in
            select rolname
            from pg_catalog.pg_roles
            where rolname in ('anon', 'authenticated')
               or rolname = 'service_role' and routine not like 'public.trg_%'
        loop
            execute format('revoke all on function %s from %I', routine, role_name);
        end loop;
        for role_name in
            select rolname
            from pg_catalog.pg_roles
            where rolname in ('service_role', 'watchtower') and routine like 'public.trg_%'
        loop
            execute format('grant execute on function %s to %I', routine, role_name);
        end loop;
    end loop;
end
$grants$;

-- On purpose means once: a connection may be somebody else's next.
do $once$
begin
    perform set_config('watchtower.replace_guards', '', false), set_config('watchtower.unknown', '', false);
end
$once$;

commit;
