-- Drill  : a trigger after the sessions guard refuses every update
-- Data   : no session can be changed any more, which its writers hear of
-- Sees   : trigger_order warning "tried, every update of other columns is refused: sessions are kept"

create or replace function public.zz_kept() returns trigger language plpgsql set search_path = '' as $$
begin
    raise exception 'sessions are kept as they are';
end
$$;
create or replace trigger zz_kept before update on public.sessions
    for each row execute function public.zz_kept();

-- Repair
drop trigger zz_kept on public.sessions;
