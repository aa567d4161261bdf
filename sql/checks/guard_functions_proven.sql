-- Was the text a shipped one with which a verification last found this guard's function right?
-- By the findings of guard_behaviour and guard_functions in that run's row, among the newest ones: every row would take
-- long, and a refresh asks too. One that is dated in the future is none. Rows of before there were codes say it in words.
-- Params : subject text (the function, as findings name it), most int (rows to read)
-- Columns: shipped (null: no newer one has found it right, and older ones are not read)
-- Rows   : one, or none where no verification has ever found it right
-- By hand: psql -v subject='public.trg_sessions_set_created_month()' -v most=1000 -f sql/checks/guard_functions_proven.sql
with proven as (
    select w.details
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
    order by w.created_at desc, w.id desc
    limit 1
)
select
    pg_catalog.jsonb_path_exists(
        p.details,
        'lax $.checks[*] ? (@.check == "guard_functions").findings[*]'
        ' ? (@.subject == $name && @.status == "ok"'
        ' && (@.code == "reviewed_text" || !exists(@.code) && @.detail like_regex "is the reviewed text$"))',
        pg_catalog.jsonb_build_object('name', :'subject'::text)
    ) as shipped
from (select) as one
left join proven as p on true
where p.details is not null
    or exists (
        select
        from public.watchtower_checks as v
        where v.check_name = 'partition_watchtower' and v.created_at <= pg_catalog.now()
        offset :'most'
    )
