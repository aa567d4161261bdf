-- Drill  : the events guard calls the function of the same name in another schema
-- Data   : new events keep whatever month the writer sends
-- Sees   : guard_triggers critical "calls elsewhere.trg_events_set_session_month_from_session()"
-- Also   : rpc_answers

create schema if not exists elsewhere;
create or replace function elsewhere.trg_events_set_session_month_from_session() returns trigger
language plpgsql as 'begin return new; end';
create or replace trigger events_set_session_month_from_session
    before insert or update of session_id, session_month, site_id on public.events
    for each row execute function elsewhere.trg_events_set_session_month_from_session();
