-- Which texts that are not understood did earlier verifications let pass, and since when?
-- The first verification that finds such a text writes a row of its own with all of them; the history takes rows and
-- gives none away, so the oldest such row holds. Where there is none yet, the newest verification says what had passed,
-- unless it has `outside`: it was then not an earlier version's.
-- What is dated in the future is none.
-- Params : kind text (the check_name of that row)
-- Columns: began (when that row was written, null where there is none), texts (the digests that it lists),
--          verified (when the newest verification was, null where it is not an earlier version's),
--          proven (the digests of what came out right in it), calm (the checks that were ok or a warning in it)
-- Rows   : one
-- By hand: psql -v kind=partition_watchtower_outside -f sql/checks/outside_texts.sql
select
    f.created_at::timestamptz as began,
    pg_catalog.jsonb_path_query_array(f.details, 'lax $.texts[*] ? (@.type() == "string")') as texts,
    n.created_at::timestamptz as verified,
    pg_catalog.jsonb_path_query_array(n.details, 'lax $.proven[*] ? (@.behaves == true).definition') as proven,
    pg_catalog.jsonb_path_query_array(
        n.details, 'lax $.checks[*] ? (@.status == "ok" || @.status == "warning").check'
    ) as calm
from (values (pg_catalog.now())) as v (now)
left join lateral (
    select w.created_at, w.details
    from public.watchtower_checks as w
    where w.check_name = :'kind' and w.created_at <= v.now
    order by w.created_at, w.id
    limit 1
) as f on true
left join lateral (
    select w.created_at, w.details
    from public.watchtower_checks as w
    where w.check_name = 'partition_watchtower' and w.created_at <= v.now
    order by w.created_at desc, w.id desc
    limit 1
) as n on not n.details ? 'outside'
