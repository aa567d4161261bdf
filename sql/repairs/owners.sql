-- May this role alter these tables, and does this server take changes at all?
-- Params : relations text[]
-- Columns: role, owner (quoted; of the tables where it is another role; null where there are several),
--          foreign_to (those tables that it may not alter, with their owner, in words; null where there
--          are none), standby
-- By hand: psql -v relations='{public.sessions,public.events}' -f sql/repairs/owners.sql
select
    current_user::text as role,
    case
        when pg_catalog.count(distinct c.relowner) = 1
            then nullif(pg_catalog.min(c.relowner::regrole::text), current_user::regrole::text)
    end as owner,
    pg_catalog.string_agg(
        pg_catalog.format('%s (owner: %s)', r.name, pg_catalog.pg_get_userbyid(c.relowner)), ', '
        order by r.place
    ) filter (where not pg_catalog.pg_has_role(c.relowner, 'usage')) as foreign_to,
    pg_catalog.pg_is_in_recovery() as standby
from unnest(:'relations'::text[]) with ordinality as r (name, place)
join pg_catalog.pg_class as c on c.oid = pg_catalog.to_regclass(r.name)
