-- Drill  : events has no row left, and the last verification had counted some
-- Data   : whatever was counted before is gone
-- Sees   : freshness warning "public.events is empty, and had rows on "
-- Also   : orphan_rows
-- Demo   : no, nothing here brings the rows back

insert into public.watchtower_checks (check_name, ok, details)
values ('partition_watchtower', true, '{"status": "ok", "figures": {"tables": {"events": {"rows": 812}}}}');
truncate public.events;

-- Repair
delete from public.watchtower_checks where check_name = 'partition_watchtower';
