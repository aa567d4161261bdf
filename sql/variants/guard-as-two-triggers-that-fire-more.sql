-- Variant: each guard is two triggers, and the one for UPDATE fires more often than something changed
-- Says   : rpc_answers

drop trigger sessions_set_created_month on public.sessions;
create trigger sessions_set_created_month
    before insert on public.sessions
    for each row execute function public.trg_sessions_set_created_month();
create trigger sessions_set_created_month_again
    before update on public.sessions
    for each row
    when (old.created_month is distinct from new.created_month or old.created_at is distinct from new.created_at or old.site_id is null)
    execute function public.trg_sessions_set_created_month();
drop trigger events_set_session_month_from_session on public.events;
create trigger events_set_session_month_from_session
    before insert on public.events
    for each row execute function public.trg_events_set_session_month_from_session();
create trigger events_set_session_month_on_update
    before update on public.events
    for each row when (true)
    execute function public.trg_events_set_session_month_from_session();
