-- Variant: the tables have more columns than the contract names, one dropped, one generated

alter table public.sessions add column referrer text, add column gone text, add column month int;
alter table public.sessions drop column gone;
alter table public.events add column host text generated always as (split_part(url, '/', 3)) stored;
