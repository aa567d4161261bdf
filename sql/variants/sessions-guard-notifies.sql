-- Variant: the sessions guard tells who listens which key it mended
-- Says   : guard_functions, guard_behaviour

create or replace function public.trg_sessions_set_created_month() returns trigger
language plpgsql security definer set search_path = '' as $$
declare
    right_month date := date_trunc('month', new.created_at at time zone 'UTC')::date;
begin
    if new.created_month is distinct from right_month then
        perform pg_notify('months_mended', new.id::text);
    end if;
    new.created_month := right_month;
    return new;
end
$$;
