-- What does the database itself say of its guards? A plain read.
select public.verify_current_events_partition_exists() as answer
