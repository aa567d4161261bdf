-- Partitions as they were made before PostgreSQL 10: by inheritance, a check, and a trigger that writes elsewhere.
create table public.measurements (city integer not null, logdate date not null, peaktemp integer);
create table public.measurements_old (check (logdate < date '2026-01-01')) inherits (public.measurements);
create table public.measurements_new (check (logdate >= date '2026-01-01')) inherits (public.measurements);
create function public.measurements_insert() returns trigger language plpgsql as $$
begin
    if new.logdate >= date '2026-01-01' then
        insert into public.measurements_new values (new.*);
    else
        insert into public.measurements_old values (new.*);
    end if;
    return null;
end
$$;
create trigger measurements_insert before insert on public.measurements
    for each row execute function public.measurements_insert();
