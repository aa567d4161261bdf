-- Variant: an event trigger notes every new table with its owner's rights
-- By     : superuser

create table public.ddl_notes (tag text, at timestamptz default now());
alter table public.ddl_notes enable row level security;
create function public.note_ddl() returns event_trigger language plpgsql security definer as $$
begin
    insert into public.ddl_notes (tag) values (tg_tag);
end
$$;
create event trigger note_ddl on ddl_command_end execute function public.note_ddl();
