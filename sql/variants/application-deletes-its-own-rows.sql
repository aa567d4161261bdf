-- Variant: what the application deletes takes sessions along, and what is written tidies up behind it

create table public.sites (id uuid primary key);
alter table public.sites enable row level security;
insert into public.sites select distinct site_id from public.sessions where site_id is not null;
alter table public.sessions add constraint sites_cascade
    foreign key (site_id) references public.sites on delete cascade;
create function public.forget() returns trigger language plpgsql security definer set search_path = '' as $$
begin
    delete from public.sessions where site_id = old.id;
    return null;
end
$$;
create trigger forget after delete on public.sites for each row execute function public.forget();

create table public.log (id uuid);
alter table public.log enable row level security;
create function public.prune() returns trigger language plpgsql security definer set search_path = '' as $$
begin
    delete from public.events where created_at < now() - interval '5 years';
    return null;
end
$$;
create trigger prune after insert on public.log for each statement execute function public.prune();
create function public.zz_log() returns trigger language plpgsql security definer set search_path = '' as $$
begin
    insert into public.log values (new.id);
    return null;
end
$$;
create trigger zz_log after insert on public.events for each row execute function public.zz_log();

create rule taken as on insert to public.sessions do also delete from public.log where id = new.id;
