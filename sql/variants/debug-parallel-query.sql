-- Variant: every query is made parallel for its own sake, as in tests of PostgreSQL

do $$
begin
    execute format('alter database %I set %s = on', current_database(),
        case when current_setting('server_version_num')::int >= 160000
            then 'debug_parallel_query' else 'force_parallel_mode' end);
end
$$;
