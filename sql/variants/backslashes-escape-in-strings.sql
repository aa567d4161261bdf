-- Variant: the database reads backslashes in plain strings as escapes, as very old ones did
-- Says   : rpc_answers
-- By     : superuser

do $$
begin
    execute format('alter database %I set standard_conforming_strings = off', current_database());
end
$$;
