-- With which text was each of these functions last proven right? What is dated in the future is none, and what was
-- proven wrong as well.
-- Params : kind text (the check_name of such rows), functions text[] (as schema.name())
-- Columns: function, text (whole), at
-- Rows   : one a function of which there is one
-- By hand: psql -v kind=partition_watchtower_proven -v functions='{public.trg_sessions_set_created_month()}'
--               -f sql/checks/guard_functions_kept.sql
select f.name as function, k.text, k.at
from unnest(:'functions'::text[]) as f (name)
cross join lateral (
    select w.details ->> 'text' as text, w.created_at::timestamptz as at
    from public.watchtower_checks as w
    where w.check_name = :'kind'
        and w.ok
        and w.details ->> 'function' = f.name
        and w.created_at <= pg_catalog.now()
        and not exists (
            select from public.watchtower_checks as x
            where x.check_name = :'kind' and not x.ok and x.details = w.details
        )
    order by w.created_at desc, w.id desc
    limit 1
) as k
order by f.name
