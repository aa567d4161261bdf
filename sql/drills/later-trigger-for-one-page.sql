-- Drill  : a trigger after the events guard overwrites the key of events of one page alone
-- Data   : those events get a month of long ago, and are lost to joins
-- Sees   : trigger_order critical "other columns '/checkout' where they take it"

create or replace function public.zz_one_page() returns trigger language plpgsql set search_path = '' as $$
begin
    new.session_month := date '2001-01-01';
    return new;
end
$$;
create or replace trigger zz_one_page before insert on public.events
    for each row when (new.url like '/checkout%') execute function public.zz_one_page();

-- Repair
drop trigger zz_one_page on public.events;
