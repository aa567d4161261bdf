-- Drill  : row level security is forced on the owner, for whom there is no policy
-- Data   : nothing changes for others; the owner sees zero rows and no error
-- Sees   : row_visibility unknown "hides every row of public.events from the role owner: no policy"
-- Also   : orphan_rows, default_partition_rows, null_keys, freshness
-- As     : owner

alter table public.events force row level security;

-- Repair
alter table public.events no force row level security;
