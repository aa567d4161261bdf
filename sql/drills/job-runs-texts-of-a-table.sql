-- Drill  : pg_cron calls a function that executes what stands in a table, with the rights of the tables' owner
-- Data   : whoever writes into that table can switch the guards off, and on again
-- Sees   : guard_settings unknown "the command of pg_cron's job queue calls run_queue(), which runs a text"
-- On     : cron

create table public.commands (command text);
alter table public.commands enable row level security;
create function public.run_queue() returns void language plpgsql set search_path = '' as $$
declare
    one record;
begin
    for one in select command from public.commands loop
        execute one.command;
    end loop;
end
$$;
select cron.schedule('queue', '0 2 1 1 *', 'select public.run_queue()');

-- Repair
select cron.unschedule('queue');
drop function public.run_queue();
drop table public.commands;
