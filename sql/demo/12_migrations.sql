-- The table in which the Supabase command line keeps what it has applied; its rows come with the sample history.
-- Needs : the right to create schemas (the owner of the database has it). Idempotent.
-- Run   : psql -v ON_ERROR_STOP=1 -f 12_migrations.sql

create schema if not exists supabase_migrations;
create table if not exists supabase_migrations.schema_migrations (
    version    text primary key,
    statements text[],
    name       text
);
