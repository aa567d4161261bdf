-- Drill  : 73 hours before the month ends the next one has no partition
-- Data   : in three days new events land in DEFAULT
-- Sees   : partition_coverage warning "which begins in 3 d 1 h"
-- Also   : rpc_answers
-- At     : month end - 73 h

do $$
begin
    execute format(
        'drop table public.events_%s',
        to_char(date_trunc('month', now() at time zone 'UTC') + interval '1 month', 'YYYY_MM'));
end
$$;
