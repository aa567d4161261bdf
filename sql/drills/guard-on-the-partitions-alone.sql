-- Drill  : the sessions guard stands on each partition, but not on the table
-- Data   : rows are right today; each partition made from now on is born without the guard
-- Sees   : guard_triggers critical "is missing on public.sessions itself"
-- Also   : rpc_answers

drop trigger sessions_set_created_month on public.sessions;
do $$
declare
    leaf regclass;
begin
    for leaf in select inhrelid from pg_inherits where inhparent = 'public.sessions'::regclass loop
        execute format(
            'create trigger sessions_set_created_month'
            ' before insert or update of created_at, created_month on %s'
            ' for each row execute function public.trg_sessions_set_created_month()', leaf);
    end loop;
end
$$;

-- Repair
do $$
declare
    leaf regclass;
begin
    for leaf in select inhrelid from pg_inherits where inhparent = 'public.sessions'::regclass loop
        execute format('drop trigger sessions_set_created_month on %s', leaf);
    end loop;
end
$$;
create or replace trigger sessions_set_created_month
    before insert or update of created_at, created_month on public.sessions
    for each row execute function public.trg_sessions_set_created_month();
