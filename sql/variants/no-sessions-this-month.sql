-- Variant: it is the first minute of a month and no row of it has come in yet
-- Says   : freshness
-- At     : month end + 1 min

select null;
