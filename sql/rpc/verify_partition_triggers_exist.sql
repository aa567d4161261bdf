-- What does the database itself say of its guards? A plain read.
select public.verify_partition_triggers_exist() as answer
