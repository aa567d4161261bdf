-- Drill  : a trigger after the sessions guard names the key, and the watchtower may not try it
-- Data   : new sessions may get that trigger's month
-- Sees   : trigger_order unknown "zz_month (after the guard)"
-- As     : role

create or replace function public.zz_sealed() returns trigger language plpgsql set search_path = '' as $$
begin
    new.created_month := (new.created_at at time zone 'UTC')::date;
    return new;
end
$$;
revoke all on function public.zz_sealed() from public;
create or replace trigger zz_month before insert or update on public.sessions
    for each row execute function public.zz_sealed();

-- Repair
drop trigger zz_month on public.sessions;
