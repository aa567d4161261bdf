-- What of this check has an operator accepted last, how many of it, why, and who? A count of 0 took it back.
-- Params : checks text[] (the name of the check, and those that it had before)
-- Columns: about (what of the check was accepted: nothing by name, or what was named), count, reason, by, created_at
-- Rows   : one for each thing of its own
-- By hand: psql -v checks='{wrong_keys}' -f sql/history/accepted.sql
select distinct on (k.about)
    k.about,
    (w.details ->> 'count')::bigint as count,
    w.details ->> 'reason' as reason,
    w.details ->> 'by' as by,
    w.created_at::timestamptz as created_at
from public.watchtower_checks as w
cross join lateral (select w.details - '{check,count,reason,by}'::text[]) as k (about)
where w.check_name = 'partition_watchtower_accepted' and w.details ->> 'check' = any (:'checks'::text[])
    and w.created_at <= pg_catalog.now() + interval '1 minute'  -- one that is dated ahead is none
order by k.about, w.created_at desc
