-- Drill  : a rule deletes from sessions besides each insert
-- Data   : the row that was just written may be gone again, and its writer hears nothing of it
-- Sees   : guard_settings unknown "the rule only_one on public.sessions deletes rows by what was just written"
-- Demo   : no, the sessions that come in meanwhile are gone for good

create or replace rule only_one as on insert to public.sessions
    do also delete from public.sessions where site_id is null;
