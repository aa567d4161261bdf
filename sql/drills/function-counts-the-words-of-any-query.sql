-- Drill  : everybody may have the owner of the tables count the words of what a query finds
-- Data   : whoever calls it can have that query write and switch the guards off
-- Sees   : guard_settings unknown "runs a text that it is given or puts together"

create or replace function public.words_of(query text) returns bigint
language plpgsql security definer set search_path = '' as $$
begin
    return (select pg_catalog.count(*) from pg_catalog.ts_stat(query));
end
$$;

-- Repair
drop function public.words_of(text);
