-- Drill  : a policy opens this month's events, named by themselves, to everybody
-- Data   : whoever holds the site's public key reads them
-- Sees   : partition_security critical "the policy Public View (for PUBLIC, using true) shows every row of public.events_"

do $$
declare
    part text := format('public.events_%s', to_char(now() at time zone 'UTC', 'YYYY_MM'));
begin
    execute format('grant select on %s to anon', part);
    execute format('create policy "Public View" on %s for select using (true)', part);
end
$$;

-- Repair
do $$
begin
    execute format(
        'drop policy "Public View" on public.events_%s', to_char(now() at time zone 'UTC', 'YYYY_MM')
    );
end
$$;
