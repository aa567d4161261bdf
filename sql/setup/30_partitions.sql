-- The partition maintenance routine: the current month and three ahead, for both tables, in UTC.
--
-- Does  : creates public.create_next_month_partitions(), which answers in jsonb what it made, what was there
--         and what stood in the way; with pg_cron schedules it as job maintain-partitions, 03:00 on the 25th.
-- Needs : the owner of public.sessions and public.events (no superuser). Idempotent; replaces older versions
--         whatever they return, and keeps their texts: in a notice, and, after 20_history.sql, in
--         watchtower_checks as partition_watchtower_definition. It makes no partition by itself: select public.create_next_month_partitions();
-- Run   : psql -v ON_ERROR_STOP=1 -f 30_partitions.sql, or paste it whole into the SQL editor.

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
          and p.proname in ('create_next_month_partitions', 'watchtower_maintenance_job', 'watchtower_job_commands')
          and r.rolname not in ('anon', 'authenticated')
    ), '[]'), true);
    perform set_config('watchtower.older', coalesce((
        select jsonb_agg(jsonb_build_object('name', p.oid::regprocedure, 'text', pg_get_functiondef(p.oid)))::text
        from pg_catalog.pg_proc p
        where p.pronamespace = 'public'::regnamespace and p.prokind <> 'a'
          and p.proname in ('watchtower_month_is_covered', 'watchtower_make_partition',
                            'watchtower_make_partitions', 'create_next_month_partitions',
                            'watchtower_maintenance_job', 'watchtower_job_commands')
    ), '[]'), true);

    for old in
        select p.oid
        from pg_catalog.pg_proc p
        where p.pronamespace = 'public'::regnamespace
          and p.proname in ('watchtower_month_is_covered', 'watchtower_make_partition',
                            'watchtower_make_partitions', 'create_next_month_partitions',
                            'watchtower_maintenance_job', 'watchtower_job_commands')
    loop
        execute format('drop routine %s', old);
    end loop;
end
$older$;

