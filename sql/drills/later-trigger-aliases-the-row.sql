-- Drill  : a trigger after the sessions guard writes to the row under another name
-- Data   : new sessions keep the month of the time that was sent
-- Sees   : trigger_order unknown "public.zz_aliases() it gives a variable another name"
-- As     : role

create or replace function public.zz_aliases() returns trigger language plpgsql set search_path = '' as $$
declare
    given alias for new;
begin
    given := public.another_row(given);
    return given;
end
$$;
create or replace function public.another_row(given public.sessions) returns public.sessions
language sql set search_path = '' as 'select given';
revoke all on function public.another_row(public.sessions) from public;
create or replace trigger zz_aliases before insert on public.sessions
    for each row execute function public.zz_aliases();

-- Repair
drop trigger zz_aliases on public.sessions;
