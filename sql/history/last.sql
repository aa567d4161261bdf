-- What did the last verification find, whichever process wrote it? One that is dated in the future is none.
-- The time may be a `timestamp` or a `date` there: it is cast where it is handed out, never where rows are found by it.
-- Params : known text (the id of the one that is known: of that the id alone)
-- Columns: id, details, created_at
-- Rows   : one, or none
-- By hand: psql -v known= -f sql/history/last.sql
select
    w.id::text as id,
    case when w.id::text is distinct from :'known' then w.details end as details,
    w.created_at::timestamptz as created_at
from public.watchtower_checks as w
where w.check_name = 'partition_watchtower' and w.created_at <= pg_catalog.now()
    and case
        when pg_catalog.jsonb_typeof(w.details -> 'checks') = 'array'
            then pg_catalog.jsonb_array_length(w.details -> 'checks') > 0
    end
order by w.created_at desc, w.id desc
limit 1
