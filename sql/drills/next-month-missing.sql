-- Drill  : the next month has no partition
-- Data   : nothing yet; from the first on new events land in DEFAULT
-- Sees   : partition_coverage warning "which begins in"
-- Also   : rpc_answers
-- At     : month start + 5 d
-- Demo   : yes, a warning most of the month and critical at its end

do $$
begin
    execute format(
        'drop table public.events_%s',
        to_char(date_trunc('month', now() at time zone 'UTC') + interval '1 month', 'YYYY_MM'));
end
$$;
