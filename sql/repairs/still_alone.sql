-- Fails unless that process still holds repairs/lock; and holds, until this transaction ends, a lock
-- that the next repair waits for before it begins.
-- Params : pid int
-- Needs  : to be in a transaction
-- By hand: psql -v pid=4711 -f sql/repairs/still_alone.sql
set local watchtower.keeper = :'pid';
do $alone$
begin
    perform pg_catalog.pg_advisory_xact_lock_shared(
        pg_catalog.hashtextextended('partition_watchtower_apply_step', 0));
    if not exists (
        select
        from pg_catalog.pg_locks as l
        where l.locktype = 'advisory' and l.granted and l.objsubid = 1
            and l.pid = pg_catalog.current_setting('watchtower.keeper')::int
            and l.database = (
                select d.oid from pg_catalog.pg_database as d
                where d.datname = pg_catalog.current_database())
            and (l.classid::bigint << 32) | l.objid::bigint
                = pg_catalog.hashtextextended('partition_watchtower_apply', 0)
    ) then
        raise exception 'the lock is gone' using errcode = 'WT001';
    end if;
end
$alone$
