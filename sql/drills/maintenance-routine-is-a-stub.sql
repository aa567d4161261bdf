-- Drill  : the maintenance routine was replaced by one that answers well and makes nothing
-- Data   : keys are right; after the months that are there no partition is made
-- Sees   : maintenance warning "public.create_next_month_partitions() differs from the reviewed text"

create or replace function public.create_next_month_partitions() returns jsonb
language sql security definer set search_path = ''
as $$select '{"ok": true, "made": [], "present": 8, "problems": []}'::jsonb$$;
