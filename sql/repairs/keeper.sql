-- For the transaction that holds repairs/lock: it may wait for as long as the repair takes.
-- Columns: pid (of the process that holds it)
-- Needs  : to be in a transaction
set local idle_in_transaction_session_timeout = 0;
set local statement_timeout = 0;
select pg_catalog.set_config('transaction_timeout', '0', true)  -- PostgreSQL 17 and newer
where pg_catalog.current_setting('server_version_num')::int >= 170000;
select pg_catalog.pg_backend_pid() as pid
