-- Variant: both guards are ENABLE ALWAYS, so that they fire for replication too

alter table public.sessions enable always trigger sessions_set_created_month;
alter table public.events enable always trigger events_set_session_month_from_session;
