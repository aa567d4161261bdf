-- Variant: 31 December, 23:59 UTC, with January in place
-- Says   : freshness
-- At     : december end - 1 min

do $$
declare
    month date := date_trunc('month', now() at time zone 'UTC');
begin
    while month <= date_trunc('year', now() at time zone 'UTC') + interval '1 year' loop
        perform public.watchtower_make_partition('public.sessions', month);
        perform public.watchtower_make_partition('public.events', month);
        month := month + interval '1 month';
    end loop;
end
$$;
