"""Another application's tables, three of them that repeat one key, by any period."""

from __future__ import annotations

from dataclasses import dataclass

_TABLE = """
create table web.{table} (
    nr bigint generated always as identity,
    {key} {type} not null,
    {more}
    site text,
    at timestamptz not null default now(),
    primary key (nr, {key}){tie}
) partition by range ({key});
create index on web.{table} (at);
alter table web.{table} enable row level security;
create policy watchtower_reads on web.{table} for select to watchtower using (true);
do $$
declare
    low timestamp;
    name text;
    first text;
begin
    for back in -{ahead}..{back} loop
        low := date_trunc('{parts}', now() at time zone '{zone}') - back * interval '{step}';
        name := '{table}_' || to_char(low, '{name}');
        first := {bound};
        low := low + interval '{step}';
        execute format('create table web.%I partition of web.{table} for values from (%L) to (%L)',
            name, first, {bound});
        execute format('alter table web.%I enable row level security', name);
    end loop;
end
$$;
create table web.{table}_default partition of web.{table} default;
alter table web.{table}_default enable row level security;
create function web.set_{table}() returns trigger language plpgsql
security definer set search_path = '' as $guard$
{body}
$guard$;
create trigger set_{table} before insert or update on web.{table}
    for each row execute function web.set_{table}();
revoke execute on function web.set_{table}() from public;
grant execute on function web.set_{table}() to watchtower;
"""
_TIE = """,
    constraint {table}_{above} foreign key ({above}, {key}) references web.{above} (nr, {own})
        on delete cascade deferrable initially deferred"""
_BY_CLOCK = """begin
    new.{key} := {right};
    return new;
end"""
_BY_REFERENCE = """declare
    own {type};
begin
    select p.{above_key} into own from web.{above} as p
    where p.nr = new.{above} order by p.{above_key} = new.{key} desc limit 1;
    if own is null then
        raise exception 'there is no row % of {above}', new.{above};
    end if;
    new.{key} := own;
    return new;
end"""
CHAIN = ("visits", "hits", "clicks")


@dataclass(frozen=True)
class Shape:
    """How are the keys written? `right` is of new.at, `bound` of a day `low`, both as SQL."""

    every: str
    type: str
    right: str
    bound: str
    parts: str
    step: str
    name: str
    zone: str = "UTC"

    def sql(self) -> str:
        """Everything of it, healthy, with rows of the last days."""
        sql = ["create schema web authorization owner;\ngrant usage on schema web to watchtower;"]
        for place, table in enumerate(CHAIN):
            above = CHAIN[place - 1] if place else ""
            given = {
                **vars(self),
                "table": table,
                "key": f"{table}_key",
                "above": above,
                "own": f"{above}_key",
                "above_key": f"{above}_key",
                "ahead": 3,
                "back": 30 if self.parts == "day" else 6,
            }
            more = f"{above} bigint not null," if above else ""
            tie = _TIE.format(**given) if above else ""
            body = (_BY_REFERENCE if above else _BY_CLOCK).format(**given)
            sql.append(_TABLE.format(**given, more=more, tie=tie, body=body))
        sql.append(
            "insert into web.visits (visits_key, at)\n"
            f"select {self.right.replace('new.at', 'made.at')}, made.at from (\n"
            "  select now() - n * interval '3 hours' as at from generate_series(0, 100) as n\n"
            ") as made;\n"
            "insert into web.hits (visits, hits_key, at)\n"
            "select nr, visits_key, least(at + n * interval '1 minute', now())\n"
            "from web.visits cross join generate_series(0, 2) as n;\n"
            "insert into web.clicks (hits, clicks_key, at) select nr, hits_key, at from web.hits;\n"
            "grant select on web.visits, web.hits, web.clicks to watchtower;"
        )
        return "\n".join(sql)

    def toml(self) -> str:
        """Its declaration."""
        entries = []
        for place, table in enumerate(CHAIN):
            above = CHAIN[place - 1] if place else ""
            more = (
                f'from = {{ column = "{above}", table = "web.{above}", id = "nr",'
                f' key = "{above}_key" }}\nforeign_key = "{table}_{above}"'
                if above
                else f'every = "{self.every}"\nzone = "{self.zone}"'
            )
            entries.append(
                f'[[guard]]\ntable = "web.{table}"\nid = "nr"\nkey = "{table}_key"\nclock = "at"\n'
                f'{more}\ntrigger = "set_{table}"\nfunction = "set_{table}"\n'
            )
        return "\n".join(entries)


_CUT = "pg_catalog.date_trunc('{}', new.at at time zone '{}')"
SHAPES = {
    "weeks as numbers": Shape(
        "week",
        "int",
        "pg_catalog.to_char(new.at at time zone 'UTC', 'IYYYIW')::int",
        "to_char(low, 'IYYYIW')",
        "week",
        "7 days",
        'IYYY"_w"IW',
    ),
    "days": Shape(
        "day",
        "date",
        "(new.at at time zone 'UTC')::date",
        "low::date",
        "day",
        "1 day",
        "YYYY_MM_DD",
    ),
    "the time itself under monthly partitions": Shape(
        "exact",
        "timestamptz",
        "new.at",
        "low at time zone 'UTC'",
        "month",
        "1 month",
        "YYYY_MM",
    ),
    "months of Berlin as moments": Shape(
        "month",
        "timestamptz",
        f"{_CUT.format('month', 'Europe/Berlin')} at time zone 'Europe/Berlin'",
        "low at time zone 'Europe/Berlin'",
        "month",
        "1 month",
        "YYYY_MM",
        "Europe/Berlin",
    ),
    "days as numbers under monthly partitions": Shape(
        "day",
        "bigint",
        "pg_catalog.to_char(new.at at time zone 'UTC', 'YYYYMMDD')::bigint",
        "to_char(low, 'YYYYMMDD')",
        "month",
        "1 month",
        "YYYY_MM",
    ),
    "quarters": Shape(
        "quarter",
        "date",
        f"{_CUT.format('quarter', 'UTC')}::date",
        "low::date",
        "quarter",
        "3 months",
        'YYYY"_q"Q',
    ),
}
