-- Drill  : a procedure makes the function of the sessions guard empty while it loads
-- Data   : every session that anybody writes meanwhile keeps whatever month was sent
-- Sees   : guard_settings warning "replaces the function trg_sessions_set_created_month()"

create or replace procedure public.load_sessions() language plpgsql as $$
begin
    create or replace function public.trg_sessions_set_created_month() returns trigger language plpgsql as $f$
    begin
        return new;
    end
    $f$;
    commit;
end
$$;

-- Repair
drop procedure public.load_sessions();
