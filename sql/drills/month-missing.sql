-- Drill  : a month in the middle has no partition
-- Data   : late rows of that month land in DEFAULT and stay there
-- Sees   : partition_coverage warning "its rows go to the DEFAULT partition"
-- Demo   : no, it drops a month of events for good

do $$
begin
    execute format(
        'drop table public.events_%s',
        to_char(now() at time zone 'UTC' - interval '6 months', 'YYYY_MM'));
end
$$;
