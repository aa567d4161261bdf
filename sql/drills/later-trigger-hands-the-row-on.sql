-- Drill  : a trigger after the sessions guard returns what another function makes of the row
-- Data   : new sessions get that function's month
-- Sees   : trigger_order unknown "public.zz_hands_on() line 3"
-- As     : role

create or replace function public.another_row(given public.sessions) returns public.sessions
language plpgsql set search_path = '' as $$
begin
    given.created_month := date '2001-01-01';
    return given;
end
$$;
revoke all on function public.another_row(public.sessions) from public;
create or replace function public.zz_hands_on() returns trigger language plpgsql set search_path = '' as $$
begin
    return public.another_row(new);
end
$$;
create or replace trigger zz_hands_on before insert on public.sessions
    for each row execute function public.zz_hands_on();

-- Repair
drop trigger zz_hands_on on public.sessions;
