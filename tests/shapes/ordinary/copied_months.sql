-- Plain tables that keep a month, and copy it from one another by triggers: nothing is partitioned.
create table public.subscriptions (
    id bigint generated always as identity primary key, started_at timestamptz not null default now(),
    started_month date not null
);
create table public.charges (
    id bigint generated always as identity primary key,
    subscription_id bigint not null references public.subscriptions (id), subscription_month date not null
);
create function public.set_started_month() returns trigger language plpgsql as $$
begin
    new.started_month := date_trunc('month', new.started_at at time zone 'UTC')::date;
    return new;
end
$$;
create trigger set_started_month before insert on public.subscriptions
    for each row execute function public.set_started_month();
create function public.set_subscription_month() returns trigger language plpgsql as $$
begin
    select s.started_month into new.subscription_month from public.subscriptions s where s.id = new.subscription_id;
    return new;
end
$$;
create trigger set_subscription_month before insert on public.charges
    for each row execute function public.set_subscription_month();
