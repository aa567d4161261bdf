-- Drill  : the watchtower may not try the sessions guard's function
-- Data   : nothing changes; whether the guard works can no longer be proven
-- Sees   : guard_behaviour unknown "public.trg_sessions_set_created_month()"
-- As     : role

revoke execute on function public.trg_sessions_set_created_month() from watchtower;
