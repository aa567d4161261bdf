-- Of some rows: is the key the beginning of which period of the clock, in which time zone?
-- Reads at most `most` rows, whichever come first.
-- Params : schema, table, key, clock (identifiers), zones text[], most int
-- Columns: every, zone, hits (rows whose key is that), total (rows that were read)
-- Rows   : one per period and zone; the key may be a date, a moment or a number like 202612, 202653 or 20261231
-- By hand: psql -v schema=public -v table=sessions -v key=created_month -v clock=created_at
--               -v zones='{UTC}' -v most=200 -f sql/discover/sample_clock.sql
with sample as materialized (
    select
        case
            when pg_catalog.pg_typeof(s.key)::text in ('timestamp with time zone', 'timestamp without time zone')
                then extract(epoch from s.key::text::timestamptz)::text
            else s.key::text
        end as key,
        pg_catalog.pg_typeof(s.key)::text like 'timestamp%' as moment_kind,
        pg_catalog.pg_typeof(s.key)::text = 'date' as date_kind,
        s.moment::timestamptz as moment
    from (
        select t.:"key" as key, t.:"clock" as moment
        from :"schema".:"table" as t
        where t.:"key" is not null and t.:"clock" is not null
        limit :'most'::int
    ) as s
    where pg_catalog.isfinite(s.moment) and s.key::text not in ('infinity', '-infinity')
),
made as (
    select
        p.every,
        z.zone,
        s.key,
        case
            when s.moment_kind
                then extract(epoch from
                    case
                        when p.every = 'exact' then s.moment
                        else pg_catalog.date_trunc(p.every, s.moment at time zone z.zone) at time zone z.zone
                    end)::text
            when p.every = 'exact' then null
            when s.date_kind
                then pg_catalog.date_trunc(p.every, s.moment at time zone z.zone)::date::text
            else pg_catalog.to_char(s.moment at time zone z.zone, p.pattern)
        end as made
    from sample as s
    cross join (
        values ('day', 'YYYYMMDD'), ('week', 'IYYYIW'), ('month', 'YYYYMM'), ('quarter', null), ('year', null),
            ('exact', null)
    ) as p (every, pattern)
    cross join unnest(:'zones'::text[]) as z (zone)
)
select
    m.every,
    m.zone,
    count(*) filter (where m.key = m.made) as hits,
    count(*) as total
from made as m
group by m.every, m.zone
order by m.every, m.zone
