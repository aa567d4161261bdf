-- Drill  : all triggers of this month's events are disabled, those of the foreign key too
-- Data   : new events of this month keep any month and need no session
-- Sees   : guard_triggers critical "is disabled on public.events_20"
-- Sees   : foreign_key critical "fk_events_session"
-- Also   : rpc_answers
-- By     : superuser

do $$
begin
    execute format('alter table public.events_%s disable trigger all', to_char(now() at time zone 'UTC', 'YYYY_MM'));
end
$$;

-- Repair
do $$
begin
    execute format('alter table public.events_%s enable trigger all', to_char(now() at time zone 'UTC', 'YYYY_MM'));
end
$$;
