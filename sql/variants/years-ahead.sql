-- Variant: partitions are there for three years ahead

do $$
declare
    month date := date_trunc('month', now() at time zone 'UTC');
begin
    for ahead in 4..36 loop
        perform public.watchtower_make_partition(
            'public.sessions', (month + ahead * interval '1 month')::date);
        perform public.watchtower_make_partition(
            'public.events', (month + ahead * interval '1 month')::date);
    end loop;
end
$$;
