-- Drill  : on 31 December, 23:59 UTC, January has no partition
-- Data   : a minute later new rows land in DEFAULT
-- Sees   : partition_coverage critical "public.events has no partition for January"
-- Sees   : partition_coverage critical "public.sessions has no partition for January"
-- Also   : rpc_answers
-- At     : december end - 1 min

do $$
declare
    month date := date_trunc('month', now() at time zone 'UTC');
    january date := date_trunc('year', now() at time zone 'UTC') + interval '1 year';
begin
    while month < january loop
        perform public.watchtower_make_partition('public.sessions', month);
        perform public.watchtower_make_partition('public.events', month);
        month := month + interval '1 month';
    end loop;
    while to_regclass(format('public.events_%s', to_char(january, 'YYYY_MM'))) is not null loop
        execute format('drop table public.events_%s', to_char(january, 'YYYY_MM'));
        execute format('alter table public.sessions detach partition public.sessions_%1$s;'
                       ' drop table public.sessions_%1$s', to_char(january, 'YYYY_MM'));
        january := january + interval '1 month';
    end loop;
end
$$;

-- Repair
do $$
declare
    january date := date_trunc('year', now() at time zone 'UTC') + interval '1 year';
begin
    perform public.watchtower_make_partition('public.sessions', january);
    perform public.watchtower_make_partition('public.events', january);
end
$$;
