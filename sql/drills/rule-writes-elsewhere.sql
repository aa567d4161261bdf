-- Drill  : a rule writes events into another table instead
-- Data   : new events stand where nobody looks, and no guard fires for them
-- Sees   : guard_settings unknown "does something else instead of every insert"

create table if not exists public.inbox (id uuid, session_id uuid, created_at timestamptz);
drop rule if exists to_inbox on public.events;
create rule to_inbox as on insert to public.events
    do instead insert into public.inbox values (new.id, new.session_id, new.created_at);
