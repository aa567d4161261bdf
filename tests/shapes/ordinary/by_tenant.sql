-- A list by tenant, which a trigger takes from a setting; and ranges of tenants, which another takes from a table.
create table public.accounts (id integer primary key, tenant integer not null);
create table public.notes (
    id bigint generated always as identity, tenant integer not null, body text, created_at timestamptz default now(),
    primary key (id, tenant)
) partition by list (tenant);
create table public.notes_1 partition of public.notes for values in (1);
create table public.notes_rest partition of public.notes default;
create function public.set_tenant() returns trigger language plpgsql as $$
begin
    new.tenant := current_setting('app.tenant')::integer;
    return new;
end
$$;
create trigger set_tenant before insert on public.notes for each row execute function public.set_tenant();
create table public.files (
    id bigint generated always as identity, account integer not null, tenant integer not null, name text,
    primary key (id, tenant)
) partition by range (tenant);
create table public.files_low partition of public.files for values from (1) to (1000);
create table public.files_high partition of public.files for values from (1000) to (1000000);
create function public.set_tenant_of_account() returns trigger language plpgsql as $$
begin
    select a.tenant into new.tenant from public.accounts as a where a.id = new.account;
    return new;
end
$$;
create trigger set_tenant before insert on public.files for each row execute function public.set_tenant_of_account();
