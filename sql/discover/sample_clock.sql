-- Of some rows: is the key the beginning of which period of the clock, in which time zone?
-- Reads at most `most` rows, whichever come first.
-- Params : schema, table, key, clock (identifiers), kind text (of the key: date, moment, or number for one like
--          202612, 202653 or 20261231), zones text[], most int
-- Columns: every, zone, hits (rows whose key is that), total (rows that were read)
-- Rows   : one per period and zone
-- By hand: psql -v schema=public -v table=sessions -v key=created_month -v clock=created_at -v kind=date
--               -v zones='{UTC}' -v most=200 -f sql/discover/sample_clock.sql
with sample as materialized (
    select s.key, s.moment::timestamptz as moment
    from (
        select t.:"key"::text as key, t.:"clock" as moment
        from :"schema".:"table" as t
        where t.:"key" is not null and t.:"clock" is not null
        limit :'most'::int
    ) as s
    where pg_catalog.isfinite(s.moment::timestamptz) and s.key not in ('infinity', '-infinity')
),
made as (
    select
        p.every,
        z.zone,
        case :'kind'::text
            when 'moment' then s.key::timestamptz = case
                when p.every = 'exact' then s.moment
                else pg_catalog.date_trunc(p.every, s.moment at time zone z.zone) at time zone z.zone
            end
            when 'date' then
                p.every <> 'exact'
                and s.key = pg_catalog.date_trunc(
                    case p.every when 'exact' then 'day' else p.every end, s.moment at time zone z.zone
                )::date::text
            else coalesce(s.key = pg_catalog.to_char(s.moment at time zone z.zone, p.pattern), false)
        end as hit
    from sample as s
    cross join (
        values ('day', 'YYYYMMDD'), ('week', 'IYYYIW'), ('month', 'YYYYMM'), ('quarter', null), ('year', null),
            ('exact', null)
    ) as p (every, pattern)
    cross join unnest(:'zones'::text[]) as z (zone)
)
select m.every, m.zone, count(*) filter (where m.hit) as hits, count(*) as total
from made as m
group by m.every, m.zone
order by m.every, m.zone
