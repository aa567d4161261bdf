-- Drill  : the sessions function takes the month in London, which is UTC in winter alone
-- Data   : in summer sessions of the last hour of a month get the next month; in winter nothing shows it
-- Sees   : guard_behaviour critical "UTC it made"
-- Also   : guard_functions

create or replace function public.trg_sessions_set_created_month() returns trigger
language plpgsql security definer set search_path = '' as $$
begin
    new.created_month := date_trunc('month', new.created_at at time zone 'Europe/London')::date;
    return new;
end
$$;
