-- The least-privilege role that the watchtower connects as.
--
-- Does  : creates the login role watchtower (10 connections, read-only and with short timeouts by default) and
--         gives it what the checks read and no more: single columns (of public.calls too, where that
--         table is there and names sessions by id and month), policies for this role alone, EXECUTE on
--         the RPCs and the guard functions, TEMP for the probe, INSERT and SELECT on the history, and version and
--         name of the migrations, where the Supabase command line keeps some.
-- Needs : 10 to 40 of this folder, the owner of the tables, and CREATEROLE (not superuser) where the role does
--         not exist yet. Where the role cannot be made or set up, or has rights that it must not have, a warning
--         says what an administrator must run.
-- Run   : psql -v ON_ERROR_STOP=1 -f 50_role.sql, or paste it whole into the SQL editor. Idempotent.
-- Then  : give it a password, which this file never holds: \password watchtower
--         (in a SQL editor: alter role watchtower password '…';)

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

set local lock_timeout = '800ms';

do $role$
begin
    if to_regrole('watchtower') is null then
        create role watchtower login;
    end if;
exception
    when duplicate_object then
        null;  -- made by somebody else just now
    when insufficient_privilege then
        raise warning 'the role watchtower does not exist and % may not create it: have an administrator run "create role watchtower login" and then run this file again', current_user;
end
$role$;

-- Only what differs is altered: the role may be somebody else's, and right already.
do $settings$
declare
    wanted record;
