"""What may happen to the guards, one statement at a time? The random oracle draws from these.

A statement that the state of the database does not allow fails, and then has happened to nobody.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import product

from tests.drills.guard_bodies import BODIES, OWN_BODIES, WRITER
from tests.servers import OWNER, SUPERUSER

# {table}, {key} and the rest are of one guard; {this} and {next} are months as 2026_11.
GUARDS = {
    "sessions": {
        "table": "sessions",
        "key": "created_month",
        "guard": "sessions_set_created_month",
        "function": "trg_sessions_set_created_month",
        "columns": "created_at, created_month",
        "fewer": "created_at",
    },
    "events": {
        "table": "events",
        "key": "session_month",
        "guard": "events_set_session_month_from_session",
        "function": "trg_events_set_session_month_from_session",
        "columns": "session_id, session_month, site_id",
        "fewer": "session_month, site_id",
    },
}
PLACES = (
    "public.{table}",
    "only public.{table}",
    "public.{table}_{this}",
    "public.{table}_{next}",
    "public.{table}_default",
)
SWITCHES = ("enable", "disable", "enable replica", "enable always")

_DEFINER = "language plpgsql security definer set search_path = ''"


@dataclass(frozen=True)
class Statement:
    """One statement, what it is called in a report, and who runs it."""

    name: str
    sql: str
    user: str = OWNER

    def __repr__(self) -> str:
        return self.name


def statements() -> list[Statement]:
    """Everything that may happen, the plainer first: that is the way a failure shrinks."""
    made = [statement for guard in GUARDS for statement in _of(guard)]
    return [*made, *_foreign_key(), *_settings()]


def _of(name: str) -> list[Statement]:
    guard = dict(GUARDS[name], this="{this}", next="{next}")
    return [
        Statement(f"{name}: {label}", sql.format(**guard), user)
        for label, sql, user in [
            *_switches(),
            *_triggers(),
            *_functions(name),
            *_others(),
            *_partitions(),
            *_rules(),
        ]
    ]


def _switches() -> list[tuple[str, str, str]]:
    return [
        (f"{switch} on {place}", f"alter table {place} {switch} trigger {{guard}}", OWNER)
        for place, switch in product(PLACES, SWITCHES)
    ] + [
        ("disable all", "alter table public.{table} disable trigger all", SUPERUSER),
        ("enable all", "alter table public.{table} enable trigger all", SUPERUSER),
    ]


def _triggers() -> list[tuple[str, str, str]]:
    calls = " for each row execute function public.{function}()"
    create = "create or replace trigger {guard} "
    shapes = {
        "the right trigger": "before insert or update of {columns} on public.{table}" + calls,
        "on every column": "before insert or update on public.{table}" + calls,
        "after": "after insert or update of {columns} on public.{table}" + calls,
        "insert only": "before insert on public.{table}" + calls,
        "update only": "before update of {columns} on public.{table}" + calls,
        "fewer columns": "before insert or update of {fewer} on public.{table}" + calls,
        "on delete too": "before insert or update or delete on public.{table}" + calls,
        "when null": "before insert or update of {columns} on public.{table}"
        " for each row when (new.{key} is null) execute function public.{function}()",
        "on this leaf": "before insert or update of {columns} on public.{table}_{this}" + calls,
        "on the next leaf": "before insert or update of {columns} on public.{table}_{next}" + calls,
    }
    return [
        ("drop the trigger", "drop trigger {guard} on public.{table}", OWNER),
        ("rename the trigger", "alter trigger {guard} on public.{table} rename to keep", OWNER),
        ("a second guard", create.replace("{guard}", "zz_keep") + shapes["on every column"], OWNER),
        *((label, create + shape, OWNER) for label, shape in shapes.items()),
    ]


def _functions(name: str) -> list[tuple[str, str, str]]:
    replace = "create or replace function public.{function}() returns trigger " + _DEFINER
    bodies = {**BODIES, **OWN_BODIES[name]}
    return [
        *((f"function {name}", f"{replace} as $$ {b} $$", OWNER) for name, b in bodies.items()),
        ("function as invoker", "alter function public.{function}() security invoker", OWNER),
        ("function as definer", "alter function public.{function}() security definer", OWNER),
        ("function in utc", "alter function public.{function}() set timezone = 'UTC'", OWNER),
        ("force row security", "alter table public.{table} force row level security", OWNER),
    ]  # fmt: skip


def _others() -> list[tuple[str, str, str]]:
    overwrite = "new.{key} := (new.created_at at time zone 'UTC')::date + 9; return new"
    bodies = {
        "overwrites": overwrite,
        "harmless": "return new",
        "null": "return null",
        "raises": "raise 'closed'",
    }
    made = []
    for name, label, place in product(("aa", "zz"), bodies, ("{table}", "{table}_{this}")):
        for event in ("insert", "update"):
            made.append(
                (
                    f"{name} before {event} on {place} {label}",
                    f"create or replace function public.{name}_{{table}}() returns trigger"
                    f" language plpgsql as $$ begin {bodies[label]}; end $$;"
                    f" create or replace trigger {name} before {event} on public.{place}"
                    f" for each row execute function public.{name}_{{table}}()",
                    OWNER,
                )
            )
    deletes = (
        "create or replace function public.gone_{table}() returns trigger language plpgsql"
        " security definer as $$ begin delete from public.{table} where id = new.id; return null;"
        " end $$; create or replace trigger gone after insert on public.{table} for each row"
        " execute function public.gone_{table}()"
    )
    preset = (
        "create or replace function public.preset_{table}() returns trigger language plpgsql"
        " security definer as $$ begin perform set_config('session_replica' || 'tion_role',"
        " 'replica', true); return null; end $$; create or replace trigger preset before insert"
        " on public.{table} for each statement execute function public.preset_{table}()"
    )
    return [
        *made,
        *_watched(),
        ("a trigger deletes the row", deletes, OWNER),
        ("a trigger works the replica role out", preset, SUPERUSER),
    ]


# What a trigger may do to what the key hangs on: by name, its text and the event that it fires on.
_MOVES = {
    "moves the time": ("new.created_at := new.created_at + interval '2 months'; return new", ""),
    "clamps the time": ("new.created_at := greatest(new.created_at, now()); return new", ""),
    "hands the row on": ("return public.handed_{table}(new)", ""),
    "takes out of the row": ("new.{key} := null; return new", "when (new.site_id is null)"),
    "sets the replica role": (
        "perform set_config('session_replication_role', 'replica', true); return new",
        "",
    ),
}


def _watched() -> list[tuple[str, str, str]]:
    made = []
    for place, (label, (body, when)) in product(("aa", "zz"), _MOVES.items()):
        user = SUPERUSER if "replica" in label else OWNER
        text = (
            "create or replace function public.handed_{table}(given public.{table})"
            " returns public.{table} language plpgsql as $$ begin given.{key} :="
            " date '2001-01-01'; return given; end $$;"
            " revoke all on function public.handed_{table}(public.{table}) from public;"
            f" grant execute on function public.handed_{{table}}(public.{{table}}) to {WRITER};"
            f" create or replace function public.{place}_moves_{{table}}() returns trigger"
            f" language plpgsql {'security definer' if user == SUPERUSER else ''}"
            f" as $$ begin {body}; end $$;"
            f" create or replace trigger {place} before insert on public.{{table}} for each row"
            f" {when} execute function public.{place}_moves_{{table}}()"
        )
        made.append((f"{place} {label}", text, user))
    return made


def _partitions() -> list[tuple[str, str, str]]:
    month = "date_trunc('month', now() at time zone 'UTC')::date"
    attach = (
        "do $$ begin execute format('alter table public.{table} attach partition"
        " public.{table}_{next} for values from (%L) to (%L)', ({month} + interval '1 month')"
        "::date, ({month} + interval '2 months')::date); end $$"
    ).replace("{month}", month)
    divided = attach.replace(
        "'alter table public.{table} attach partition public.{table}_{next} for values from (%L)"
        " to (%L)'",
        "'create table public.{table}_divided partition of public.{table} for values from (%L)"
        " to (%L) partition by hash (id)'",
    ) + (
        "; create table public.{table}_part_0 partition of public.{table}_divided"
        " for values with (modulus 2, remainder 0)"
    )
    rest = (
        "create table public.{table}_part_1 partition of public.{table}_divided"
        " for values with (modulus 2, remainder 1)"
    )
    detach = "alter table public.{table} detach partition public.{table}"
    today = "alter table public.{table} alter column {key} set default current_date"
    return [
        ("detach the next", f"{detach}_{{next}}", OWNER),
        ("attach the next", attach, OWNER),
        ("make partitions", "select public.create_next_month_partitions()", OWNER),
        ("detach default", f"{detach}_default", OWNER),
        ("divide the next", f"{detach}_{{next}}; {divided}", OWNER),
        ("divide the next fully", f"{detach}_{{next}}; {divided}; {rest}", OWNER),
        ("default of today", today, OWNER),
    ]  # fmt: skip


def _rules() -> list[tuple[str, str, str]]:
    rule = "create or replace rule lose as on {} to public.{} do instead nothing"
    return [
        ("rule drops inserts", rule.format("insert", "{table}"), OWNER),
        ("rule drops updates", rule.format("update", "{table}"), OWNER),
        (
            "rule deletes",
            "create or replace rule lose as on insert to public.{table} do also"
            " delete from public.{table} where created_at > now() - interval '1 hour'",
            OWNER,
        ),
        ("rule on this leaf", rule.format("insert", "{table}_{this}"), OWNER),
        ("no rule", "drop rule lose on public.{table}", OWNER),
    ]


def _foreign_key() -> list[Statement]:
    add = (
        "alter table public.events add constraint fk_events_session foreign key (session_id,"
        " session_month) references public.sessions (id, created_month) on delete cascade"
        " deferrable initially deferred"
    )
    drop = "alter table public.events drop constraint fk_events_session"
    return [
        Statement("drop the foreign key", drop),
        Statement("add the foreign key", add),
        Statement("add it not valid", f"{add} not valid"),
    ]  # fmt: skip


def _settings() -> list[Statement]:
    asked = "session_replication_role = replica"
    here = "do $$ begin execute format('alter {} %I set {}', current_database()); end $$"
    role = here.format(f"role {WRITER} in database", asked)
    return [
        Statement(f"role {asked}", f"alter role {WRITER} set {asked}", SUPERUSER),
        Statement("role reset", f"alter role {WRITER} reset session_replication_role", SUPERUSER),
        Statement(f"database {asked}", here.format("database", asked), SUPERUSER),
        Statement(f"role here {asked}", role, SUPERUSER),
        Statement("timezone", here.format("database", "timezone = ''Pacific/Auckland''")),
    ]  # fmt: skip


def named(*names: str) -> list[Statement]:
    """The statements of these names, in this order. Raises: KeyError."""
    known = {statement.name: statement for statement in statements()}
    return [known[name] for name in names]
