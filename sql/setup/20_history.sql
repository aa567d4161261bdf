-- The history of verifications: public.watchtower_checks, to which rows are only ever added.
--
-- Does  : creates the table, its index and row level security; takes the rights that default privileges
--         hand out. The role watchtower gets its rights in 50_role.sql.
-- Needs : the right to create tables in public (the owner of the database has it). Idempotent.
-- Run   : psql -v ON_ERROR_STOP=1 -f 20_history.sql, or paste it whole into the SQL editor.

begin;

-- Two sessions that set up at once would drop what the other has just made: one after the other.
set local lock_timeout = '10s';
do $alone$
begin
    perform pg_catalog.pg_advisory_xact_lock(pg_catalog.hashtext('watchtower_setup'));
end
$alone$;

set local lock_timeout = '800ms';

-- Only what is missing is made: each of these statements locks a table that is there, needed or not.
do $table$
declare
    older record;
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
