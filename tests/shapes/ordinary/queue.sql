-- A queue: workers, priorities and dates to run at, by triggers and rules, partitioned by its state.
create type public.state as enum ('waiting', 'done');
create table public.jobs (
    id uuid not null default gen_random_uuid(), state public.state not null default 'waiting', run_at timestamptz not null,
    priority integer, bucket integer, primary key (id, state)
) partition by list (state);
create table public.jobs_waiting partition of public.jobs for values in ('waiting');
create table public.jobs_done partition of public.jobs for values in ('done');
create function public.place_job() returns trigger language plpgsql as $$
begin
    new.run_at := coalesce(new.run_at, now() + interval '1 minute');
    new.bucket := extract(hour from new.run_at)::integer;
    new.state := case when new.priority is null then 'waiting' else 'done' end;
    return new;
end
$$;
create trigger place_job before insert or update on public.jobs for each row execute function public.place_job();
