-- What did the drift RPC answer when it was last called, and when?
-- Columns: ok, details, created_at
select ok, details, created_at
from public.watchtower_checks
where check_name = 'partition_drift_v1'
order by created_at desc
limit 1
