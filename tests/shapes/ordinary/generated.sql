-- A month that PostgreSQL works out itself, and an identity.
create table public.invoices (
    id bigint generated always as identity primary key, issued_at timestamp not null default now(),
    issued_month date generated always as (date_trunc('month', issued_at)::date) stored,
    total numeric, total_gross numeric generated always as (total * 1.19) stored
);
create table public.payments (
    id bigint generated always as identity primary key, invoice_id bigint references public.invoices (id),
    paid_at timestamptz not null default now(), paid_month date
);
create function public.round_up() returns trigger language plpgsql as $$
begin
    new.total := round(new.total, 2);
    return new;
end
$$;
create trigger round_up before insert or update on public.invoices for each row execute function public.round_up();
