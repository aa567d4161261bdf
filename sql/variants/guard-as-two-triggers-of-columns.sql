-- Variant: the sessions guard is two triggers under names of their own, one for INSERT, one for UPDATE OF its columns
-- Says   : rpc_answers

drop trigger sessions_set_created_month on public.sessions;
create trigger sessions_month_on_insert
    before insert on public.sessions
    for each row execute function public.trg_sessions_set_created_month();
create trigger sessions_month_on_update
    before update of created_at, created_month on public.sessions
    for each row execute function public.trg_sessions_set_created_month();
