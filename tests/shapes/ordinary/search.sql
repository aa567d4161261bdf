-- Search vectors and slugs, by PostgreSQL's own trigger and by one of its own, also on a table that is partitioned by day.
create table public.pages (
    id bigint generated always as identity, title text, slug text, body text, search tsvector,
    published date not null default current_date, primary key (id, published)
) partition by range (published);
create table public.pages_all partition of public.pages for values from (minvalue) to (maxvalue);
create trigger search before insert or update on public.pages
    for each row execute function tsvector_update_trigger(search, 'pg_catalog.english', title, body);
create function public.set_slug() returns trigger language plpgsql as $$
begin
    new.slug := lower(translate(new.title, ' ', '-')) || '-' || to_char(new.published, 'YYYYMM');
    return new;
end
$$;
create trigger slug before insert or update on public.pages for each row execute function public.set_slug();
