-- Variant: the tables are empty
-- Says   : guard_behaviour

truncate public.sessions, public.events;
