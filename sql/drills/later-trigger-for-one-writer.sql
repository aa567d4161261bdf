-- Drill  : a trigger after the events guard overwrites the key of what one role writes
-- Data   : those events get another month, or are refused for leaving their partition
-- Sees   : trigger_order unknown "session_month goes by who writes"

create or replace function public.zz_importer() returns trigger language plpgsql set search_path = '' as $$
begin
    new.session_month := date_trunc('month', new.created_at at time zone 'UTC')::date;
    return new;
end
$$;
create or replace trigger zz_importer before insert on public.events
    for each row when (session_user = 'importer') execute function public.zz_importer();

-- Repair
drop trigger zz_importer on public.events;
