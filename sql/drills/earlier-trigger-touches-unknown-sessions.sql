-- Drill  : a trigger before the events guard sets the key, which the guard keeps where no session is
-- Data   : an event that comes before its session is refused, or stays apart from it
-- Sees   : trigger_order critical "a_guess (before the guard)"

set watchtower.unknown = 'keep';
-- sql/setup/10_guards.sql

create or replace function public.a_guess() returns trigger language plpgsql set search_path = '' as $$
begin
    new.session_month := (new.created_at at time zone 'UTC')::date;
    return new;
end
$$;
create or replace trigger a_guess before insert on public.events
    for each row execute function public.a_guess();

-- Repair
drop trigger a_guess on public.events;

set watchtower.unknown = 'refuse';
-- sql/setup/10_guards.sql
