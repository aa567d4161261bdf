-- Drill  : 71 hours before the month ends the next one has no partition
-- Data   : in three days new sessions land in DEFAULT
-- Sees   : partition_coverage critical "which begins in 2 d 23 h"
-- Also   : rpc_answers
-- At     : month end - 71 h

do $$
begin
    execute format(
        'alter table public.sessions detach partition public.sessions_%1$s;'
        ' drop table public.sessions_%1$s',
        to_char(date_trunc('month', now() at time zone 'UTC') + interval '1 month', 'YYYY_MM'));
end
$$;
