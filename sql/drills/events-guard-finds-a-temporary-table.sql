-- Drill  : the foreign key is gone, and the events guard finds a writer's temporary table named sessions first
-- Data   : whoever makes such a table decides which month an event gets
-- Sees   : guard_settings warning "its search_path does not end with pg_temp"
-- Sees   : foreign_key critical "fk_events_session"
-- Sees   : guard_functions warning "differs from the reviewed text"
-- Also   : guard_behaviour

create or replace function public.trg_events_set_session_month_from_session() returns trigger
language plpgsql security definer set search_path to 'public' as $$
declare
    found_month date;
begin
    select created_month into found_month from sessions where id = new.session_id;
    if found_month is null then
        raise exception 'session % is not there', new.session_id;
    end if;
    new.session_month := found_month;
    return new;
end
$$;
alter table public.events drop constraint fk_events_session;
