-- Drill  : a function that others may call replaces the function that the sessions guard calls, loads a row, and puts it back
-- Data   : what is loaded so gets the month that the other text gives
-- Sees   : guard_settings warning "replaces the function month_of()"
-- Also   : guard_functions

create or replace function public.month_of(at timestamptz) returns date language sql stable as
    $$ select date_trunc('month', at at time zone 'UTC')::date $$;
create or replace function public.trg_sessions_set_created_month() returns trigger
language plpgsql security definer set search_path = '' as $$
begin
    new.created_month := public.month_of(new.created_at);
    return new;
end
$$;
create or replace function public.load_into_next_month(at timestamptz) returns void
language plpgsql security definer set search_path = '' as $f$
begin
    create or replace function public.month_of(at timestamptz) returns date language sql stable as
        $$ select date_trunc('month', at at time zone 'UTC' + interval '1 month')::date $$;
    insert into public.sessions (created_at) values (at);
    create or replace function public.month_of(at timestamptz) returns date language sql stable as
        $$ select date_trunc('month', at at time zone 'UTC')::date $$;
end
$f$;

-- Repair
drop function public.load_into_next_month(timestamptz);
set watchtower.replace_guards = 'yes';
-- sql/setup/10_guards.sql

drop function public.month_of(timestamptz);
