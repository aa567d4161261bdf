-- Variant: a trigger before the events guard finds the session in a table of what came in before
-- Says   : trigger_order

create table public.dedup (id uuid primary key, session_id uuid not null);
alter table public.dedup enable row level security;

create function public.session_of_dedup() returns trigger
language plpgsql security definer set search_path = '' as $$
begin
    if new.session_id is null then
        select d.session_id into new.session_id from public.dedup as d where d.id = new.ingest_dedup_id;
    end if;
    return new;
end
$$;
create trigger a_session_of_dedup before insert on public.events
    for each row execute function public.session_of_dedup();
