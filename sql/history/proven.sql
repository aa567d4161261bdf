-- Keep under which texts the guards were proven right just now, where the newest row of a function has another one.
-- Params : kind text (the check_name of these rows), texts jsonb (function, text)
-- Columns: id
-- Rows   : one a function whose text is new
-- Source : sql/checks/guard_functions_kept.sql reads it
insert into public.watchtower_checks (check_name, ok, details)
select :'kind', true, t.kept
from pg_catalog.jsonb_array_elements(:'texts'::jsonb) as t (kept)
where t.kept is distinct from (
    select w.details
    from public.watchtower_checks as w
    where w.check_name = :'kind'
        and w.details ->> 'function' = t.kept ->> 'function'
        and w.created_at <= pg_catalog.now()
    order by w.created_at desc, w.id desc
    limit 1
)
returning id
