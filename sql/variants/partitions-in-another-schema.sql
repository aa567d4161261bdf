-- Variant: a partition lies in a schema of its own
-- Says   : unattached_partitions

create schema parts;
do $$
begin
    execute format('alter table public.events_%s set schema parts', to_char(now() at time zone 'UTC', 'YYYY_MM'));
end
$$;
