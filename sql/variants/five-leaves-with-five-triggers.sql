-- Variant: five partitions have a harmless trigger each, all different
-- Says   : trigger_order

do $$
declare
    leaf record;
begin
    for leaf in
        select i.inhrelid::regclass as name, row_number() over (order by i.inhrelid) as place
        from pg_inherits i where i.inhparent = 'public.sessions'::regclass
        order by 2 limit 5
    loop
        execute format('create function public.tidy_%s() returns trigger language plpgsql set search_path = '''' as
            $f$ begin new.site_id := coalesce(new.site_id, md5(%L)::uuid); return new; end $f$', leaf.place, leaf.place);
        execute format('create trigger zz_tidy before insert or update on %s for each row execute function public.tidy_%s()',
            leaf.name, leaf.place);
    end loop;
end
$$;