-- Has every row of the month a real partition? By the bounds, never by the name, and never DEFAULT of the table
-- itself; a quarter covers three months. Where a partition is divided further, each relation that the month's
-- rows may come to must have a place for them: all shares of a hash, or the month again, or else a DEFAULT.
-- pg_get_expr(…, 0) does not wait behind locks; ISO because it prints in DateStyle. The operator class tells the
-- type of the key, also where that is a domain.
create function public.watchtower_month_is_covered(parent text, month date)
returns boolean
language sql
stable
set search_path = ''
set datestyle = 'ISO, YMD'
as $routine$
    with recursive reached (relid, above, relkind, modulus, depth, month_key) as (
        select c.oid, 0::pg_catalog.oid, c.relkind, null::pg_catalog.int8, 0, a.attname
        from pg_catalog.pg_class c
        join pg_catalog.pg_partitioned_table p on p.partrelid = c.oid and p.partstrat = 'r' and p.partnatts = 1
        join pg_catalog.pg_attribute a on a.attrelid = c.oid and a.attnum = p.partattrs[0]
        join pg_catalog.pg_opclass o
          on o.oid = p.partclass[0]
         and o.opcintype in ('pg_catalog.date'::pg_catalog.regtype, 'pg_catalog.timestamp'::pg_catalog.regtype,
                             'pg_catalog.timestamptz'::pg_catalog.regtype)
        where c.oid = pg_catalog.to_regclass(parent)
        union all
        select part.relid, reached.relid, part.relkind, part.modulus, reached.depth + 1, reached.month_key
        from reached
        join pg_catalog.pg_partitioned_table p on p.partrelid = reached.relid
        left join pg_catalog.pg_attribute a on a.attrelid = p.partrelid and a.attnum = p.partattrs[0]
        cross join lateral (
            select p.partstrat <> 'h' and p.partnatts = 1 and a.attname is not distinct from reached.month_key
        ) as divided (by_month)
        cross join lateral (
            select c.oid as relid, c.relkind, b.bound = 'DEFAULT' as is_default, t.takes,
                   pg_catalog.substring(b.bound, 'modulus (\d+)')::pg_catalog.int8 as modulus,
                   pg_catalog.bool_or(t.takes) over () as named
            from pg_catalog.pg_inherits i
            join pg_catalog.pg_class c on c.oid = i.inhrelid and c.relispartition
            cross join lateral pg_catalog.pg_get_expr(c.relpartbound, 0) as b (bound)
            cross join lateral (
                select pg_catalog.regexp_match(
                    b.bound, 'FROM \((MINVALUE|''[^'']+'')\) TO \((MAXVALUE|''[^'']+'')\)'
                )
            ) as limits (pair)
            cross join lateral (
                select case
                    when not divided.by_month then true
                    when p.partstrat = 'l' then b.bound ~ ('''' || month::pg_catalog.text)
                    else coalesce(
                        pg_catalog.replace(pg_catalog.btrim(limits.pair[1], ''''), 'MINVALUE', '-infinity')
                            ::pg_catalog.date <= month
                        and pg_catalog.replace(pg_catalog.btrim(limits.pair[2], ''''), 'MAXVALUE', 'infinity')
                            ::pg_catalog.date > month, false)
                end
            ) as t (takes)
            where i.inhparent = reached.relid and not i.inhdetachpending
        ) as part
        where part.takes
           or part.is_default and reached.depth > 0 and not part.named
    )
    select coalesce(pg_catalog.bool_and(
        reached.relkind <> 'p'
        or parts.number > 0 and case
            -- Each modulus divides the greatest, so that the shares are whole numbers of it.
            when p.partstrat = 'h' then parts.shares = parts.greatest
            when p.partnatts = 1 and a.attname is not distinct from reached.month_key then true
            else p.partdefid <> 0
        end
    ), false)
    from reached
    left join pg_catalog.pg_partitioned_table p on p.partrelid = reached.relid
    left join pg_catalog.pg_attribute a on a.attrelid = p.partrelid and a.attnum = p.partattrs[0]
    cross join lateral (
        select pg_catalog.count(*) as number, pg_catalog.max(below.modulus) as greatest,
               pg_catalog.sum(most.modulus / below.modulus) as shares
        from reached below
        cross join (select pg_catalog.max(s.modulus) from reached s where s.above = reached.relid) as most (modulus)
        where below.above = reached.relid
    ) as parts
$routine$;

-- Makes the partition for one month of one table: {"present": true}, {"made": name} (with a "note" where it is
-- not all like its table) or {"problem": sentence}.
-- Attaching, not "partition of": that would lock the whole table instead of its DEFAULT partition, and the
-- new table must be closed (row level security, no grants) before anybody can reach it.
-- Types are qualified wherever they stand in these routines: a temporary table of the caller's that is named
-- "record" would otherwise stand in for the type, and its domains run the caller's code as the owner.
create function public.watchtower_make_partition(parent text, month date)
returns jsonb
language plpgsql
set search_path = ''
set lock_timeout = '500ms'
as $routine$
declare
    parted pg_catalog.record;
    partition pg_catalog.text;
    next_month pg_catalog.date := (month + interval '1 month')::pg_catalog.date;
    closed_to pg_catalog.text;
    in_default pg_catalog.int8 := 0;
    identity pg_catalog.text;
begin
    select c.oid, c.relname, c.relkind, c.relrowsecurity, c.relforcerowsecurity, c.relreplident,
           a.attname as key, nullif(p.partdefid, 0)::pg_catalog.regclass as default_partition
      into parted
      from pg_catalog.pg_class c
      left join pg_catalog.pg_partitioned_table p on p.partrelid = c.oid
      left join pg_catalog.pg_attribute a on a.attrelid = c.oid and a.attnum = p.partattrs[0]
     where c.oid = pg_catalog.to_regclass(parent);
    if not found then
        return pg_catalog.jsonb_build_object('problem', pg_catalog.format('%s does not exist', parent));
    elsif parted.relkind <> 'p' then
        return pg_catalog.jsonb_build_object('problem', pg_catalog.format('%s is not partitioned', parent));
    elsif public.watchtower_month_is_covered(parent, month) then
        return '{"present": true}';
    end if;

    partition := pg_catalog.format('public.%I', parted.relname || pg_catalog.to_char(month, '_YYYY_MM'));
    if pg_catalog.to_regclass(partition) is not null then
        return pg_catalog.jsonb_build_object('problem', pg_catalog.format(
            case
                when exists (select from pg_catalog.pg_inherits i
                             join pg_catalog.pg_partitioned_table p on p.partrelid = i.inhrelid
                             where i.inhrelid = pg_catalog.to_regclass(partition) and i.inhparent = parted.oid)
                    then '%s is divided further and has no place for some rows: attach the partition that it lacks'
                -- Asked afresh: in a REPEATABLE READ transaction the queries above see an older state.
                when pg_catalog.pg_partition_root(pg_catalog.to_regclass(partition)) = parted.oid
                     and not exists (select from pg_catalog.pg_inherits i
                                     where i.inhrelid = pg_catalog.to_regclass(partition))
                    then '%s was attached by another session after this transaction began: call again in a new one'
                when pg_catalog.pg_partition_root(pg_catalog.to_regclass(partition)) = parted.oid
                    then '%s exists already but is not the partition of this month: its bounds belie its name, rename it'
                else '%s exists already but is not the partition of this month: attach or rename it'
            end, partition));
    end if;

    -- Rows of the month in DEFAULT make attaching fail: say so, with their number, before trying.
    if parted.default_partition is not null then
        execute pg_catalog.format('select pg_catalog.count(*) from only %s where %I >= $1 and %I < $2',
                                  parted.default_partition, parted.key, parted.key)
           into in_default using month, next_month;
        if in_default > 0 then
            return pg_catalog.jsonb_build_object('default_rows', in_default, 'problem', pg_catalog.format(
                '%s holds %s rows of this month: move them out, then call again',
                parted.default_partition, in_default));
        end if;
    end if;

    execute pg_catalog.format(
        'create table %s (like %s including defaults including constraints including generated '
        'including storage including compression)', partition, parent);
    if parted.relrowsecurity then
        execute pg_catalog.format('alter table %s enable row level security', partition);
    end if;
    if parted.relforcerowsecurity then
        execute pg_catalog.format('alter table %s force row level security', partition);
    end if;
    select pg_catalog.string_agg(pg_catalog.quote_ident(rolname), ', ') into closed_to
      from pg_catalog.pg_roles
     where rolname in ('anon', 'authenticated');
    execute pg_catalog.format('revoke all on table %s from %s', partition,
                              pg_catalog.concat_ws(', ', 'public', closed_to));
    execute pg_catalog.format('alter table %s attach partition %s for values from (%L) to (%L)',
                              parent, partition, month, next_month);

    -- A partition inherits no replica identity: in a publication its updates would carry less, or be refused.
    select pg_catalog.format('using index %I', c.relname) into identity
      from pg_catalog.pg_index x
      join pg_catalog.pg_inherits i on i.inhparent = x.indexrelid
      join pg_catalog.pg_index own
        on own.indexrelid = i.inhrelid and own.indrelid = pg_catalog.to_regclass(partition)
      join pg_catalog.pg_class c on c.oid = own.indexrelid
     where x.indrelid = parted.oid and x.indisreplident;
    identity := case parted.relreplident when 'f' then 'full' when 'n' then 'nothing' when 'i' then identity
                else 'default' end;
    if identity is null then
        return pg_catalog.jsonb_build_object('made', partition, 'note', pg_catalog.format(
            'the index of the replica identity of %s is gone: %s has the default', parent, partition));
    end if;
    execute pg_catalog.format('alter table %s replica identity %s', partition, identity);
    return pg_catalog.jsonb_build_object('made', partition);
exception
    when lock_not_available then
        return pg_catalog.jsonb_build_object('problem', pg_catalog.format(
            'lock timeout: %s or a partition of it is in use, call again', parent));
    when others then
        return pg_catalog.jsonb_build_object('problem', pg_catalog.format('%s (%s)', sqlerrm, sqlstate));
end
$routine$;

-- The month of the moment (UTC) and three ahead, for both tables. The moment is an argument so that the turn
-- of a month can be tried. The advisory lock lets a second caller wait and then find everything present.
create function public.watchtower_make_partitions(moment timestamptz)
returns jsonb
language plpgsql
set search_path = ''
set lock_timeout = '5s'
as $routine$
declare
    month pg_catalog.date;
    parent pg_catalog.text;
    outcome pg_catalog.jsonb;
    made pg_catalog.jsonb := '[]';
    problems pg_catalog.jsonb := '[]';
    present pg_catalog.int4 := 0;
begin
    begin
        perform pg_catalog.pg_advisory_xact_lock(pg_catalog.hashtext('create_next_month_partitions'));
    exception when lock_not_available then
        problems := '[{"table": null, "month": null, "problem":
            "lock timeout: another session is making partitions, call again"}]';
    end;

    if problems = '[]' then
        for parent, month in
            select t, (pg_catalog.date_trunc('month', moment at time zone 'UTC')
                       + ahead * interval '1 month')::pg_catalog.date
            from pg_catalog.unnest(array['public.sessions', 'public.events']) with ordinality as tables (t, place)
            cross join pg_catalog.generate_series(0, 3) as ahead
            order by place, ahead
        loop
            outcome := public.watchtower_make_partition(parent, month);
            if outcome ? 'made' then
                made := made || (outcome -> 'made');
            elsif outcome ? 'present' then
                present := present + 1;
            else
                problems := problems || (pg_catalog.jsonb_build_object('table', parent, 'month', month) || outcome);
            end if;
        end loop;
    end if;

    return pg_catalog.jsonb_build_object(
        'ok', problems = '[]', 'made', made, 'present', present, 'problems', problems,
        'checked_at', pg_catalog.to_char(moment at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"'));
end
$routine$;

create function public.create_next_month_partitions()
returns jsonb
language sql
security definer
set search_path = ''
as $rpc$
    select public.watchtower_make_partitions(pg_catalog.now())
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
          and p.proname in ('watchtower_month_is_covered', 'watchtower_make_partition',
                            'watchtower_make_partitions', 'create_next_month_partitions')
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
        execute format('grant execute on function public.create_next_month_partitions() to %I', role_name);
    end loop;
end
$grants$;

-- A job of the same name is replaced, so running this again leaves one.
do $cron$
begin
    if to_regnamespace('cron') is null
       or to_regprocedure('cron.schedule(text, text, text)') is null then
        raise notice 'pg_cron is not installed here: have create_next_month_partitions() called each month by other means';
        return;
    end if;
    -- cron.job shows a role only its own jobs: this shows the watchtower those that make partitions, or are named
    -- so, and no more of them. A run that could not start has no times: the newest is the one of the greatest
    -- runid. At most 100,000 of these are read, whosever they are, for a shared pg_cron notes a run a second.
    create or replace function public.watchtower_maintenance_job()
    returns table (name text, schedule text, active boolean, last_status text, last_end timestamptz,
                   calls_routine boolean, last_message text, under_way text, never_any boolean)
    language sql
    stable
    security definer
    set search_path = ''
    as $rpc$
        with newest as (
            select k.known, case when k.known then pg_catalog.pg_sequence_last_value('cron.runid_seq') end as runid
            from (select pg_catalog.has_sequence_privilege('cron.runid_seq', 'select') as known) k
        )
        select j.jobname::pg_catalog.text, j.schedule::pg_catalog.text, j.active, r.status, r.end_time, c.calls,
               case when c.calls and r.status = 'failed' then r.message end, u.status,
               (select case when n.known then n.runid is null end from newest n)
        from cron.job j
        -- The command itself stays hidden: it may hold a secret. What stands in its comments is not called.
        cross join lateral (
            select pg_catalog.regexp_replace(
                       pg_catalog.regexp_replace(j.command, '/[*].*?[*]/', ' ', 'g'), '--.*$', ' ', 'gn')
                       ~ '[[:<:]]create_next_month_partitions"?[[:space:]]*[(]'
                   and j.database = pg_catalog.current_database() as calls
        ) c
        left join lateral (
            select d.status, d.end_time,
                   pg_catalog.left(pg_catalog.regexp_replace(
                       pg_catalog.split_part(pg_catalog.btrim(d.return_message, e' \n'), e'\n', 1),
                       '[[:cntrl:][:space:]]+', ' ', 'g'), 200) as message
            from (
                select i.jobid, i.runid, i.status::pg_catalog.text as status, i.end_time, i.return_message
                from cron.job_run_details i
                where i.runid > (select coalesce(n.runid, 0) - 100000 from newest n)
                order by i.runid desc
                limit 100000
            ) d
            where d.jobid = j.jobid and d.status in ('succeeded', 'failed')
            order by d.runid desc
            limit 1
        ) r on true
        left join lateral (
            select d.status
            from (
                select i.jobid, i.runid, i.status::pg_catalog.text as status
                from cron.job_run_details i
                where i.runid > (select coalesce(n.runid, 0) - 100000 from newest n)
                order by i.runid desc
                limit 100000
            ) d
            where d.jobid = j.jobid
            order by d.runid desc
            limit 1
        ) u on u.status not in ('succeeded', 'failed')
        where j.jobname = 'maintain-partitions' or c.calls
        order by j.active and c.calls desc, j.active desc, j.jobname = 'maintain-partitions' desc, j.jobid
    $rpc$;
    revoke all on function public.watchtower_maintenance_job() from public;
    if to_regrole('anon') is not null then
        revoke all on function public.watchtower_maintenance_job() from anon;
    end if;
    if to_regrole('authenticated') is not null then
        revoke all on function public.watchtower_maintenance_job() from authenticated;
    end if;
    if to_regrole('watchtower') is not null then
        grant execute on function public.watchtower_maintenance_job() to watchtower;
    end if;
    -- The commands of active jobs of this database that have to do with guards, or call a function that has; what
    -- looks like a secret is cut out of them.
    create or replace function public.watchtower_job_commands()
    returns table (name text, owner text, command text)
    language sql
    stable
    security definer
    set search_path = ''
    set standard_conforming_strings = on
    as $rpc$
        select coalesce(j.jobname::pg_catalog.text, 'number ' || j.jobid), j.username::pg_catalog.text, c.cut
        from cron.job j
        cross join lateral (
            select pg_catalog.regexp_replace(pg_catalog.regexp_replace(pg_catalog.regexp_replace(
                       pg_catalog.regexp_replace(
                           j.command,
                           '((?:passw(?:or)?d|pwd|passphrase|secret|token|api[_-]?key|authorization|credentials?)[''"]?'
                           '[[:space:]]*(?:=>|[:=,]|[[:<:]]to[[:>:]])?[[:space:]]*)'
                           '(?:''(?:[^'']|'''')*''|"[^"]*"|[^[:space:]''",;)]+)',
                           '\1''…''', 'gi'),
                       '://[^/@[:space:]]+@', '://…@', 'g'),
                   '((?:bearer|basic)[[:space:]]+)[^[:space:]''",;)]+', '\1…', 'gi'),
                   '[[:<:]](?=[A-Za-z0-9_.+/=-]*[0-9])[A-Za-z0-9_.+/=-]{32,}', '…', 'g') as cut
        ) c
        where j.active and j.database = pg_catalog.current_database()
          and (j.command ~* 'replication|trigger|set_config|partition|execute|session|events|calls|trg_'
               or exists (
                   select
                   from pg_catalog.pg_proc p
                   join pg_catalog.pg_namespace n on n.oid = p.pronamespace
                   where n.nspname not in ('pg_catalog', 'information_schema')
                     and pg_catalog.strpos(pg_catalog.lower(j.command), pg_catalog.lower(p.proname::pg_catalog.text)) > 0
                     and p.prosrc ~* 'replication|set_config|trigger|partition|execute'))
        order by j.jobid
    $rpc$;
    revoke all on function public.watchtower_job_commands() from public;
    if to_regrole('anon') is not null then
        revoke all on function public.watchtower_job_commands() from anon;
    end if;
    if to_regrole('authenticated') is not null then
        revoke all on function public.watchtower_job_commands() from authenticated;
    end if;
    if to_regrole('watchtower') is not null then
        grant execute on function public.watchtower_job_commands() to watchtower;
    end if;
    -- Scheduling again would leave one that is switched off, or of another database, as it is.
    perform cron.unschedule(j.jobid)
    from cron.job j
    where j.jobname = 'maintain-partitions' and j.username = current_user
      and not (j.active and j.database = current_database());
    perform cron.schedule('maintain-partitions', '0 3 25 * *', 'select public.create_next_month_partitions()');
exception when others then
    raise notice 'the job maintain-partitions was not scheduled: % (%)', sqlerrm, sqlstate;
end
$cron$;

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
                'name', older.name, 'text', older.text, 'by', current_user, 'file', '30_partitions.sql',
                'digest', encode(sha256(convert_to(older.text, 'UTF8')), 'hex')));
        exception when others then
            raise notice 'its text was not kept in the history: %', sqlerrm;
        end;
    end loop;
end
$kept$;

commit;
