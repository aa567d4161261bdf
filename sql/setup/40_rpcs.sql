-- The two questions that operators and CI ask the database itself.
--
-- Does  : creates public.verify_partition_triggers_exist() and public.watchtower_partition_drift_check_v1().
--         Both tell what is, not what was once set up: each guard must be enabled and right on the table and
--         on every partition; the months must be covered by the real bounds of both tables.
-- Needs : 10_guards.sql, 20_history.sql and 30_partitions.sql, same owner. Idempotent; replaces older
--         versions whatever they return, and keeps their texts: in a notice, and in watchtower_checks as
--         partition_watchtower_definition. verify_current_events_partition_exists() stays where it is there.
-- Run   : psql -v ON_ERROR_STOP=1 -f 40_rpcs.sql, or paste it whole into the SQL editor.

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

do $earlier$
declare
    needed record;
begin
    for needed in
        select *
        from (values
            ('public.watchtower_guard_fires(text, text, text, text[])', '10_guards.sql'),
            ('public.watchtower_month_is_covered(text, date)', '30_partitions.sql')
        ) as v (routine, made_by)
        where to_regprocedure(v.routine) is null
    loop
        raise exception '% does not exist: run % first', needed.routine, needed.made_by
            using errcode = 'undefined_function';
    end loop;
end
$earlier$;

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

-- What other roles were granted outlives the drop below: it is granted again at the end.
do $older$
declare
    old regprocedure;
begin
    perform set_config('watchtower.granted', coalesce((
        select jsonb_agg(distinct jsonb_build_array(p.proname, r.rolname, a.is_grantable))::text
        from pg_catalog.pg_proc p
        cross join lateral aclexplode(p.proacl) a
        join pg_catalog.pg_roles r on r.oid = a.grantee and r.oid <> p.proowner
        where p.pronamespace = 'public'::regnamespace
          and p.proname in ('verify_partition_triggers_exist', 'watchtower_partition_drift_check_v1')
          and r.rolname not in ('anon', 'authenticated')
    ), '[]'), true);
    perform set_config('watchtower.older', coalesce((
        select jsonb_agg(jsonb_build_object('name', p.oid::regprocedure, 'text', pg_get_functiondef(p.oid)))::text
        from pg_catalog.pg_proc p
        where p.pronamespace = 'public'::regnamespace and p.prokind <> 'a'
          and p.proname in ('watchtower_guards', 'watchtower_drift_answer',
                            'verify_partition_triggers_exist', 'watchtower_partition_drift_check_v1')
    ), '[]'), true);

    for old in
        select p.oid
        from pg_catalog.pg_proc p
        where p.pronamespace = 'public'::regnamespace
          and p.proname in ('watchtower_guards', 'watchtower_drift_answer',
                            'verify_partition_triggers_exist', 'watchtower_partition_drift_check_v1')
    loop
        execute format('drop routine %s', old);
    end loop;
end
$older$;

-- Both guards: does each fire on its table and every partition?
create function public.watchtower_guards()
returns table (sessions_guard_fires boolean, events_guard_fires boolean)
language sql
stable
set search_path = ''
as $rpc$
    select
        public.watchtower_guard_fires(
            'public.sessions', 'sessions_set_created_month',
            'public.trg_sessions_set_created_month()',
            array['created_at', 'created_month']),
        public.watchtower_guard_fires(
            'public.events', 'events_set_session_month_from_session',
            'public.trg_events_set_session_month_from_session()',
            array['session_id', 'session_month', 'site_id'])
$rpc$;

create function public.verify_partition_triggers_exist()
returns boolean
language sql
stable
security definer
set search_path = ''
as $rpc$
    select sessions_guard_fires and events_guard_fires from public.watchtower_guards()
$rpc$;

