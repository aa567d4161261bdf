-- Variant: the sessions guard's function is written differently and does the same
-- Says   : guard_functions, guard_behaviour
-- Needs  : guard_behaviour

create or replace function public.trg_sessions_set_created_month() returns trigger
language plpgsql security definer set search_path = ''
as $$
declare
    utc timestamp := pg_catalog.timezone('UTC', new.created_at);
begin
    new.created_month := pg_catalog.make_date(
        extract(year from utc)::int, extract(month from utc)::int, 1);
    return new;
end
$$;
