-- Drill  : the watchtower may make no temporary table to try the guards on
-- Data   : nothing changes; whether the guards work can no longer be proven
-- Sees   : guard_behaviour unknown "temporary"
-- As     : role

do $$
begin
    execute format('revoke temporary on database %I from public, watchtower', current_database());
end
$$;
