-- Variant: 120 partitions back

do $$
declare
    month date := date_trunc('month', now() at time zone 'UTC');
begin
    for back in 15..120 loop
        perform public.watchtower_make_partition(
            'public.sessions', (month - back * interval '1 month')::date);
        perform public.watchtower_make_partition(
            'public.events', (month - back * interval '1 month')::date);
    end loop;
end
$$;
