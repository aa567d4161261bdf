-- Variant: the three months ahead are one partition
-- Says   : unattached_partitions

do $$
declare
    month date := date_trunc('month', now() at time zone 'UTC');
    parent text;
    later text;
begin
    foreach parent in array array['events', 'sessions'] loop
        foreach later in array array[
            to_char(month + interval '1 month', 'YYYY_MM'),
            to_char(month + interval '2 months', 'YYYY_MM'),
            to_char(month + interval '3 months', 'YYYY_MM')
        ] loop
            execute format('alter table public.%1$s detach partition public.%1$s_%2$s;'
                           ' drop table public.%1$s_%2$s', parent, later);
        end loop;
        execute format(
            'create table public.%1$s_ahead partition of public.%1$s for values from (%2$L) to (%3$L);'
            ' alter table public.%1$s_ahead enable row level security',
            parent, (month + interval '1 month')::date, (month + interval '4 months')::date);
    end loop;
end
$$;
