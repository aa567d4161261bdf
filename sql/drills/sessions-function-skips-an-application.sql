-- Drill  : the sessions function makes an exception of what one application writes
-- Data   : what that application writes keeps whatever month was sent
-- Sees   : guard_behaviour critical "application_name importer"
-- Sees   : guard_functions critical "it does not behave"

create or replace function public.trg_sessions_set_created_month() returns trigger
language plpgsql security definer set search_path = '' as $$
begin
    if current_setting('application_name') <> 'importer' then
        new.created_month := date_trunc('month', new.created_at at time zone 'UTC')::date;
    end if;
    return new;
end
$$;
