-- What the role watchtower may read of one declared table, or of one that a guard refers to.
--
-- Does  : grants it USAGE on the schema, SELECT on these columns through the table alone, a policy of its own, and
--         EXECUTE on the guard's function, to try it on a temporary table. Other rights on the table it loses.
-- Needs : the owner of the table, and the role. Idempotent: a policy that is right already is left alone, for
--         replacing it locks the table.
-- Params: schema, table, columns text[], function ('' for none)
-- By hand: python -m lib setup prints it, filled in: psql fills nothing in between dollars.
do $rights$
declare
    relation constant regclass := to_regclass(format('%I.%I', :'schema', :'table'));
    routine constant regprocedure := to_regprocedure(format('%I.%I()', :'schema', :'function'));
    granted text;
begin
    if to_regrole('watchtower') is null then
        return;  -- said above
    end if;
    begin
        execute format('grant usage on schema %I to watchtower', :'schema');
    exception when insufficient_privilege then
        raise warning '% may not grant on the schema: have its owner run "grant usage on schema % to watchtower"', current_user, quote_ident(:'schema');
    end;
    select string_agg(quote_ident(a.attname), ', ' order by a.attnum) into granted
    from pg_catalog.pg_attribute a
    where a.attrelid = relation and a.attname = any (:'columns'::text[]) and not a.attisdropped;
    begin
        execute format('revoke all on %s from watchtower', relation);
        execute format('grant select (%s, tableoid) on %s to watchtower', granted, relation);
        if not exists (
            select from pg_catalog.pg_policy p
            where p.polrelid = relation and p.polname = 'watchtower_reads' and p.polcmd = 'r' and p.polpermissive
              and p.polroles = array[to_regrole('watchtower')::oid]
              and pg_get_expr(p.polqual, p.polrelid) = 'true'
        ) then
            execute format('drop policy if exists watchtower_reads on %s', relation);
            execute format('create policy watchtower_reads on %s for select to watchtower using (true)', relation);
        end if;
    exception when insufficient_privilege then
        raise warning '% may not grant on %, whose rows are not judged then: have its owner run "grant select (%, tableoid) on % to watchtower; create policy watchtower_reads on % for select to watchtower using (true)"',
            current_user, relation, granted, relation, relation;
    end;
    begin
        if routine is not null then
            execute format('grant execute on function %s to watchtower', routine);
        end if;
    exception when insufficient_privilege then
        raise notice '% belongs to somebody else: have them run "grant execute on function % to watchtower"',
            routine, routine;
    end;
end
$rights$;
