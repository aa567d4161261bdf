-- Variant: created_month has a default that is the first of the month
-- Says   : key_constraints

alter table public.sessions alter column created_month
    set default date_trunc('month', now() at time zone 'UTC')::date;
