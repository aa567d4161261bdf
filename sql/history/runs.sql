-- What did the runs since then find, check by check? The RPC's own rows too, by its one answer.
-- Params : since timestamptz
-- Columns: id, check_name, ok, status, who, face, duration_ms, checks (status by check), created_at
-- Rows   : one a run, oldest first; status, who, face, duration_ms and checks are null where the row has none
-- By hand: psql -v "since=now() - interval '7 days'" -f sql/history/runs.sql
select
    w.id,
    w.check_name,
    w.ok,
    w.details ->> 'status' as status,
    w.details ->> 'who' as who,
    w.details ->> 'face' as face,
    w.details ->> 'duration_ms' as duration_ms,
    (
        select jsonb_object_agg(c ->> 'check', c ->> 'status')
        from jsonb_array_elements(
            case jsonb_typeof(w.details -> 'checks') when 'array' then w.details -> 'checks' end
        ) as c
        where c ->> 'check' is not null
    ) as checks,
    w.created_at
from public.watchtower_checks as w
where w.check_name in ('partition_watchtower', 'partition_drift_v1')
    and w.created_at > :'since'
order by w.created_at, w.id
limit 20000
