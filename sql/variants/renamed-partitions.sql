-- Variant: the partitions have names of another kind
-- Says   : unattached_partitions

do $$
declare
    leaf record;
begin
    for leaf in
        select inhrelid::regclass as relation, row_number() over () as place
        from pg_inherits
        where inhparent in ('public.sessions'::regclass, 'public.events'::regclass)
    loop
        execute format('alter table %s rename to part_%s', leaf.relation, leaf.place);
    end loop;
end
$$;
