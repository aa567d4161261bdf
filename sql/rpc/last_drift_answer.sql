-- What did the drift RPC answer when it was last called, and when? One that is dated ahead was not
-- written by the RPC, and hides no earlier one.
-- Params : until timestamptz (now, and what clocks may differ by)
-- `explained`: the verification that asked found the guards or the months as wrong as it says.
-- Columns: ok, details, created_at, explained
-- Rows   : one, or none where it has left no answer
select
    a.ok,
    a.details,
    a.created_at::timestamptz as created_at,
    not a.ok and exists (
        select
        from (
            select v.details
            from public.watchtower_checks as v
            where v.check_name = 'partition_watchtower' and v.created_at >= a.created_at
                and v.created_at < a.created_at + interval '15 seconds'
            order by v.created_at
            limit 1
        ) as asked
        cross join lateral jsonb_array_elements(
            case jsonb_typeof(asked.details -> 'checks')
                when 'array' then asked.details -> 'checks'
                else '[]'
            end
        ) as found (result)
        where found.result ->> 'check' in ('guard_triggers', 'partition_coverage')
            and found.result ->> 'status' = 'critical'
    ) as explained
from public.watchtower_checks as a
where a.check_name = 'partition_drift_v1' and a.created_at <= :'until'::timestamptz
order by a.created_at desc
limit 1
