-- A star: dates and months as numbers, which the load sends, and a fact table that is partitioned by one.
create table public.dim_date (date_key integer primary key, day date not null, month_key integer not null);
create table public.dim_month (month_key integer primary key, first_day date not null);
create table public.fact_sales (
    sale_id bigint not null, date_key integer not null references public.dim_date (date_key),
    month_key integer not null references public.dim_month (month_key), sold_at timestamptz not null, amount numeric,
    primary key (sale_id, date_key)
) partition by range (date_key);
create table public.fact_sales_2026_11 partition of public.fact_sales for values from (20261101) to (20261201);
create table public.fact_sales_2026_12 partition of public.fact_sales for values from (20261201) to (20270101);
create table public.fact_returns (
    return_id bigint primary key, sale_id bigint not null, date_key integer not null,
    foreign key (sale_id, date_key) references public.fact_sales (sale_id, date_key)
);
create function public.no_negative() returns trigger language plpgsql as $$
begin
    new.amount := greatest(new.amount, 0);
    return new;
end
$$;
create trigger no_negative before insert on public.fact_sales for each row execute function public.no_negative();
create view public.sales_by_month as
    select m.first_day, sum(f.amount) from public.fact_sales f join public.dim_month m using (month_key) group by 1;
