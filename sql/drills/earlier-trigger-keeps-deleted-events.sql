-- Drill  : a trigger marks events as deleted instead of deleting them, for the cascade too
-- Data   : the events of a deleted session stay without it, although the foreign key is enforced
-- Sees   : foreign_key warning "the trigger a_keep on public.events may keep a row that is deleted"
-- Also   : trigger_order

alter table public.events add column if not exists deleted_at timestamptz;
create or replace function public.a_keep() returns trigger language plpgsql set search_path = '' as $$
begin
    update public.events set deleted_at = now() where id = old.id and session_month = old.session_month;
    return null;
end
$$;
create or replace trigger a_keep before delete on public.events
    for each row execute function public.a_keep();

-- Repair
drop function public.a_keep() cascade;
