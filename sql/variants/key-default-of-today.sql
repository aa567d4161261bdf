-- Variant: created_month has DEFAULT CURRENT_DATE, and the guard sets it right

alter table public.sessions alter column created_month set default current_date;
