-- Variant: a trigger before the sessions guard merges a session that is there already
-- Says   : trigger_order

create table public.returns (session uuid primary key, times integer not null default 1);
alter table public.returns enable row level security;

create function public.merge_duplicates() returns trigger
language plpgsql security definer set search_path = '' as $$
begin
    update public.returns as r set times = r.times + 1 where r.session = new.id;
    if found then
        return null;
    end if;
    return new;
end
$$;
create trigger a_merge_duplicates before insert on public.sessions
    for each row execute function public.merge_duplicates();
