-- Hand the plan of a probe to the blocks that carry it out, for this transaction alone: a DO block
-- takes no parameters.
-- Params : plan text (JSON: schema, table, function, key, cases)
-- Columns: planned
select pg_catalog.set_config('watchtower.probe', :'plan', true) is not null as planned
