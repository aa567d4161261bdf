-- Drill  : a subscription writes into every partition of events
-- Data   : rows that replication applies fire no ordinary trigger and keep the publisher's month
-- Sees   : guard_settings critical " partitions of public.events without firing its guard"
-- By     : superuser

create subscription fills_events connection 'dbname=elsewhere' publication p
    with (connect = false, slot_name = none);
insert into pg_catalog.pg_subscription_rel (srsubid, srrelid, srsubstate)
select s.oid, i.inhrelid, 'r'
from pg_catalog.pg_subscription as s, pg_catalog.pg_inherits as i
where s.subname = 'fills_events'
    and i.inhparent = 'public.events'::regclass;
update pg_catalog.pg_subscription set subenabled = true where subname = 'fills_events';

-- Repair
alter subscription fills_events disable;
drop subscription fills_events;
