-- Drill  : the sessions function calls another one, which makes an exception of one role
-- Data   : what that role writes keeps whatever month was sent
-- Sees   : guard_functions unknown "it behaves rightly in every try, but its text is not understood: line"

create or replace function public.month_or_given(given date, moment timestamptz) returns date
language sql stable
begin atomic
    select case session_user
        when 'importer' then given
        else date_trunc('month', moment at time zone 'UTC')::date
    end;
end;
create or replace function public.trg_sessions_set_created_month() returns trigger
language plpgsql security definer set search_path = '' as $$
begin
    new.created_month := public.month_or_given(new.created_month, new.created_at);
    return new;
end
$$;

-- Repair
set watchtower.replace_guards = 'yes';
-- sql/setup/10_guards.sql

drop function public.month_or_given(date, timestamptz);
