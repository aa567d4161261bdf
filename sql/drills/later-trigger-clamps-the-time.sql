-- Drill  : a trigger after the sessions guard clamps created_at to the last hour
-- Data   : sessions that come late keep the month that was sent, though created_at is of this one
-- Sees   : trigger_order critical "for a created_at that became"

create or replace function public.zz_clamps() returns trigger language plpgsql set search_path = '' as $$
begin
    new.created_at := greatest(new.created_at, now() - interval '1 hour');
    return new;
end
$$;
create or replace trigger zz_clamps before insert or update on public.sessions
    for each row execute function public.zz_clamps();

-- Repair
drop trigger zz_clamps on public.sessions;
