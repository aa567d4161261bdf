-- Variant: a trigger removes events of long ago, another sets settings of the application's own
-- Says   : guard_settings

create function public.zz_prune() returns trigger
language plpgsql security definer set search_path = '' as $$
begin
    perform set_config('pruning.' || tg_table_name, 'now', true);
    delete from public.events where created_at < now() - interval '5 years';
    return null;
end
$$;
create trigger zz_prune after insert on public.events
    for each statement execute function public.zz_prune();
