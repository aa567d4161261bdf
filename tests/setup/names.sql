-- Names that hold whatever a name may hold: quotes, blanks, ends of lines, what turns the writing round.
create schema "Größe ""x""";
grant usage on schema "Größe ""x""" to owner, watchtower;
alter schema "Größe ""x""" owner to owner;
set role owner;
create table "Größe ""x"""."the
 visits.of 'us' %s" (
    "the ""id""
" bigint generated always as identity,
    "mónth\ of" date not null,
    "seen ]] at # x" timestamp not null default now(),
    primary key ("the ""id""
", "mónth\ of")
) partition by range ("mónth\ of");
create table "Größe ""x"""."‮hits" (
    nr bigint generated always as identity,
    "visit""s month" date not null,
    "of = visit" bigint not null,
    "hit at" timestamptz not null default now(),
    primary key (nr, "visit""s month"),
    constraint "binds
both" foreign key ("of = visit", "visit""s month") references "Größe ""x"""."the
 visits.of 'us' %s" ("the ""id""
", "mónth\ of")
) partition by range ("visit""s month");
create function "Größe ""x"""."set
it" () returns trigger language plpgsql as $$
begin
    new."mónth\ of" := date_trunc('month', new."seen ]] at # x");
    return new;
end
$$;
create function "Größe ""x"""."copy # it" () returns trigger language plpgsql as $$
begin
    new."visit""s month" := (select v."mónth\ of" from "Größe ""x"""."the
 visits.of 'us' %s" as v where v."the ""id""
" = new."of = visit");
    return new;
end
$$;
create trigger "a trigger
[[guard]]" before insert or update on "Größe ""x"""."the
 visits.of 'us' %s" for each row execute function "Größe ""x"""."set
it" ();
create trigger "a ""trigger""" before insert or update on "Größe ""x"""."‮hits"
    for each row execute function "Größe ""x"""."copy # it" ();
create table "Größe ""x"""."visits 2026" partition of "Größe ""x"""."the
 visits.of 'us' %s" for values from ('2026-02-01') to ('2026-03-01');
create table "Größe ""x"""."hits 2026" partition of "Größe ""x"""."‮hits"
    for values from ('2026-02-01') to ('2026-03-01');
insert into "Größe ""x"""."the
 visits.of 'us' %s" ("mónth\ of", "seen ]] at # x") select '2026-02-01', timestamp '2026-02-03' from generate_series(1, 12);
insert into "Größe ""x"""."‮hits" ("of = visit", "visit""s month") select "the ""id""
", "mónth\ of" from "Größe ""x"""."the
 visits.of 'us' %s";
grant select on all tables in schema "Größe ""x""" to watchtower;
