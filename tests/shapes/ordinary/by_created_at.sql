-- Partitioned by the moment itself: nothing repeats it, and a trigger only fills it in.
create table public.logs (
    id bigint generated always as identity, created_at timestamptz not null default now(), level text, line text,
    primary key (id, created_at)
) partition by range (created_at);
create function public.fill_created_at() returns trigger language plpgsql as $$
begin
    if new.created_at is null then
        new.created_at := clock_timestamp();
    end if;
    new.created_at := date_trunc('milliseconds', least(new.created_at, now()));
    return new;
end
$$;
create trigger fill before insert on public.logs for each row execute function public.fill_created_at();
do $$
declare
    month date;
begin
    for n in -3..2 loop
        month := date_trunc('month', now()) + n * interval '1 month';
        execute format('create table public.logs_%s partition of public.logs for values from (%L) to (%L)',
            to_char(month, 'YYYY_MM'), month, month + interval '1 month');
    end loop;
end
$$;
insert into public.logs (line) select 'line ' || n from generate_series(1, 50) as n;
