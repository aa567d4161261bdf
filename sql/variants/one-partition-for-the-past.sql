-- Variant: everything before this month lies in one partition from MINVALUE on
-- Says   : unattached_partitions

alter table public.events drop constraint fk_events_session;
do $$
declare
    month date := date_trunc('month', now() at time zone 'UTC');
    parent text;
    leaf regclass;
begin
    foreach parent in array array['events', 'sessions'] loop
        execute format('create table public.%1$s_past (like public.%1$s including all)', parent);
        for leaf in
            select inhrelid from pg_inherits
            where inhparent = ('public.' || parent)::regclass
                and inhrelid::regclass::text < parent || to_char(month, '_YYYY_MM')
        loop
            execute format('alter table public.%s detach partition %s', parent, leaf);
            execute format('insert into public.%s_past select * from %s', parent, leaf);
            execute format('drop table %s', leaf);
        end loop;
        execute format('alter table public.%s_past enable row level security', parent);
        execute format(
            'alter table public.%1$s attach partition public.%1$s_past'
            ' for values from (minvalue) to (%2$L)', parent, month);
    end loop;
end
$$;
alter table public.events add constraint fk_events_session
    foreign key (session_id, session_month) references public.sessions (id, created_month)
    on delete cascade deferrable initially deferred;
