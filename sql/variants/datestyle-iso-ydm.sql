-- Variant: dates are read day first

do $$
begin
    execute format('alter database %I set datestyle = ''ISO, DMY''', current_database());
end
$$;
