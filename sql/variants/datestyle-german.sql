-- Variant: dates are printed 22.11.2026

do $$
begin
    execute format('alter database %I set datestyle = ''German, DMY''', current_database());
end
$$;
