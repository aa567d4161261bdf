-- What does the database itself say of the partition of this month? A plain read.
select public.verify_current_events_partition_exists() as answer
