-- One declared guard: its trigger function, and its trigger on the table and on every partition.
--
-- Does  : creates both, and switches the trigger on where it is off. One that was ENABLE ALWAYS stays so. Where it
--         fires on the table and on every partition already, no lock is taken on them. A guard that is none
--         of ours is left alone, and a notice says so: a function whose text is not the one that was made
--         here, or a trigger under that name that is switched on and does otherwise.
-- Needs : the owner of the table (no superuser). Idempotent.
-- Params: schema, table, function, trigger, columns text[] (which the trigger names), text (the function's statement)
-- By hand: python -m lib setup prints it, filled in: psql fills nothing in between dollars.
do $guard$
declare
    replacing constant boolean :=
        coalesce(nullif(current_setting('watchtower.replace_guards', true), ''), 'no')::boolean;
    mark constant text := 'Made by python -m lib setup of Partition Watchtower. Its digest: ';
    guarded constant regclass := to_regclass(format('%I.%I', :'schema', :'table'));
    routine constant text := format('%I.%I()', :'schema', :'function');
    guard constant name := :'trigger';
    columns text[] := :'columns';
    live record;
    stranger record;
    relations regclass[];
    always regclass[];
    relation regclass;
    role_name text;
begin
    if guarded is null then
        raise exception '%.% does not exist: create the table, then run this again', :'schema', :'table'
            using errcode = 'undefined_table';
    end if;

    -- The digest in the comment is of the text that was made here: another text is somebody's own.
    select p.oid, c.lines, p.proowner::regrole as owner,
           p.proowner in (current_user::regrole, t.relowner) or o.rolsuper as trusted,
           mark || encode(sha256(convert_to(p.prosrc, 'UTF8')), 'hex') = any (c.lines) as ours
    into live
    from pg_catalog.pg_proc p
    join pg_catalog.pg_roles o on o.oid = p.proowner
    join pg_catalog.pg_class t on t.oid = guarded
    cross join lateral string_to_array(obj_description(p.oid, 'pg_proc'), chr(10)) as c (lines)
    where p.oid = to_regprocedure(routine);
    if found and not replacing and not (coalesce(live.ours, false) and live.trusted) then
        raise notice '% is left alone: %. To replace it on purpose: set watchtower.replace_guards = ''yes''; then run this again, in one session',
            routine, case when live.trusted then 'its text was not made here'
                          else format('it belongs to %s, a stranger here', live.owner) end;
    else
        if live.oid is not null and not coalesce(live.ours, false) then
            raise notice '% is replaced on purpose. Its text was: %', routine, pg_get_functiondef(live.oid);
        end if;
        if live.oid is not null and not live.trusted then
            execute format('alter function %s owner to %I', routine, current_user);
        end if;
        execute :'text';
        execute format('comment on function %s is %L', routine, array_to_string(
            array(select line from unnest(live.lines) as line where not starts_with(line, mark))
            || (select mark || encode(sha256(convert_to(p.prosrc, 'UTF8')), 'hex')
                from pg_catalog.pg_proc p where p.oid = to_regprocedure(routine)), chr(10)));
    end if;

    -- 23 is row (1) + before (2) + insert (4) + update (16); no list of columns means all.
    with recursive tree (relid) as (
        select guarded::oid
        union all
        select i.inhrelid from tree
        join pg_catalog.pg_inherits i on i.inhparent = tree.relid and not i.inhdetachpending
    )
    select array_agg(tree.relid) into relations from tree;
    if exists (
        select from unnest(relations) as r (relid)
        where not exists (
            select from pg_catalog.pg_trigger t
            where t.tgrelid = r.relid and t.tgname = guard and t.tgenabled in ('O', 'A') and t.tgtype = 23
              and t.tgqual is null and t.tgfoid = to_regprocedure(routine)
              and (t.tgattr = '' or columns <@ array(
                  select a.attname::text from pg_catalog.pg_attribute a
                  where a.attrelid = t.tgrelid and a.attnum = any (t.tgattr))))
    ) then
        select t.tgrelid::regclass as relation, pg_get_triggerdef(t.oid) as definition into stranger
        from pg_catalog.pg_trigger t
        where t.tgrelid = any (relations) and t.tgname = guard and t.tgenabled in ('O', 'A')
          and not (t.tgtype = 23 and t.tgqual is null and t.tgfoid = to_regprocedure(routine)
                   and (t.tgattr = '' or columns <@ array(
                       select a.attname::text from pg_catalog.pg_attribute a
                       where a.attrelid = t.tgrelid and a.attnum = any (t.tgattr))))
        order by t.tgparentid <> 0, 1
        limit 1;
        if found and not replacing then
            raise notice 'the trigger % on % is left alone: it is switched on and does otherwise: %. To replace it on purpose: set watchtower.replace_guards = ''yes''; then run this again, in one session',
                guard, stranger.relation, stranger.definition;
        else
            select array_agg(t.tgrelid) into always
            from pg_catalog.pg_trigger t
            where t.tgrelid = any (relations) and t.tgname = guard and t.tgenabled = 'A';

            -- A trigger of this name that stands on a partition alone would block the one on the table.
            for relation in
                select t.tgrelid from pg_catalog.pg_trigger t
                where t.tgrelid = any (relations) and t.tgname = guard and t.tgparentid = 0
            loop
                execute format('drop trigger %I on %s', guard, relation);
            end loop;
            execute format('create trigger %I before insert or update of %s on %s for each row execute function %s',
                guard, (select string_agg(quote_ident(each), ', ' order by position)
                        from unnest(columns) with ordinality as named (each, position)), guarded, routine);
            foreach relation in array coalesce(always, array[]::regclass[]) loop
                execute format('alter table only %s enable always trigger %I', relation, guard);
            end loop;
        end if;
    end if;

    -- A trigger fires without EXECUTE; the watchtower has it to try the function on a temporary table.
    if (select pg_has_role(p.proowner, 'usage') from pg_catalog.pg_proc p where p.oid = to_regprocedure(routine)) then
        execute format('revoke all on function %s from public', routine);
        for role_name in select rolname from pg_catalog.pg_roles where rolname in ('anon', 'authenticated') loop
            execute format('revoke all on function %s from %I', routine, role_name);
        end loop;
        if to_regrole('service_role') is not null then
            execute format('grant execute on function %s to service_role', routine);
        end if;
    end if;
end
$guard$;
