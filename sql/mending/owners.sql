-- May this role alter these tables, and does this server take changes at all?
-- Params : relations text[]
-- Columns: role, foreign_to (those tables that it does not own, with their owner, in words; null
--          where there are none), standby
-- By hand: psql -v relations='{public.sessions,public.events}' -f sql/mending/owners.sql
select
    current_user::text as role,
    pg_catalog.string_agg(
        pg_catalog.format('%s (owner: %s)', r.name, pg_catalog.pg_get_userbyid(c.relowner)), ', '
        order by r.place
    ) as foreign_to,
    pg_catalog.pg_is_in_recovery() as standby
from unnest(:'relations'::text[]) with ordinality as r (name, place)
join pg_catalog.pg_class as c
    on c.oid = pg_catalog.to_regclass(r.name)
    and not pg_catalog.pg_has_role(c.relowner, 'usage')
