-- When a row was changed, by a trigger on each table.
create function public.touch() returns trigger language plpgsql as $$
begin
    new.updated_at := now();
    if tg_op = 'INSERT' then
        new.created_at := coalesce(new.created_at, now());
        new.created_by := coalesce(new.created_by, current_user);
    end if;
    return new;
end
$$;
create table public.customers (
    id bigint generated always as identity primary key, name text, created_by text,
    created_at timestamptz not null default now(), updated_at timestamptz
);
create table public.orders (
    id bigint generated always as identity primary key, customer_id bigint not null references public.customers (id),
    order_month date, created_by text, created_at timestamptz not null default now(), updated_at timestamptz
);
create trigger touch before insert or update on public.customers for each row execute function public.touch();
create trigger touch before insert or update on public.orders for each row execute function public.touch();
