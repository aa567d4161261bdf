-- Variant: a trigger removes events of long ago, another sets settings of the application's own

create function public.zz_prune() returns trigger
language plpgsql security definer set search_path = '' as $$
begin
    perform set_config('pruning.' || tg_table_name, 'now', true);
    delete from public.events where created_at < now() - interval '5 years';
    return null;
end
$$;
create trigger zz_prune after insert on public.events
    for each statement execute function public.zz_prune();
create table public.sessions_queue (id uuid primary key);
alter table public.sessions_queue enable row level security;
create function public.zz_unqueue() returns trigger language plpgsql set search_path = '' as $$
begin
    delete from public.sessions_queue as q where q.id = new.id;
    return null;
end
$$;
create trigger zz_unqueue after update on public.sessions
    for each row execute function public.zz_unqueue();
