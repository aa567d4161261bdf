-- What does the database itself say of drift? Writes a row into watchtower_checks.
select public.watchtower_partition_drift_check_v1() as answer
