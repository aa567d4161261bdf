-- Variant: there is no DEFAULT partition, so that a row without a month is refused

drop table public.events_default;
alter table public.sessions detach partition public.sessions_default;
drop table public.sessions_default;
