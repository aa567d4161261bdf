-- Drill  : a rule does nothing instead of an insert into sessions
-- Data   : every session is lost, and the writer is told that all went well
-- Sees   : guard_settings critical "drops every insert: nothing is written, and no error is raised"

drop rule if exists lose_them on public.sessions;
create rule lose_them as on insert to public.sessions do instead nothing;
