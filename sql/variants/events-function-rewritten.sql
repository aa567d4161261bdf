-- Variant: the events guard looks its session up by id alone, as older ones do
-- Says   : guard_functions, guard_behaviour
-- Needs  : guard_behaviour

create or replace function public.trg_events_set_session_month_from_session() returns trigger
language plpgsql security definer set search_path = ''
as $$
declare
    month pg_catalog.date;
begin
    if new.session_id is null then
        raise exception 'session_id cannot be NULL';
    end if;
    select s.created_month into month from public.sessions as s where s.id = new.session_id
    order by s.created_month desc limit 1;
    if month is not null then
        new.session_month := month;
    elsif new.session_month is null then
        raise exception 'session % not found', new.session_id;
    end if;
    return new;
end
$$;
