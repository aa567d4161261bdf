-- Divided by a hash, of a number and of a date, which triggers set.
create table public.carts (
    id bigint not null, shop bigint not null, opened date not null, opened_at timestamptz not null default now(),
    primary key (id, shop, opened)
) partition by hash (shop, opened);
create table public.carts_0 partition of public.carts for values with (modulus 2, remainder 0);
create table public.carts_1 partition of public.carts for values with (modulus 2, remainder 1);
create function public.place_cart() returns trigger language plpgsql as $$
begin
    new.shop := coalesce(new.shop, abs(hashint8(new.id)) % 16);
    new.opened := new.opened_at::date;
    return new;
end
$$;
create trigger place before insert on public.carts for each row execute function public.place_cart();
