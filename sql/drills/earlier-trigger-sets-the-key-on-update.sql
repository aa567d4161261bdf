-- Drill  : a trigger before the sessions guard sets the key on every update
-- Data   : UPDATE OF looks at the statement's columns, so the guard does not fire and the key stays
-- Sees   : trigger_order critical "a_month"

create or replace function public.a_month() returns trigger language plpgsql set search_path = '' as $$
begin
    new.created_month := (new.created_at at time zone 'UTC')::date;
    return new;
end
$$;
create or replace trigger a_month before update on public.sessions
    for each row execute function public.a_month();

-- Repair
drop trigger a_month on public.sessions;
