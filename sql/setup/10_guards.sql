-- The drift guards: two trigger functions that keep the partition keys right, and their triggers.
--
-- Does  : creates public.trg_sessions_set_created_month() and
--         public.trg_events_set_session_month_from_session(), and makes sure that their triggers are
--         present and enabled on the table and on every partition. Where that is so already, no lock is
--         taken on the tables. A trigger that was ENABLE ALWAYS stays so.
-- Needs : the owner of public.sessions and public.events (no superuser). Idempotent.
-- Run   : psql -v ON_ERROR_STOP=1 -f 10_guards.sql, or paste it whole into the SQL editor.

begin;

-- Two sessions that set up at once would drop what the other has just made: one after the other.
set local lock_timeout = '10s';
do $alone$
begin
    perform pg_catalog.pg_advisory_xact_lock(pg_catalog.hashtext('watchtower_setup'));
end
$alone$;

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

-- Older versions under the same names that "create or replace" could not replace.
do $older$
declare
    old regprocedure;
begin
    for old in
        select p.oid
        from pg_catalog.pg_proc p
        where p.pronamespace = 'public'::regnamespace
          and (p.proname = 'watchtower_guard_fires'
               or p.proname in ('trg_sessions_set_created_month', 'trg_events_set_session_month_from_session')
                  and (p.pronargs > 0 or p.prorettype <> 'trigger'::regtype))
    loop
        execute format('drop routine %s', old);
    end loop;
end
$older$;

-- Types are qualified too: a temporary table named "date" would otherwise stand in for the type. And since
-- whoever may execute these functions may hang them on a table of their own (the probe does), columns of
-- home-made types are refused: a domain or a cast of that table's owner would run their code with our rights.
-- The outer test costs next to nothing a row; only where a type is another is the catalog asked.
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

    new.created_month := pg_catalog.date_trunc('month', new.created_at at time zone 'UTC')::pg_catalog.date;
    return new;
end
$guard$;

-- The month that was given is nearly always right, then the event's own, then the one before (a visit over
-- midnight). Each probe names one month, in a variable, so that one partition is read; the id alone would
-- read them all. The generic plan spares planning 36 partitions for every row.
create or replace function public.trg_events_set_session_month_from_session()
returns trigger
language plpgsql
security definer
set search_path = ''
set plan_cache_mode = force_generic_plan
as $guard$
#variable_conflict use_variable  -- whatever columns sessions has or gets, "month" is ours
declare
    month pg_catalog.date;
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
    perform from public.sessions s where s.id = new.session_id and s.created_month = month;
    if found then
        return new;
    end if;

    month := pg_catalog.date_trunc('month', new.created_at at time zone 'UTC')::pg_catalog.date;
    for months_back in 0..1 loop
        perform from public.sessions s where s.id = new.session_id and s.created_month = month;
        if found then
            new.session_month := month;
            return new;
        end if;
        month := (month - interval '1 month')::pg_catalog.date;
    end loop;

    select s.created_month into month
    from public.sessions s
    where s.id = new.session_id
    order by s.created_month desc
    limit 1;
    if found then
        new.session_month := month;
    elsif new.session_month is null then
        raise exception 'session % does not exist and session_month is NULL: the month is unknown', new.session_id
            using errcode = 'foreign_key_violation';
    end if;
    -- No such session yet, but a month was given: the foreign key is deferred and judges at commit.
    return new;
end
$guard$;

-- Is the guard present and firing on the table and on every partition? The one place that knows what
-- "firing" means: 23 is row (1) + before (2) + insert (4) + update (16); no list of columns means all.
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
              left join pg_catalog.pg_attribute a on a.attrelid = r.relid and a.attname = wanted.attname
              where a.attnum is null or a.attnum <> all (t.tgattr)
          ))
    ))
    from relations r
$rpc$;

do $triggers$
declare
    guard record;
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

        with recursive tree (relid) as (
            select to_regclass(guard.guarded)::oid
            union all
            select i.inhrelid from tree join pg_catalog.pg_inherits i on i.inhparent = tree.relid
        )
        select array_agg(tree.relid) into relations from tree;

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

commit;
