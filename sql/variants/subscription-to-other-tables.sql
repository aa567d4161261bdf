-- Variant: a subscription is there and fills none of the guarded tables
-- Says   : guard_settings
-- By     : superuser

create subscription fills_others connection 'dbname=elsewhere' publication p
    with (connect = false, slot_name = none);

-- Repair
drop subscription fills_others;
