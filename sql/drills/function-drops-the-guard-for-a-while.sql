-- Drill  : a function that others may call drops the sessions guard, loads what it is given, and makes it again
-- Data   : what is loaded so keeps whatever month was sent
-- Sees   : guard_settings warning "the text of public.load_sessions(jsonb) drops the trigger sessions_set_created_month"

create or replace function public.load_sessions(given jsonb) returns void
language plpgsql security definer set search_path = '' as $$
begin
    drop trigger if exists sessions_set_created_month on public.sessions;
    insert into public.sessions (id, created_month, site_id, created_at)
    select r.id, r.created_month, r.site_id, r.created_at
    from jsonb_populate_recordset(null::public.sessions, given) as r;
    create trigger sessions_set_created_month before insert or update of created_month, created_at
        on public.sessions for each row execute function public.trg_sessions_set_created_month();
end
$$;

-- Repair
drop function public.load_sessions(jsonb);
