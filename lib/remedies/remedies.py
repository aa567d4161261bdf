"""Which SQL mends it? Text for a person to read and paste; nothing here runs it.

What moves rows is in `repairs`.
"""

from __future__ import annotations

from datetime import date, timedelta

from lib.core.guards import Guard
from lib.db.sql import quoted

ROLE = "watchtower"  # whose rights the setup grants
GUARDS_FILE = "sql/setup/10_guards.sql"
HISTORY_FILE = "sql/setup/20_history.sql"
PARTITIONS_FILE = "sql/setup/30_partitions.sql"
ROLE_FILE = "sql/setup/50_role.sql"
RPC_FILE = "sql/setup/40_rpcs.sql"

MAKE_PARTITIONS = "select public.create_next_month_partitions();"
VERIFY = "-- verify: that tries it with rows, in a sandbox that is rolled back"
ON_THE_PRIMARY = "-- run the verification against the primary"


def create_trigger(guard: Guard) -> str:
    """Puts the guard's trigger on the table, and with it on every partition."""
    columns = ", ".join(quoted(column) for column in guard.columns)
    return (
        f"create or replace trigger {quoted(guard.trigger)}\n"
        f"  before insert or update of {columns}\n"
        f"  on {table_of(guard)}\n"
        f"  for each row execute function {quoted(guard.schema)}.{quoted(guard.function)}();"
    )


def enable_trigger(trigger: str, relations: list[str]) -> str:
    """Switches the trigger on again; `relations` are quoted already."""
    return "\n".join(
        f"alter table {relation}\n  enable trigger {quoted(trigger)};" for relation in relations
    )


def run_file(path: str, what: str) -> str:
    """Points to one of the files under sql/setup, which runs whole in psql or a SQL editor."""
    return f"-- as the owner, {what}: run the whole file\n-- {path}"


def secure_relation(relation: str) -> str:
    """Closes a partition that row level security does not guard."""
    return f"alter table {relation} enable row level security;\n{close(relation)}"


def close_relation(relation: str, others: list[str]) -> str:
    """Closes a table to strangers alone: row level security would close it to `others` as well."""
    return f"{close(relation)}\n{leave_to_policies(relation, others)}"


def leave_to_policies(relation: str, others: list[str]) -> str:
    """Has its policies say again who may do what; `others` have none. No right is taken away."""
    roles = " ".join(", ".join(others).split())  # a name may hold a new line, a comment may not
    first = f"-- a decision: first a policy for {roles}, then:\n" if others else ""
    return f"{first}alter table {relation} enable row level security;"


def close(relation: str) -> str:
    """Takes every right from strangers, those of Supabase too where there are such roles."""
    return (
        f"revoke all on {relation} from public;\n"
        "do $close$\n"
        "declare\n"
        "  stranger text;\n"
        "begin\n"
        "  for stranger in\n"
        "    select rolname from pg_roles where rolname in ('anon', 'authenticated')\n"
        "  loop\n"
        f"    execute {text_of(f'revoke all on {relation} from ')} || quote_ident(stranger);\n"
        "  end loop;\n"
        "end\n"
        "$close$;"
    )


def text_of(value: str) -> str:
    """As SQL writes a text. The driver's own escaping needs a connection for some of them."""
    return "'" + value.replace("'", "''") + "'"


def month_after(month: date) -> date:
    """First day of the next month; the last day there is where there is no such month."""
    if (month.year, month.month) == (date.max.year, date.max.month):
        return date.max
    return (month + timedelta(days=32)).replace(day=1)


def index_clock(guard: Guard) -> str:
    """The index that the row checks need, made while nobody waits."""
    first = "-- run each line that this prints, and the last one quickly:"
    return f"{first}\n{index_lines(table_of(guard), guard.clock)}"


def index_lines(table: str, column: str) -> str:
    """Prints the lines that make an index while nobody waits; of a partitioned table several.

    Source: PostgreSQL manual, "CREATE INDEX": a partitioned table takes no CONCURRENTLY; one on it
    takes over those of its partitions.
    """
    return (
        f"select format('create index %son %s (%I);',\n"
        f"  case relkind when 'r' then 'concurrently ' end, oid::regclass, {text_of(column)})\n"
        f"from pg_class where relkind in ('r', 'p') and (oid = {text_of(table)}::regclass\n"
        f"  or oid in (select relid from pg_partition_tree({text_of(table)}) where isleaf))\n"
        "order by relkind desc, oid;"
    )


def table_of(guard: Guard) -> str:
    """The guarded table, quoted where it must be."""
    return f"{quoted(guard.schema)}.{quoted(guard.table)}"


def partition_of(guard: Guard, month: date) -> str:
    """The name that the maintenance routine gives to a month's partition."""
    return f"{quoted(guard.schema)}.{quoted(f'{guard.table}_{month:%Y_%m}')}"
