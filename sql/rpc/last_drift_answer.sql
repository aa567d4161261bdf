-- What did the drift RPC answer when it was last called, and when? One that is dated ahead was not
-- written by the RPC, and hides no earlier one.
-- Params : until timestamptz (now, and what clocks may differ by)
-- Columns: ok, details, created_at
-- Rows   : one, or none where it has left no answer
select ok, details, created_at
from public.watchtower_checks
where check_name = 'partition_drift_v1' and created_at <= :'until'::timestamptz
order by created_at desc
limit 1
