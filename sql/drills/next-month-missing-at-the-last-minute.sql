-- Drill  : a minute before the month ends the next one has no partition
-- Data   : a minute later new events land in DEFAULT
-- Sees   : partition_coverage critical "which begins in less than 1 h"
-- Also   : rpc_answers
-- At     : month end - 1 min

do $$
begin
    execute format(
        'drop table public.events_%s',
        to_char(date_trunc('month', now() at time zone 'UTC') + interval '1 month', 'YYYY_MM'));
end
$$;
