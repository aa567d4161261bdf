-- In which time zone do sessions begin here, and what may this one do?
-- Reads catalogs only, waits for no lock, needs no grant.
-- Columns: zone (of this role in this database), superuser
-- By hand: psql -f sql/discover/session.sql
select
    coalesce(
        (select s.reset_val from pg_catalog.pg_settings as s where s.name = 'TimeZone'), 'UTC'
    ) as zone,
    coalesce(
        (select r.rolsuper from pg_catalog.pg_roles as r where r.rolname = current_user), false
    ) as superuser
