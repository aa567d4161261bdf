-- Remove the oldest rows of this name, so many at most, but for those that stay.
-- Params : check_name text, cut timestamptz, kept (ids), most int
-- Columns: id
-- Rows   : one a removed row
delete from public.watchtower_checks as w
where w.id in (
    select o.id
    from public.watchtower_checks as o
    where o.check_name = :'check_name' and o.created_at < :'cut' and o.id <> all (:'kept')
    order by o.created_at
    limit :'most'
)
returning w.id
