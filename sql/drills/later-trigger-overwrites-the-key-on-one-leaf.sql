-- Drill  : on this month's events alone a trigger after the guard sets the key again
-- Data   : new events of this month get that trigger's month
-- Sees   : trigger_order critical "zz_month"

create or replace function public.zz_month() returns trigger language plpgsql set search_path = '' as $$
begin
    new.session_month := (new.created_at at time zone 'UTC')::date;
    return new;
end
$$;
do $$
begin
    execute format(
        'create trigger zz_month before insert or update on public.events_%s'
        ' for each row execute function public.zz_month()', to_char(now() at time zone 'UTC', 'YYYY_MM'));
end
$$;

-- Repair
do $$
begin
    execute format('drop trigger zz_month on public.events_%s', to_char(now() at time zone 'UTC', 'YYYY_MM'));
end
$$;
