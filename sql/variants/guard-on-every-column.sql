-- Variant: the sessions guard has no list of columns and fires on every update

create or replace trigger sessions_set_created_month
    before insert or update on public.sessions
    for each row execute function public.trg_sessions_set_created_month();
