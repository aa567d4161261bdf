-- Where are we, as whom, and what time is it there?
-- Columns: now, server_version, database (the embedded demo says that it is one), role
select
    pg_catalog.now() as now,
    pg_catalog.current_setting('server_version') as server_version,
    pg_catalog.current_database()::text || case
        when pg_catalog.current_setting('watchtower.demo', true) = 'on' then ' (embedded demo)'
        else ''
    end as database,
    current_user::text as role
