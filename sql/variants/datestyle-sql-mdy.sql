-- Variant: dates are printed 11/22/2026

do $$
begin
    execute format('alter database %I set datestyle = ''SQL, MDY''', current_database());
end
$$;
