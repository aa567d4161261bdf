-- Another application's tables by month: other names, a quoted one, another schema, and a chain of three.
create schema web authorization owner;

create table web."Visits" (
    nr bigint generated always as identity,
    "on" date not null,
    site text,
    "seen at" timestamptz not null default now(),
    primary key (nr, "on")
) partition by range ("on");
create table web.hits (
    nr bigint generated always as identity,
    visit_month date not null,
    visit bigint not null,
    site text,
    hit_at timestamptz not null default now(),
    primary key (nr, visit_month),
    constraint hits_visit foreign key (visit, visit_month)
        references web."Visits" (nr, "on") on delete cascade deferrable initially deferred
) partition by range (visit_month);
create index on web."Visits" ("seen at");
create index on web.hits (hit_at);
create index on web.hits (visit, visit_month);

create function web.set_visit_month() returns trigger language plpgsql
security definer set search_path = '' as $guard$
begin
    new."on" := pg_catalog.date_trunc('month', new."seen at" at time zone 'UTC')::pg_catalog.date;
    return new;
end
$guard$;
create trigger "set month" before insert or update of "seen at", "on" on web."Visits"
    for each row execute function web.set_visit_month();
create function web.set_hit_month() returns trigger language plpgsql
security definer set search_path = '' as $guard$
declare
    month pg_catalog.date;
    own_site pg_catalog.text;
begin
    select v."on", v.site into month, own_site from web."Visits" as v
    where v.nr = new.visit order by v."on" = new.visit_month desc limit 1;
    if month is null then
        raise exception 'there is no visit %', new.visit;
    end if;
    new.visit_month := month;
    new.site := coalesce(new.site, own_site);
    return new;
end
$guard$;
create trigger set_hit_month before insert or update of visit, visit_month, site on web.hits
    for each row execute function web.set_hit_month();
revoke execute on function web.set_visit_month(), web.set_hit_month() from public;
grant execute on function web.set_visit_month(), web.set_hit_month() to watchtower;

do $$
declare
    month date;
begin
    for back in -3..6 loop
        month := date_trunc('month', now() at time zone 'UTC') - back * interval '1 month';
        execute format('create table web."Visits_%s" partition of web."Visits" for values from (%L) to (%L)',
            to_char(month, 'YYYY_MM'), month, (month + interval '1 month')::date);
        execute format('create table web.hits_%s partition of web.hits for values from (%L) to (%L)',
            to_char(month, 'YYYY_MM'), month, (month + interval '1 month')::date);
        execute format('alter table web."Visits_%s" enable row level security', to_char(month, 'YYYY_MM'));
        execute format('alter table web.hits_%s enable row level security', to_char(month, 'YYYY_MM'));
    end loop;
end
$$;
create table web."Visits_default" partition of web."Visits" default;
create table web.hits_default partition of web.hits default;
alter table web."Visits" enable row level security;
alter table web.hits enable row level security;
alter table web."Visits_default" enable row level security;
alter table web.hits_default enable row level security;

insert into web."Visits" ("on", site, "seen at")
select date_trunc('month', moment at time zone 'UTC'), 'site ' || n % 3, moment
from generate_series(1, 200) as n
cross join lateral (select now() - n * interval '5 hours' + interval '3 hours' as moment) as at;
insert into web.hits (visit, visit_month, hit_at)
select v.nr, v."on", least(v."seen at" + n * interval '1 minute', now())
from web."Visits" as v cross join generate_series(1, 3) as n;

grant usage on schema web to watchtower;
grant select on web."Visits", web.hits to watchtower;
create policy watchtower_reads on web."Visits" for select to watchtower using (true);
create policy watchtower_reads on web.hits for select to watchtower using (true);
