-- Of some rows that refer to another: do they repeat its key?
-- Reads at most `most` rows, whichever come first, and looks each one's row up by id and key.
-- Params : schema, table, key, reference, parent_schema, parent, parent_id, parent_key (identifiers), most int
-- Columns: hits (rows that repeat the key of the row that they name), total (rows that were read)
-- By hand: psql -v schema=public -v table=events -v key=session_month -v reference=session_id
--               -v parent_schema=public -v parent=sessions -v parent_id=id -v parent_key=created_month
--               -v most=200 -f sql/discover/sample_reference.sql
with sample as materialized (
    select t.:"key" as key, t.:"reference" as reference
    from :"schema".:"table" as t
    where t.:"key" is not null and t.:"reference" is not null
    limit :'most'::int
)
select
    count(*) filter (
        where exists (
            select
            from :"parent_schema".:"parent" as p
            where p.:"parent_id" = s.reference and p.:"parent_key" = s.key
        )
    ) as hits,
    count(*) as total
from sample as s
