-- The history of verifications: public.watchtower_checks, to which rows are only ever added.
--
-- Does  : creates the table, its index and row level security; takes the rights that default privileges
--         hand out. The role watchtower gets its rights in 50_role.sql.
-- Needs : the right to create tables in public (the owner of the database has it). Idempotent.
-- Run   : psql -v ON_ERROR_STOP=1 -f 20_history.sql, or paste it whole into the SQL editor.

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

set local lock_timeout = '800ms';

-- Only what is missing is made: each of these statements locks a table that is there, needed or not.
do $made$
begin
    if to_regclass('public.watchtower_checks') is null then
        create table public.watchtower_checks (
            id         uuid        primary key default gen_random_uuid(),
            check_name text        not null,
            ok         boolean     not null,
            details    jsonb       not null default '{}',
            created_at timestamptz not null default now()
        );
    end if;
end
$made$;

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

do $table$
declare
    older record;
begin
    if (select relkind not in ('r', 'p') from pg_catalog.pg_class
        where oid = to_regclass('public.watchtower_checks')) then
        raise exception '% is not taken over: the history is a table of this database. Rename it or drop it; then run this file again',
            pg_catalog.pg_describe_object('pg_class'::regclass, to_regclass('public.watchtower_checks'), 0)
            using errcode = 'wrong_object_type';
    end if;

    -- An older table may lack what came later.
    if not exists (select from pg_catalog.pg_attribute
                   where attrelid = to_regclass('public.watchtower_checks') and attname = 'details') then
        alter table public.watchtower_checks add column details jsonb not null default '{}';
    end if;
    if not exists (select from pg_catalog.pg_attribute
                   where attrelid = to_regclass('public.watchtower_checks') and attname = 'created_at') then
        alter table public.watchtower_checks add column created_at timestamptz not null default now();
    end if;

    for older in
        select a.attname, wanted.value, a.atthasdef, a.attnotnull, a.attidentity,
               pg_catalog.format_type(a.atttypid, a.atttypmod) as type
        from pg_catalog.pg_attribute as a
        join (values ('id', 'gen_random_uuid()'), ('check_name', null), ('ok', null), ('details', '''{}'''),
                     ('created_at', 'now()')) as wanted (attname, value) using (attname)
        where a.attrelid = to_regclass('public.watchtower_checks')
    loop
        -- An identity column numbers its rows by itself, and a number takes no uuid: neither ends the setup.
        if older.value is not null and not older.atthasdef and older.attidentity = '' then
            begin
                execute format('alter table public.watchtower_checks alter column %I set default %s',
                               older.attname, older.value);
            exception when datatype_mismatch then
                raise notice 'public.watchtower_checks.% is of type % and has no default: give it one, or no row can be added',
                    older.attname, older.type;
            end;
        end if;
        if not older.attnotnull then
            begin
                execute format('alter table public.watchtower_checks alter column %I set not null', older.attname);
            exception when not_null_violation then
                raise notice 'rows of public.watchtower_checks have no %: delete or fill them, then run this file again',
                    older.attname;
            end;
        end if;
    end loop;

    if to_regclass('public.watchtower_checks_check_name_created_at_idx') is null then
        create index watchtower_checks_check_name_created_at_idx
            on public.watchtower_checks (check_name, created_at desc);
    end if;

    if not (select relrowsecurity from pg_catalog.pg_class
            where oid = to_regclass('public.watchtower_checks')) then
        alter table public.watchtower_checks enable row level security;
    end if;
end
$table$;

do $grants$
declare
    role_name text;
begin
    revoke all on public.watchtower_checks from public;
    for role_name in
        select rolname from pg_catalog.pg_roles where rolname in ('anon', 'authenticated', 'service_role')
    loop
        execute format('revoke all on public.watchtower_checks from %I', role_name);
    end loop;
    if to_regrole('service_role') is not null then
        grant select, insert on public.watchtower_checks to service_role;
    end if;
end
$grants$;

commit;
