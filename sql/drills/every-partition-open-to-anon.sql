-- Drill  : no partition of events has row level security, and anon may read each
-- Data   : whoever holds the site's public key reads every event
-- Sees   : partition_security critical " partitions of public.events have no row level security and are open to anon: "

do $$
declare
    part text;
begin
    for part in
        select inhrelid::regclass::text from pg_inherits
        where inhparent = 'public.events'::regclass
    loop
        execute format('alter table %s disable row level security', part);
        execute format('grant select on %s to anon', part);
    end loop;
end
$$;
