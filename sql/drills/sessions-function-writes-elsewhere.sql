-- Drill  : the sessions guard also takes a number of a sequence
-- Data   : rows may be right; trying it out would take numbers for good, so nobody knows
-- Sees   : guard_functions unknown "how it behaves was not tried"
-- Also   : guard_behaviour

create sequence if not exists public.counted;
create or replace function public.trg_sessions_set_created_month() returns trigger
language plpgsql security definer set search_path = ''
as $$
begin
    perform nextval('public.counted');
    new.created_month :=
        pg_catalog.date_trunc('month', new.created_at at time zone 'UTC')::pg_catalog.date;
    return new;
end
$$;
