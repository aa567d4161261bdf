-- Variant: beyond the next three months one partition holds a year, another the rest of time
-- Says   : unattached_partitions

do $$
declare
    month date := date_trunc('month', now() at time zone 'UTC') + interval '4 months';
    parent text;
begin
    foreach parent in array array['sessions', 'events'] loop
        execute format(
            'create table public.%1$s_year partition of public.%1$s for values from (%2$L) to (%3$L);'
            ' create table public.%1$s_rest partition of public.%1$s for values from (%3$L) to (maxvalue);'
            ' alter table public.%1$s_year enable row level security;'
            ' alter table public.%1$s_rest enable row level security',
            parent, month, (month + interval '1 year')::date);
    end loop;
end
$$;
