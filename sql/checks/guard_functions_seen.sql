-- When was this guard's function last proven right, with a text that was understood?
-- By the findings of guard_behaviour and guard_functions in that run's row, among the newest ones. One that is dated in
-- the future is none.
-- Params : subject text (the function, as findings name it), most int (rows to read)
-- Columns: at
-- Rows   : one, or none where none of these rows says so
-- By hand: psql -v subject='public.trg_sessions_set_created_month()' -v most=1000 -f sql/checks/guard_functions_seen.sql
select w.created_at::timestamptz as at
from (
    select v.id, v.created_at, v.details
    from public.watchtower_checks as v
    where v.check_name = 'partition_watchtower' and v.created_at <= pg_catalog.now()
    order by v.created_at desc, v.id desc
    limit :'most'
) as w
where pg_catalog.jsonb_path_exists(
        w.details,
        'lax $.checks[*] ? (@.check == "guard_behaviour").findings[*] ? (@.subject == $name && @.status == "ok")',
        pg_catalog.jsonb_build_object('name', :'subject'::text)
    )
    and pg_catalog.jsonb_path_exists(
        w.details,
        'lax $.checks[*] ? (@.check == "guard_functions").findings[*]'
        ' ? (@.subject == $name && (@.status == "ok" || @.code == "function_differs"))',
        pg_catalog.jsonb_build_object('name', :'subject'::text)
    )
order by w.created_at desc, w.id desc
limit 1
