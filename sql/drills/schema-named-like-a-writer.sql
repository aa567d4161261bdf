-- Drill  : a schema named like the role that writes holds a table named sessions, and rows go there
-- Data   : the default search_path, "$user", public, finds that table first; no report has its rows
-- Sees   : guard_settings critical "of the whole server, which holds for"

do $$
begin
    execute format('create schema %I', current_user);
    execute format('create table %I.sessions (like public.sessions including defaults)', current_user);
end
$$;
set search_path = "$user", public;
insert into sessions (id, created_month, site_id)
values (gen_random_uuid(), date_trunc('month', now() at time zone 'UTC')::date, gen_random_uuid());
select pg_stat_force_next_flush();

-- Repair
do $$
begin
    execute format('drop schema %I cascade', current_user);
end
$$;
