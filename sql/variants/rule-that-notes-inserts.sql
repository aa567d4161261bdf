-- Variant: a rule notes each insert of a session besides, and another one is switched off

create table public.notes (at timestamptz default now());
create rule note_it as on insert to public.sessions do also insert into public.notes default values;
create rule lose_them as on insert to public.events do instead nothing;
alter table public.events disable rule lose_them;
