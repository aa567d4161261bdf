-- Drill  : the events guard takes its search_path from the writer
-- Data   : a writer's own table or operator can stand in for the real one
-- Sees   : guard_functions warning "settings are"
-- Also   : guard_behaviour

alter function public.trg_events_set_session_month_from_session() reset search_path;
