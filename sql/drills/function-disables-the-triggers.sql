-- Drill  : a function that loads rows switches the triggers of sessions off while it does
-- Data   : what it loads keeps whatever month it has; so does all after it, if it is cut off in the middle
-- Sees   : guard_settings warning "the text of public.bulk_load() switches triggers off by ALTER TABLE"

create or replace function public.bulk_load() returns void language plpgsql set search_path = '' as $$
begin
    alter table public.sessions disable trigger user;
    -- what it loads stood here
    alter table public.sessions enable trigger user;
end
$$;

-- Repair
drop function public.bulk_load();
