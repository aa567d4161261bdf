-- Drill  : pg_cron runs a command that switches the triggers of sessions off
-- Data   : what it loads keeps whatever month it has; so does all after it, if it is cut off in the middle
-- Sees   : guard_settings warning "the command of pg_cron's job nightly-load switches triggers off by ALTER TABLE"
-- On     : cron

select cron.schedule('nightly-load', '0 2 1 1 *',
    'do $$ begin alter table public.sessions disable trigger user; alter table public.sessions enable trigger user; end $$');

-- Repair
select cron.unschedule('nightly-load');
