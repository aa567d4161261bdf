-- Drill  : the sessions guard of this month's partition fires only for replication
-- Data   : new sessions of this month keep whatever month the writer sends
-- Sees   : guard_triggers critical "fires only during replication on public.sessions_20"
-- Also   : rpc_answers

do $$
begin
    execute format(
        'alter table public.sessions_%s enable replica trigger sessions_set_created_month',
        to_char(now() at time zone 'UTC', 'YYYY_MM'));
end
$$;