-- The drift check's answer at a moment, without writing it down. In the last 72 hours of a month (UTC) the
-- next month counts as well. The moment is an argument so that the turn of a month can be tried.
create function public.watchtower_drift_answer(moment timestamptz)
returns jsonb
language sql
stable
set search_path = ''
as $rpc$
    with needed (month) as (
        select pg_catalog.date_trunc('month', instant at time zone 'UTC')::pg_catalog.date
        from (values (moment), (moment + interval '72 hours')) as v (instant)
    ), seen as (
        select g.sessions_guard_fires, g.events_guard_fires,
               (select pg_catalog.bool_and(public.watchtower_month_is_covered('public.sessions', month))
                from needed) as sessions_covered,
               (select pg_catalog.bool_and(public.watchtower_month_is_covered('public.events', month))
                from needed) as events_covered
        from public.watchtower_guards() g
    )
    select pg_catalog.jsonb_build_object(
        'ok', sessions_guard_fires and events_guard_fires and sessions_covered and events_covered,
        'triggers_ok', sessions_guard_fires and events_guard_fires,
        'events_partition_ok', events_covered,
        'sessions_partition_ok', sessions_covered,
        'trigger_sessions_set_created_month', sessions_guard_fires,
        'trigger_events_set_session_month_from_session', events_guard_fires,
        'checked_at', pg_catalog.to_char(moment at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"'))
    from seen
$rpc$;

create function public.watchtower_partition_drift_check_v1()
returns jsonb
language plpgsql
security definer
set search_path = ''
as $rpc$
declare
    answer pg_catalog.jsonb := public.watchtower_drift_answer(pg_catalog.now());
begin
    insert into public.watchtower_checks (check_name, ok, details)
    values ('partition_drift_v1', (answer ->> 'ok')::pg_catalog.bool, answer);
    return answer;
end
$rpc$;

-- Supabase's default privileges name anon and authenticated: taking the right from public is not enough.
do $grants$
declare
    routine regprocedure;
    role_name text;
begin
    for routine in
        select p.oid
        from pg_catalog.pg_proc p
        where p.pronamespace = 'public'::regnamespace
          and p.proname in ('watchtower_guards', 'watchtower_drift_answer',
                            'verify_partition_triggers_exist', 'watchtower_partition_drift_check_v1')
    loop
        execute format('revoke all on function %s from public', routine);
        for role_name in
            select rolname from pg_catalog.pg_roles where rolname in ('anon', 'authenticated', 'service_role')
        loop
            execute format('revoke all on function %s from %I', routine, role_name);
        end loop;
    end loop;
    for role_name in
        select rolname from pg_catalog.pg_roles where rolname in ('service_role', 'watchtower')
    loop
        execute format('grant execute on function public.verify_partition_triggers_exist() to %I', role_name);
        execute format('grant execute on function public.watchtower_partition_drift_check_v1() to %I', role_name);
        -- An older database's own, which stays: its answer is compared with the catalogs.
        if (select pg_has_role(proowner, 'usage') from pg_catalog.pg_proc
            where oid = to_regprocedure('public.verify_current_events_partition_exists()')) then
            execute format('grant execute on function public.verify_current_events_partition_exists() to %I', role_name);
        end if;
    end loop;
end
$grants$;

do $again$
declare
    granted record;
begin
    for granted in
        select p.oid::regprocedure as routine, kept ->> 1 as role_name, (kept ->> 2)::boolean as grantable
        from jsonb_array_elements(current_setting('watchtower.granted')::jsonb) as kept
        join pg_catalog.pg_proc p
          on p.pronamespace = 'public'::regnamespace and p.proname = kept ->> 0
        order by kept ->> 1 not in ('service_role', 'watchtower'), kept
    loop
        execute format('grant execute on function %s to %I', granted.routine, granted.role_name)
                || case when granted.grantable then ' with grant option' else '' end;
    end loop;
end
$again$;

-- What was replaced can be put back: its text is told, and kept in the history.
do $kept$
declare
    older record;
begin
    for older in
        select value ->> 'name' as name, value ->> 'text' as text
        from jsonb_array_elements(current_setting('watchtower.older')::jsonb)
        where value ->> 'text' is distinct from pg_get_functiondef(to_regprocedure(value ->> 'name'))
    loop
        raise notice '% was replaced. Its text was: %', older.name, older.text;
        -- In none that came after this file looked who may have made it.
        continue when to_regclass('public.watchtower_checks')::oid::text
                      is distinct from current_setting('watchtower.history')
                   or to_regclass('public.watchtower_checks') is null;
        begin
            insert into public.watchtower_checks (check_name, ok, details)
            values ('partition_watchtower_definition', true, jsonb_build_object(
                'name', older.name, 'text', older.text, 'by', current_user, 'file', '40_rpcs.sql',
                'digest', encode(sha256(convert_to(older.text, 'UTF8')), 'hex')));
        exception when others then
            raise notice 'its text was not kept in the history: %', sqlerrm;
        end;
    end loop;
end
$kept$;

commit;
