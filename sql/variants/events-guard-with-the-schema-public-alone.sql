-- Variant: the events guard would find a temporary table named sessions first; the foreign key refuses what comes of it
-- Says   : guard_functions

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
-- One is there, too, of a running session.
create temporary table sessions (id uuid, created_month date);
