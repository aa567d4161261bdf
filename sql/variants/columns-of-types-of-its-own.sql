-- Variant: columns of a type in a closed schema, of a domain that is never null, and of a list

create schema closed;
create type closed.kind as enum ('person', 'robot');
create domain public.label as varchar(8) not null check (value ~ '^[a-z]+$') default 'page';
create domain public.plate as text not null check (value ~ '^[A-Z]{2}-\d+$');
alter table public.sessions add column kind closed.kind, add column plate public.plate default 'AB-1';
alter table public.events add column kind closed.kind default 'person', add column label public.label,
    add column tags text[] not null default '{}',
    add column day date generated always as ((created_at at time zone 'UTC')::date) stored;
