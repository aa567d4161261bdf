-- Drill  : the watchtower may not use the schema public
-- Data   : nothing changes; no row can be observed, and no RPC called
-- Sees   : row_visibility unknown "may not use the schema public"
-- Also   : orphan_rows, default_partition_rows, null_keys, freshness, wrong_keys, rpc_answers, duplicate_ids, guard_behaviour, maintenance, history
-- As     : role
-- By     : superuser

revoke usage on schema public from public, watchtower;

-- Repair
grant usage on schema public to public, watchtower;
