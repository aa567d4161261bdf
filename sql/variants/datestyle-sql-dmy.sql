-- Variant: dates are printed 22/11/2026

do $$
begin
    execute format('alter database %I set datestyle = ''SQL, DMY''', current_database());
end
$$;
