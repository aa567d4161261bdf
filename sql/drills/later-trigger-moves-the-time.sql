-- Drill  : a trigger after the sessions guard puts another time into created_at
-- Data   : new sessions keep the month of the time that was sent, not of the one that is stored
-- Sees   : trigger_order critical "for a created_at that became"

create or replace function public.zz_moves() returns trigger language plpgsql set search_path = '' as $$
begin
    new.created_at := new.created_at + interval '2 months';
    return new;
end
$$;
create or replace trigger zz_moves before insert on public.sessions
    for each row execute function public.zz_moves();

-- Repair
drop trigger zz_moves on public.sessions;
