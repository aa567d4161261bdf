-- Variant: dates are printed 22-11-2026 and moments begin with the day's name

do $$
begin
    execute format('alter database %I set datestyle = ''Postgres, DMY''', current_database());
end
$$;
