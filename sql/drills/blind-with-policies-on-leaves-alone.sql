-- Drill  : each partition has the watchtower's policy and the table has none
-- Data   : nothing changes; through the table it sees zero rows and no error
-- Sees   : row_visibility unknown "hides every row of public.events from the role watchtower: no policy"
-- Also   : orphan_rows, default_partition_rows, null_keys, freshness
-- As     : role
-- Demo   : no, its policies on the partitions would stay

drop policy watchtower_reads on public.events;
do $$
declare
    leaf regclass;
begin
    for leaf in select inhrelid from pg_inherits where inhparent = 'public.events'::regclass loop
        execute format('create policy reads on %s for select to watchtower using (true)', leaf);
        execute format('grant select on %s to watchtower', leaf);
    end loop;
end
$$;
