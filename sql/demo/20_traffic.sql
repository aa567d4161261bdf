-- Which visits and events happen between two moments: sample traffic as a pure function of time.
-- Nights are quiet, weekends slow, the sites grow; the same moments always give the same rows with the
-- same ids, so a piece may be asked for twice, by two programs at once, or after a week away.
--
-- Does  : creates temporary functions, which end with the session; nothing stays in the database.
-- Needs : TEMP.
-- Run   : psql -v ON_ERROR_STOP=1 -f 20_traffic.sql, then e.g.
--         select * from pg_temp.visits(now() - interval '1 day', now());

-- A number in [0, 1), the same for the same key and purpose.
create or replace function pg_temp.dice(key bigint, purpose bigint)
returns double precision
language sql
immutable
as $dice$
    select (hashint8extended(key, purpose) & 2147483647) / 2147483648::double precision
$dice$;

-- A version 4 uuid, the same for the same name.
create or replace function pg_temp.named_uuid(name text)
returns uuid
language sql
immutable
as $uuid$
    select overlay(overlay(md5(name) placing '4' from 13) placing '9' from 17)::uuid
$uuid$;

create or replace function pg_temp.sites()
returns table (site_id uuid, host text, low double precision, high double precision)
language sql
immutable
as $sites$
    values
        ('3f6c1f0e-6a52-4c1b-9d0e-0c5a7b1e2a01'::uuid, 'www.northwind.example', 0.00::float8, 0.38::float8),
        ('8b0d7c52-1e94-4f6a-a2b7-5d3f9c84e702', 'shop.northwind.example', 0.38, 0.62),
        ('c94ae2d7-75b3-4e08-8f19-2e6b0d53f103', 'docs.harbour.example', 0.62, 0.80),
        ('e17f58a9-02cd-49b4-b6c3-91f4ae27d804', 'blog.harbour.example', 0.80, 0.93),
        ('5a2e93b6-c8f1-4d7e-93ad-74b80c16ef05', 'status.lighthouse.example', 0.93, 1.00)
$sites$;

-- One row per visit that begins after `since` and not after `until`. `key` is the visit's own number: all
-- that is drawn for the visit is drawn with it. The last minutes of a month always have visits, so that some
-- go on into the next month.
create or replace function pg_temp.visits(since timestamptz, until timestamptz)
returns table (id uuid, created_at timestamptz, site_id uuid, host text, key bigint)
language sql
stable
as $visits$
    with slot as (
        select
            begins,
            begins at time zone 'UTC' as local,
            extract(epoch from begins)::bigint as number
        from generate_series(
            date_bin('5 minutes', since, '2000-01-01 00:00:00+00'), until, interval '5 minutes'
        ) as begins
    ),
    expected as materialized (
        select
            begins,
            number,
            0.48
            * (array[.42, .38, .35, .34, .35, .40, .56, .84, 1.16, 1.42, 1.52, 1.50,
                     1.40, 1.46, 1.54, 1.52, 1.46, 1.38, 1.34, 1.40, 1.36, 1.12, .76, .48]
              )[extract(hour from local)::int + 1]
            * (array[1.05, 1.10, 1.12, 1.08, 1.00, .62, .70])[extract(isodow from local)::int]
            * (0.92 + 0.16 * pg_temp.dice(number / 86400, 1))
            * greatest(1.0, least(2.0, 1 + 0.25 * (number - 1767225600) / 31557600.0))
            + case when (local + interval '5 minutes')::time = '00:00'
                    and extract(day from local + interval '5 minutes') = 1 then 3 else 0 end as visits
        from slot
    ),
    visit as (
        select
            expected.begins,
            expected.number * 100 + n as key
        from expected
        cross join generate_series(1, floor(expected.visits + pg_temp.dice(expected.number, 2))::int) as n
    ),
    timed as materialized (
        select
            visit.key,
            date_trunc('milliseconds', visit.begins + interval '5 minutes' * pg_temp.dice(visit.key, 3))
                as created_at
        from visit
    )
    select pg_temp.named_uuid('visit ' || timed.key), timed.created_at, site.site_id, site.host, timed.key
    from timed
    join pg_temp.sites() as site
      on pg_temp.dice(timed.key, 4) >= site.low and pg_temp.dice(timed.key, 4) < site.high
    where timed.created_at > since
      and timed.created_at <= until
$visits$;

-- One row per event that has happened by `moment`, of the visits that begin after `since` and not after
-- `until`: one to eight a visit, the last within 20 minutes.
create or replace function pg_temp.visit_events(since timestamptz, until timestamptz, moment timestamptz)
returns table (
    id uuid, session_id uuid, site_id uuid, url text, created_at timestamptz,
    event_category text, event_action text, metadata jsonb, ingest_dedup_id uuid
)
language sql
stable
as $events$
    with visit as materialized (
        select * from pg_temp.visits(since, until)
    ),
    step as materialized (
        select
            visit.id as session_id,
            visit.site_id,
            visit.host,
            visit.key,
            visit.key * 10 + n as step,
            n,
            date_trunc('milliseconds', visit.created_at
                + interval '2 seconds' * pg_temp.dice(visit.key * 10 + n, 5)
                + interval '1 second' * (n - 1) * (15 + 135 * pg_temp.dice(visit.key, 6))) as created_at
        from visit
        cross join generate_series(1, 1 + floor(8 * power(pg_temp.dice(visit.key, 7), 1.2))::int) as n
    ),
    act as materialized (
        select
            step.*,
            case when step.n = 1 then 1
                 else 1 + floor((array[4, 4, 6, 6, 8, 8, 9, 9])[step.n] * pg_temp.dice(step.step, 8))::int
            end as act
        from step
        where step.created_at <= moment
    )
    select
        pg_temp.named_uuid('event ' || act.step),
        act.session_id,
        act.site_id,
        'https://' || act.host
            || (array['/', '/pricing', '/guides/getting-started', '/products/harbour-lamp', '/products/deck-chair',
                      '/search?q=rope', '/about', '/guides/knots', '/contact', '/cart'])
               [1 + floor(10 * power(pg_temp.dice(act.step / case when act.act = 1 then 1 else 10 end, 9), 1.7))::int],
        act.created_at,
        (array['page', 'engagement', 'page', 'engagement', 'engagement', 'media', 'form', 'form', 'commerce'])[act.act],
        (array['view', 'scroll', 'view', 'click', 'outbound_click', 'play', 'start', 'submit', 'add_to_cart'])[act.act],
        jsonb_build_object(
            'device', (array['desktop', 'desktop', 'mobile', 'mobile', 'mobile', 'tablet'])
                      [1 + floor(6 * pg_temp.dice(act.key, 10))::int],
            'browser', (array['Chrome', 'Chrome', 'Safari', 'Firefox', 'Edge'])
                       [1 + floor(5 * pg_temp.dice(act.key, 11))::int],
            'country', (array['DE', 'DE', 'FR', 'GB', 'NL', 'US', 'PL', 'SE'])
                       [1 + floor(8 * pg_temp.dice(act.key, 12))::int],
            'step', act.n
        ),
        pg_temp.named_uuid('ingest ' || act.step)
    from act
$events$;
