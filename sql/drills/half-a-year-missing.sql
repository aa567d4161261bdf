-- Drill  : six months in the middle of last year's events have no partition
-- Data   : their rows go to DEFAULT
-- Sees   : partition_coverage warning "public.events has no partition for 6 months, "
-- Demo   : no, it drops six months of events for good

do $$
begin
    for back in 6..11 loop
        execute format('drop table public.events_%s', to_char(
            date_trunc('month', now() at time zone 'UTC') - back * interval '1 month', 'YYYY_MM'));
    end loop;
end
$$;
