-- Drill  : a function that others may call gives the sessions to the service's role, which may then disable the guard
-- Data   : nothing yet; whoever owns the table writes it unguarded
-- Sees   : guard_settings warning "gives another owner to a guarded table"

create or replace function public.hand_over() returns void
language plpgsql security definer set search_path = '' as $$
begin
    alter table public.sessions owner to service_role;
end
$$;

-- Repair
drop function public.hand_over();
