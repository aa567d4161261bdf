-- Drill  : a trigger before the sessions guard moves a row's time when its site changes, where the guard does not fire
-- Data   : whoever gives a session that site moves it to a month before, and its key stays
-- Sees   : trigger_order unknown "its UPDATE OF columns do not include"

create or replace function public.age_sessions_of_a_site() returns trigger language plpgsql as $$
begin
    if tg_op = 'UPDATE' and new.site_id = '12345678-0000-4000-8000-000000000000' then
        new.created_at := new.created_at - interval '40 days';
    end if;
    return new;
end
$$;
create or replace trigger aa_age_sessions before insert or update on public.sessions
    for each row execute function public.age_sessions_of_a_site();

-- Repair
drop trigger aa_age_sessions on public.sessions;
drop function public.age_sessions_of_a_site();
