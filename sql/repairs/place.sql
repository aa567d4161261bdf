-- Which database is this, whoever looks and by whatever road?
-- Columns: database, started (text, seconds since 1970)
select
    pg_catalog.current_database()::text as database,
    extract(epoch from pg_catalog.pg_postmaster_start_time())::text as started
