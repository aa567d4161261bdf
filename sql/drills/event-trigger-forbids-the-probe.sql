-- Drill  : an event trigger notes every new table with the rights of whoever makes it
-- Data   : as ever; no role without a right on that log can make even a temporary table
-- Sees   : guard_behaviour unknown "an event trigger runs public.note_ddl()"
-- By     : superuser
-- As     : role

create table public.ddl_notes (tag text, at timestamptz default now());
alter table public.ddl_notes enable row level security;
create or replace function public.note_ddl() returns event_trigger language plpgsql as $$
begin
    insert into public.ddl_notes (tag) values (tg_tag);
end
$$;
create event trigger note_ddl on ddl_command_end execute function public.note_ddl();

-- Repair
alter function public.note_ddl() security definer;
