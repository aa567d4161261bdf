-- Variant: a database fourteen hours ahead of UTC

do $$
begin
    execute format('alter database %I set timezone = ''Pacific/Kiritimati''', current_database());
end
$$;
