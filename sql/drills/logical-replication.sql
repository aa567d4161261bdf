-- Drill  : a subscription writes into sessions
-- Data   : rows that replication applies fire no ordinary trigger and keep the publisher's month
-- Sees   : guard_settings critical "fills_sessions"
-- By     : superuser

create subscription fills_sessions connection 'dbname=elsewhere' publication p
    with (connect = false, slot_name = none);
insert into pg_catalog.pg_subscription_rel (srsubid, srrelid, srsubstate)
select s.oid, c.oid, 'r'
from pg_catalog.pg_subscription as s, pg_catalog.pg_class as c
where s.subname = 'fills_sessions'
    and c.oid = 'public.sessions'::regclass;
update pg_catalog.pg_subscription set subenabled = true where subname = 'fills_sessions';

-- Repair
alter subscription fills_sessions disable;
drop subscription fills_sessions;