begin
    for wanted in
        select command
        from (values
            ('login connection limit 10',
             (select rolcanlogin and rolconnlimit = 10 from pg_catalog.pg_roles where rolname = 'watchtower')),
            ('set default_transaction_read_only = ''on''', null),
            ('set statement_timeout = ''10s''', null),
            ('set lock_timeout = ''1s''', null),
            ('set idle_in_transaction_session_timeout = ''60s''', null)
        ) as v (command, holds)
        where to_regrole('watchtower') is not null
          and not coalesce(holds, exists (
              select
              from pg_catalog.pg_db_role_setting s
              where s.setrole = to_regrole('watchtower')
                and s.setdatabase = 0
                and replace(replace(substr(command, 5), ' ', ''), '''', '') = any (s.setconfig)
          ))
    loop
        begin
            execute 'alter role watchtower ' || wanted.command;
        exception when insufficient_privilege then
            raise warning '% may not alter the role watchtower: have an administrator run "alter role watchtower %"', current_user, wanted.command;
        end;
    end loop;
end
$settings$;

-- Only its want of rights makes looking safe, and somebody may have made the role before with more of them.
-- Taking those away is left to an administrator: they may be there for a reason, and often we may not.
do $excess$
declare
    excess record;
begin
    for excess in
        select 'is ' || upper(string_agg(v.attribute, ', ')) as words,
               'alter role watchtower ' || string_agg('no' || v.attribute, ' ') as command
        from pg_catalog.pg_roles r
        cross join lateral (values
            ('superuser', r.rolsuper), ('bypassrls', r.rolbypassrls), ('createrole', r.rolcreaterole),
            ('createdb', r.rolcreatedb), ('replication', r.rolreplication)
        ) as v (attribute, held)
        where r.rolname = 'watchtower' and v.held
        having count(*) > 0
        union all
        select 'is a member of ' || string_agg(distinct m.roleid::regrole::text, ', '),
               'revoke ' || string_agg(distinct m.roleid::regrole::text, ', ') || ' from watchtower'
        from pg_catalog.pg_auth_members m
        where m.member = to_regrole('watchtower')
        having count(*) > 0
    loop
        raise warning 'the role watchtower % and needs none of it: have an administrator run "%"', excess.words, excess.command;
    end loop;
end
$excess$;

do $grants$
declare
    needed record;
    routine text;
    of_calls text;
begin
    if to_regrole('watchtower') is null then
        return;  -- said above
    end if;

    begin
        execute format('grant connect, temporary on database %I to watchtower', current_database());
        grant usage on schema public to watchtower;
    exception when insufficient_privilege then
        raise warning '% may not grant on the database: have an administrator run "grant connect, temporary on database % to watchtower; grant usage on schema public to watchtower"', current_user, quote_ident(current_database());
    end;

    -- Rows are read through the parent, so that its grants and policy serve tomorrow's partitions as well.
    for needed in
        select *
        from (values
            ('public.sessions', 'select (id, created_month, created_at, tableoid)'),
            ('public.events', 'select (id, session_id, session_month, created_at, tableoid)'),
            ('public.watchtower_checks', 'select, insert')
        ) as v (relation, rights)
    loop
        if to_regclass(needed.relation) is null then
            raise exception '% does not exist: run the earlier files of sql/setup first', needed.relation
                using errcode = 'undefined_table';
        end if;
        execute format('revoke all on %s from watchtower', needed.relation);
        execute format('grant %s on %s to watchtower', needed.rights, needed.relation);
    end loop;
    -- A guard of events may compare it with its session's; older databases lack it.
    if exists (select from pg_catalog.pg_attribute
               where attrelid = 'public.sessions'::regclass and attname = 'site_id' and not attisdropped) then
        grant select (site_id) on public.sessions to watchtower;
    end if;

    foreach routine in array array[
        'public.verify_partition_triggers_exist()',
        'public.watchtower_partition_drift_check_v1()',
        'public.create_next_month_partitions()',
        'public.trg_sessions_set_created_month()',
        'public.trg_events_set_session_month_from_session()'
    ] loop
        if to_regprocedure(routine) is null then
            raise exception '% does not exist: run the earlier files of sql/setup first', routine
                using errcode = 'undefined_function';
        end if;
        begin
            execute format('grant execute on function %s to watchtower', routine);
        exception when insufficient_privilege then
            raise notice '% belongs to somebody else: have them run "grant execute on function % to watchtower"',
                routine, routine;
        end;
    end loop;

    -- An older database's own, which stays. 40_rpcs.sql grants it only where the role was there before.
    if to_regprocedure('public.verify_current_events_partition_exists()') is not null then
        begin
            grant execute on function public.verify_current_events_partition_exists() to watchtower;
        exception when insufficient_privilege then
            raise notice 'public.verify_current_events_partition_exists() belongs to somebody else: have them run "grant execute on function public.verify_current_events_partition_exists() to watchtower"';
        end;
    end if;

    -- Guarded as well, where the table is there and names sessions by id and month.
    select string_agg(quote_ident(a.attname), ', ' order by a.attnum)
    into of_calls
    from pg_catalog.pg_class c
    join pg_catalog.pg_attribute a on a.attrelid = c.oid and not a.attisdropped
    where c.oid = to_regclass('public.calls') and c.relkind in ('r', 'p', 'f')
      and a.attname in ('id', 'matched_session_id', 'session_created_month', 'matched_at')
    having bool_or(a.attname = 'matched_session_id') and bool_or(a.attname = 'session_created_month');
    if of_calls is not null then
        begin
            revoke all on public.calls from watchtower;
            execute format('grant select (%s, tableoid) on public.calls to watchtower', of_calls);
        exception when insufficient_privilege then
            raise warning '% may not grant on public.calls, whose rows are not judged then: have its owner run "grant select (%, tableoid) on public.calls to watchtower"', current_user, of_calls;
        end;
    end if;

    -- There only where pg_cron is.
    if to_regprocedure('public.watchtower_maintenance_job()') is not null then
        grant execute on function public.watchtower_maintenance_job() to watchtower;
    end if;
    if to_regprocedure('public.watchtower_job_commands()') is not null then
        grant execute on function public.watchtower_job_commands() to watchtower;
    end if;

    -- There only where the Supabase command line keeps migrations: which were applied, never what they say.
    if exists (select
               from pg_catalog.pg_class c
               join pg_catalog.pg_namespace n on n.oid = c.relnamespace
               where n.nspname = 'supabase_migrations' and c.relname = 'schema_migrations') then
        begin
            grant usage on schema supabase_migrations to watchtower;
            grant select (version, name) on supabase_migrations.schema_migrations to watchtower;
        exception when insufficient_privilege or undefined_column then
            raise notice '% may not grant on supabase_migrations.schema_migrations: incidents are then shown without the migrations before them', current_user;
        end;
    end if;
end
$grants$;

-- A policy that is right already is left alone: replacing it locks the table.
do $policies$
declare
    wanted record;
begin
    for wanted in
        select v.*
        from (values
            ('public.sessions', 'watchtower_reads', 'r', 'for select to watchtower using (true)'),
            ('public.events', 'watchtower_reads', 'r', 'for select to watchtower using (true)'),
            ('public.calls', 'watchtower_reads', 'r', 'for select to watchtower using (true)'),
            ('public.watchtower_checks', 'watchtower_reads', 'r', 'for select to watchtower using (true)'),
            ('public.watchtower_checks', 'watchtower_writes', 'a', 'for insert to watchtower with check (true)')
        ) as v (relation, name, command, body)
        where to_regrole('watchtower') is not null
          and (v.relation <> 'public.calls' or exists (
              select
              from pg_catalog.pg_class c
              where c.oid = to_regclass(v.relation) and c.relkind in ('r', 'p')
                and pg_catalog.pg_has_role(c.relowner, 'usage')
                and pg_catalog.has_any_column_privilege('watchtower', c.oid, 'select')
          ))
          and not exists (
              select
              from pg_catalog.pg_policy p
              where p.polrelid = to_regclass(v.relation)
                and p.polname = v.name
                and p.polcmd::text = v.command
                and p.polpermissive
                and p.polroles = array[to_regrole('watchtower')::oid]
                and pg_get_expr(coalesce(p.polqual, p.polwithcheck), p.polrelid) = 'true'
          )
    loop
        execute format('drop policy if exists %I on %s', wanted.name, wanted.relation);
        execute format('create policy %I on %s %s', wanted.name, wanted.relation, wanted.body);
    end loop;
end
$policies$;

commit;
