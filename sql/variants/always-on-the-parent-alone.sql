-- Variant: after pg_restore --disable-triggers an ALWAYS guard's partitions are ordinary again

alter table only public.sessions enable always trigger sessions_set_created_month;
