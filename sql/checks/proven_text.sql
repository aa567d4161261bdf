-- Was the text a shipped one with which a verification last found this guard's function right?
-- By the findings of guard_behaviour and guard_functions in that run's row.
-- Params : subject text (the function, as findings name it)
-- Columns: shipped
-- Rows   : one, or none where no verification has ever found it right
-- By hand: psql -v subject='public.trg_sessions_set_created_month()' -f sql/checks/proven_text.sql
with proven as (
    select w.details
    from public.watchtower_checks as w
    where w.check_name = 'partition_watchtower'
        and pg_catalog.jsonb_path_exists(
            w.details,
            'lax $.checks[*] ? (@.check == "guard_behaviour").findings[*] ? (@.subject == $name && @.status == "ok")',
            pg_catalog.jsonb_build_object('name', :'subject'::text)
        )
    order by w.created_at desc, w.id desc
    limit 1
)
select
    pg_catalog.jsonb_path_exists(
        p.details,
        'lax $.checks[*] ? (@.check == "guard_functions").findings[*]'
        ' ? (@.subject == $name && @.status == "ok" && @.detail like_regex "is the reviewed text$")',
        pg_catalog.jsonb_build_object('name', :'subject'::text)
    ) as shipped
from proven as p
