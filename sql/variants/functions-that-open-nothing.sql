-- Variant: functions put statements together, run what their caller may run anyway, and attach months

create function public.count_rows(name text) returns bigint
language plpgsql security definer set search_path = '' as $$
declare
    found bigint;
begin
    perform set_config('app.' || name, 'counted', true);
    execute format('select count(*) from public.%I', name) into found;
    return found;
end
$$;

create function public.audit(relation regclass) returns void
language plpgsql security definer set search_path = '' as $$
begin
    execute format('drop trigger if exists audit on %s', relation);
    execute format('create trigger audit after insert on %s for each row execute function public.note()', relation);
end
$$;

create function public.run_as_caller(query text) returns void language plpgsql set search_path = '' as $$
begin
    execute query;
end
$$;

create function public.run_as_owner(query text) returns void
language plpgsql security definer set search_path = '' as $$
begin
    execute query;
end
$$;
revoke execute on function public.run_as_owner(text) from public;

create function public.retire(month date) returns void language plpgsql security definer set search_path = '' as $$
declare
    part text := format('public.%I', 'sessions_' || to_char(month, 'YYYY_MM'));
begin
    execute 'alter table public.sessions detach partition ' || part;
    insert into public.retired values (part);
end
$$;

create function public.ensure_guard() returns void language plpgsql security definer set search_path = '' as $$
begin
    create or replace trigger sessions_set_created_month before insert or update on public.sessions
        for each row execute function public.trg_sessions_set_created_month();
    raise notice 'never alter table public.sessions disable trigger user';
end
$$;

create function public.tidy() returns void language plpgsql security definer set search_path = '' as $$
begin
    perform public.run_as_caller('analyze public.sessions');
    perform public.run_as_caller(format('analyze public.%I', 'events'));
end
$$;

create function public.archive(part text) returns void language plpgsql security definer set search_path = '' as $$
begin
    execute format('alter table public.events detach partition public.%I', part);
    execute format('insert into public.retired_events select * from public.%I', part);
end
$$;

create function public.come_back(part text, low date, high date) returns void
language plpgsql security definer set search_path = '' as $$
begin
    execute format('alter table public.events attach partition public.%I for values from (%L) to (%L)', part, low, high);
end
$$;
