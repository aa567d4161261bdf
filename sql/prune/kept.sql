-- Which rows stay however old they are: the newest of each name, the last acceptance of each thing, and the
-- last text of each function that sql/setup replaced, or that was proven right, and each that was proven wrong.
-- An older acceptance would count again if the one that took it back were gone.
-- Rows without a time, which an adopted history may hold, are never removed, and keep no other back.
-- Columns: id, check_name, about (what an acceptance is of, which function a text is of, or what was proven wrong, else null), created_at
-- Rows   : one a name, and one a thing that was accepted, one a function that was replaced or proven right
-- By hand: psql -f sql/prune/kept.sql
select distinct on (w.check_name, a.about) w.id, w.check_name, a.about, w.created_at::timestamptz as created_at
from public.watchtower_checks as w
cross join lateral (
    select case
        when w.check_name = 'partition_watchtower_accepted' then w.details - '{count,reason,by}'::text[]
        when w.check_name = 'partition_watchtower_definition' then w.details -> 'name'
        when w.check_name = 'partition_watchtower_proven'
            then case when w.ok then w.details -> 'function' else w.details end
    end as about
) as a
where (
    w.check_name in ('partition_watchtower', 'partition_drift_v1')
    or pg_catalog.starts_with(w.check_name, 'partition_watchtower_')
) and w.created_at is not null
order by w.check_name, a.about, w.created_at desc, w.id desc
