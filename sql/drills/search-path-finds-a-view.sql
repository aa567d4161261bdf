-- Drill  : the database's search_path comes to a view named events, which leads to another table
-- Data   : what is written without naming the schema goes there, and no report has it
-- Sees   : guard_settings critical "comes to the view legacy.events before public.events"

create schema if not exists legacy;
create table if not exists legacy.all_events (like public.events including defaults);
create or replace view legacy.events as select * from legacy.all_events;
do $$
begin
    execute format('alter database %I set search_path = legacy, public', current_database());
end
$$;
set search_path = legacy, public;
insert into events (id, session_month, session_id, url, created_at)
values (gen_random_uuid(), '2026-01-01', gen_random_uuid(), '/', now());
select pg_stat_force_next_flush();
