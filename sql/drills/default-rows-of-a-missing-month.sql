-- Drill  : rows of a month without a partition lie in DEFAULT
-- Data   : they block making the month's partition (23514)
-- Sees   : default_partition_rows warning "which has no partition"

do $$
declare
    month date := date_trunc('month', now() at time zone 'UTC') - interval '15 months';
begin
    while to_regclass(format('public.sessions_%s', to_char(month, 'YYYY_MM'))) is not null loop
        month := month - interval '1 month';
    end loop;
    insert into public.sessions (id, created_month, site_id, created_at)
    select gen_random_uuid(), month, gen_random_uuid(), month + n * interval '2 days'
    from generate_series(1, 6) as n;
end
$$;
