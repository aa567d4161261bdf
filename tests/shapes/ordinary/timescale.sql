-- As TimescaleDB lays a hypertable out: chunks that inherit, in a schema of its own, with a trigger that blocks inserts.
create schema _timescaledb_internal;
create table public.conditions (time timestamptz not null, device text, temperature double precision);
create index on public.conditions (time desc);
create function _timescaledb_internal.insert_blocker() returns trigger language plpgsql as $$
begin
    if exists (select from pg_catalog.pg_class where oid = tg_relid) then
        raise exception 'invalid INSERT on the root table of hypertable "%"', tg_table_name;
    end if;
    return new;
end
$$;
create trigger ts_insert_blocker before insert on public.conditions
    for each row execute function _timescaledb_internal.insert_blocker();
create table _timescaledb_internal._hyper_1_1_chunk (
    constraint constraint_1 check (time >= timestamptz '2026-01-01' and time < timestamptz '2026-01-08')
) inherits (public.conditions);
create table _timescaledb_internal._hyper_1_2_chunk (
    constraint constraint_2 check (time >= timestamptz '2026-01-08' and time < timestamptz '2026-01-15')
) inherits (public.conditions);
