-- Charging transactions by month of their own moment, which nothing sets; their children repeat that very moment, and
-- are partitioned by it (after citrineos-core). Needs a role `owner`; run as a superuser in an empty database.
grant create on schema public to owner;
set role owner;

create table public."Transactions" (
    id integer generated always as identity,
    "createdAt" timestamptz not null default now(),
    "updatedAt" timestamptz not null default now(),
    "stationId" text not null,
    "isActive" boolean not null default true,
    primary key (id, "createdAt")
) partition by range ("createdAt");
create table public."TransactionEvents" (
    id integer generated always as identity,
    "transactionDatabaseId" integer not null,
    "transactionCreatedAt" timestamptz not null,
    "stationId" text,
    "eventType" text not null,
    "timestamp" timestamptz not null default now(),
    primary key (id, "transactionCreatedAt"),
    constraint "TransactionEvents_transaction_fkey" foreign key ("transactionDatabaseId", "transactionCreatedAt")
        references public."Transactions" (id, "createdAt") on delete cascade
) partition by range ("transactionCreatedAt");
create table public."StopTransactions" (
    id integer generated always as identity,
    "transactionDatabaseId" integer not null,
    "transactionCreatedAt" timestamptz not null,
    "meterStop" integer,
    "timestamp" timestamptz not null default now(),
    primary key (id, "transactionCreatedAt"),
    constraint "StopTransactions_transaction_fkey" foreign key ("transactionDatabaseId", "transactionCreatedAt")
        references public."Transactions" (id, "createdAt") on delete cascade
) partition by range ("transactionCreatedAt");
-- Repeats the moment as well, and nothing sets it.
create table public."MeterValues" (
    id integer generated always as identity primary key,
    "transactionDatabaseId" integer,
    "transactionCreatedAt" timestamptz,
    value numeric,
    constraint "MeterValues_transaction_fkey" foreign key ("transactionDatabaseId", "transactionCreatedAt")
        references public."Transactions" (id, "createdAt")
);

create function public.set_event_transaction_created_at() returns trigger language plpgsql as $$
declare
    parent record;
begin
    select * into parent from public."Transactions" t where t.id = new."transactionDatabaseId";
    if not found then
        raise exception 'transaction % does not exist', new."transactionDatabaseId";
    end if;
    new."transactionCreatedAt" := parent."createdAt";
    new."stationId" := coalesce(new."stationId", parent."stationId");
    return new;
end
$$;
create function public.set_stop_transaction_created_at() returns trigger language plpgsql as $$
begin
    if new."transactionCreatedAt" is null then
        new."transactionCreatedAt" := (
            select t."createdAt" from public."Transactions" as t where new."transactionDatabaseId" = t.id
        );
    end if;
    return new;
end
$$;
create trigger set_transaction_created_at before insert or update on public."TransactionEvents"
    for each row execute function public.set_event_transaction_created_at();
create trigger set_transaction_created_at before insert on public."StopTransactions"
    for each row execute function public.set_stop_transaction_created_at();

do $$
declare
    month date;
    parent text;
begin
    for n in -4..2 loop
        month := date_trunc('month', now() at time zone 'UTC') + n * interval '1 month';
        foreach parent in array array['Transactions', 'TransactionEvents', 'StopTransactions'] loop
            execute format('create table public.%I partition of public.%I for values from (%L) to (%L)',
                parent || to_char(month, '_YYYY_MM'), parent, month, (month + interval '1 month')::date);
        end loop;
    end loop;
end
$$;
insert into public."Transactions" ("createdAt", "stationId")
select now() - n * interval '11 hours', 'station ' || n % 5 from generate_series(1, 150) as n;
insert into public."TransactionEvents" ("transactionDatabaseId", "transactionCreatedAt", "eventType", "timestamp")
select id, "createdAt", 'Updated', "createdAt" + interval '1 minute' from public."Transactions";
insert into public."StopTransactions" ("transactionDatabaseId", "transactionCreatedAt", "timestamp")
select id, "createdAt", "createdAt" + interval '1 hour' from public."Transactions";
grant select on public."Transactions", public."TransactionEvents", public."StopTransactions" to watchtower;
