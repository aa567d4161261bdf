-- Drill  : the events guard takes the month of the event, not of its session
-- Data   : events of a visit over a month's turn do not find their session
-- Sees   : guard_behaviour critical "public.trg_events_set_session_month_from_session()"
-- Also   : guard_functions

create or replace function public.trg_events_set_session_month_from_session() returns trigger
language plpgsql security definer set search_path = ''
as $$
begin
    if new.session_id is null then
        raise exception 'session_id cannot be NULL' using errcode = 'not_null_violation';
    end if;
    new.session_month :=
        pg_catalog.date_trunc('month', new.created_at at time zone 'UTC')::pg_catalog.date;
    return new;
end
$$;
