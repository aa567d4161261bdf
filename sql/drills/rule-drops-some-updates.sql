-- Drill  : a rule does nothing instead of some updates of events
-- Data   : keys that should be set right stay wrong, and the writer is told that all went well
-- Sees   : guard_settings critical "drops every update for which its condition holds"

drop rule if exists keep_old on public.events;
create rule keep_old as on update to public.events
    where old.created_at < now() - interval '1 day' do instead nothing;
