-- Drill  : a guard is off and, independently, a month is missing
-- Data   : new sessions keep whatever month is sent; late events of the month land in DEFAULT
-- Sees   : guard_triggers critical "sessions_set_created_month is disabled on"
-- Sees   : partition_coverage warning "its rows go to the DEFAULT partition"
-- Also   : rpc_answers
-- Demo   : no, it drops a month of events for good

alter table public.sessions disable trigger sessions_set_created_month;
do $$
begin
    execute format(
        'drop table public.events_%s',
        to_char(now() at time zone 'UTC' - interval '6 months', 'YYYY_MM'));
end
$$;
