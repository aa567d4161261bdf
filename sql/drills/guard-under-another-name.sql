-- Drill  : the sessions guard works under another name
-- Data   : rows are right; whatever looks for the guard by its name misses it
-- Sees   : guard_triggers warning "runs under another name, keep_month"
-- Also   : rpc_answers

alter trigger sessions_set_created_month on public.sessions rename to keep_month;

-- Repair
alter trigger keep_month on public.sessions rename to sessions_set_created_month;
