-- Drill  : the events function swallows errors and is no definer, beside a harmless trigger
-- Data   : an event whose session the writer may not see keeps whatever month was sent
-- Sees   : guard_functions unknown "how it behaves was not tried"
-- Sees   : guard_behaviour warning "is SECURITY INVOKER"

create or replace function public.trg_events_set_session_month_from_session() returns trigger
language plpgsql security invoker set search_path = '' as $$
begin
    select s.created_month into strict new.session_month
    from public.sessions as s where s.id = new.session_id;
    return new;
exception when others then
    return new;
end
$$;

create or replace function public.aa_events() returns trigger language plpgsql set search_path = '' as $$
begin
    return new;
end
$$;
create or replace trigger aa before insert on public.events
    for each row execute function public.aa_events();

-- Repair
set watchtower.replace_guards = 'yes';
-- sql/setup/10_guards.sql

drop function public.aa_events() cascade;
