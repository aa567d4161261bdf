-- What did the cases of the probe come to?
-- Columns: answers (JSON array, one object per case: rows and key, or state and message)
select pg_catalog.current_setting('watchtower.probe')::jsonb as answers
