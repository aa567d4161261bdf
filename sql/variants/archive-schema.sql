-- Variant: an archive schema has tables, partitions and triggers of the same names

create schema archive;
create table archive.sessions (like public.sessions) partition by range (created_month);
create table archive.events (like public.events) partition by range (session_month);
create table archive.sessions_default partition of archive.sessions default;
create table archive.events_default partition of archive.events default;
create function archive.trg_sessions_set_created_month() returns trigger
language plpgsql as 'begin return new; end';
create trigger sessions_set_created_month before insert on archive.sessions
    for each row execute function archive.trg_sessions_set_created_month();
alter table archive.sessions disable trigger sessions_set_created_month;
