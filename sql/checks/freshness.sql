-- When did the newest row come in, and is there any at all? A row dated ahead says nothing of now.
-- Names  : schema, table, clock
-- Params : since timestamptz, now timestamptz
-- Columns: newest (null when there is none from since to now), any_row
-- Rows   : one
-- By hand: psql -v schema=public -v table=sessions -v clock=created_at -v since=2026-11-15
--               -v now=2026-11-22 -f sql/checks/freshness.sql
select
    (
        -- max() says the same, and has every partition planned a second time.
        select t.:"clock"::timestamptz
        from :"schema".:"table" as t
        where t.:"clock" >= :'since'::timestamptz and t.:"clock" <= :'now'::timestamptz
        order by t.:"clock" desc
        limit 1
    ) as newest,
    exists (select from :"schema".:"table") as any_row
