-- Keep with which texts functions were proven right just now, or wrong, where the newest such row of a function has
-- another one. One that was proven wrong before is right no more, whatever it answered since.
-- Params : kind text (the check_name of these rows), texts jsonb (function, text, right)
-- Columns: id
-- Rows   : one a function whose text is new
-- Source : sql/checks/guard_functions_kept.sql reads it
insert into public.watchtower_checks (check_name, ok, details)
select :'kind', t.fine, t.kept
from (
    select each - 'right' as kept, (each ->> 'right')::boolean as fine
    from pg_catalog.jsonb_array_elements(:'texts'::jsonb) as e (each)
) as t
where t.kept is distinct from (
    select w.details
    from public.watchtower_checks as w
    where w.check_name = :'kind'
        and w.ok = t.fine
        and w.details ->> 'function' = t.kept ->> 'function'
        and w.created_at <= pg_catalog.now()
    order by w.created_at desc, w.id desc
    limit 1
) and not (
    t.fine and exists (
        select from public.watchtower_checks as x
        where x.check_name = :'kind' and not x.ok and x.details = t.kept
    )
)
returning id
