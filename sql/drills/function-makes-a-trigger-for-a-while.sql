-- Drill  : a function that others may call makes a trigger after the sessions guard, loads a row, and drops it again
-- Data   : what is loaded so gets the month that the other trigger sets
-- Sees   : guard_settings warning "makes another trigger on a guarded table, and drops it again"

create or replace function public.next_month() returns trigger language plpgsql as $$
begin
    new.created_month := new.created_month + interval '1 month';
    return new;
end
$$;
create or replace function public.load_for_next_month(at timestamptz) returns void
language plpgsql security definer set search_path = '' as $$
begin
    create trigger zz_next_month before insert on public.sessions
        for each row execute function public.next_month();
    insert into public.sessions (created_at) values (at);
    drop trigger zz_next_month on public.sessions;
end
$$;

-- Repair
drop function public.load_for_next_month(timestamptz);
drop function public.next_month();
