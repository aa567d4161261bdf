-- Variant: the events guard lists more columns than it must

create or replace trigger events_set_session_month_from_session
    before insert or update of session_id, session_month, site_id, created_at, url on public.events
    for each row execute function public.trg_events_set_session_month_from_session();
