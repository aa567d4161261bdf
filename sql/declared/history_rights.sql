-- What the role watchtower may do with the history, and with this database.
--
-- Does  : grants it CONNECT and TEMPORARY (to try guards on temporary tables), USAGE on public, SELECT and INSERT on
--         public.watchtower_checks, with a policy for each.
-- Needs : the owner of the history, and the role. Idempotent.
-- By hand: psql -v ON_ERROR_STOP=1 -f sql/declared/history_rights.sql
do $history$
declare
    wanted record;
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
    revoke all on public.watchtower_checks from watchtower;
    grant select, insert on public.watchtower_checks to watchtower;
    for wanted in
        select v.*
        from (values
            ('watchtower_reads', 'r', 'for select to watchtower using (true)'),
            ('watchtower_writes', 'a', 'for insert to watchtower with check (true)')
        ) as v (name, command, body)
        where not exists (
            select from pg_catalog.pg_policy p
            where p.polrelid = to_regclass('public.watchtower_checks') and p.polname = v.name
              and p.polcmd::text = v.command and p.polpermissive
              and p.polroles = array[to_regrole('watchtower')::oid]
              and pg_get_expr(coalesce(p.polqual, p.polwithcheck), p.polrelid) = 'true'
        )
    loop
        execute format('drop policy if exists %I on public.watchtower_checks', wanted.name);
        execute format('create policy %I on public.watchtower_checks %s', wanted.name, wanted.body);
    end loop;
end
$history$;
