"""Which SQL repairs it? For a person to read and paste, and for a plan; nothing here runs it.

What moves rows is in `repairs`.
"""

from __future__ import annotations

from collections.abc import Collection
from datetime import date

from lib.core.guards import Guard
from lib.core.remedies import (
    BY_HAND,
    Remedies,
    advice,
    by_hand,
    decision,
    statements,
    whole_file,
)
from lib.db.sql import quoted
from lib.remedies import locks

FEW = 3  # statements that are each named
KEPT = (
    "apply keeps it in watchtower_checks, details -> 'before' of its row; by hand, keep the answer "
    "of sql/runbook/live_definitions.sql first"
)

NOTHING_BACK = "nothing is to be taken back"
PLACED = f"{NOTHING_BACK}: the rows are where they belong, and none has changed"

ROLE = "watchtower"  # whose rights the setup grants
GUARDS_FILE = "sql/setup/10_guards.sql"
HISTORY_FILE = "sql/setup/20_history.sql"
PARTITIONS_FILE = "sql/setup/30_partitions.sql"
ROLE_FILE = "sql/setup/50_role.sql"
RPC_FILE = "sql/setup/40_rpcs.sql"

MAKE_PARTITIONS = "select public.create_next_month_partitions();"
VERIFY = advice("verify: that tries it with rows, in a sandbox that is rolled back")
RIGHT_DATABASE = advice("is this the right database? DATABASE_URL names it")
ON_THE_PRIMARY = advice("run the verification against the primary")


def create_trigger(guard: Guard, *, stood: bool) -> Remedies:
    """Puts the guard's trigger on the table; `stood`: where another one of its name was."""
    undo = drop_trigger(guard, stood=stood)
    return statements(trigger_of(guard), lock=locks.WRITERS, undo=undo)


def drop_trigger(guard: Guard, *, stood: bool) -> str:
    """What takes a guard's trigger back that was made."""
    again = f" then run its earlier statement: {KEPT}" * stood
    return f"drop trigger {quoted(guard.trigger)} on {table_of(guard)};{again}"


def trigger_of(guard: Guard, *, every: bool = False) -> str:
    """The statement that puts the guard's trigger on the table, and with it on every partition.

    `every` update is then watched, and not those of the columns alone by which the key goes.
    """
    columns = "" if every else f" of {', '.join(quoted(column) for column in guard.columns)}"
    return (
        f"create or replace trigger {quoted(guard.trigger)}\n"
        f"  before insert or update{columns}\n"
        f"  on {table_of(guard)}\n"
        f"  for each row execute function {quoted(guard.schema)}.{quoted(guard.function)}();"
    )


def enable_trigger(
    trigger: str, relations: list[str], before: str = "disable", alone: Collection[str] = ()
) -> Remedies:
    """Switches the trigger on again; `relations` are quoted already. It was set to `before`.

    Those that are `alone` without their partitions.
    """
    return statements(
        "\n".join(
            f"alter table {'only ' if name in alone else ''}{name}\n"
            f"  enable trigger {quoted(trigger)};"
            for name in relations
        ),
        lock=locks.ENABLES,
        undo=taken_back(
            [f"alter table only {name} {before} trigger {quoted(trigger)};" for name in relations],
            f"{before} in place of enable",
        ),
    )


def taken_back(statements: list[str], word: str) -> str:
    """What takes these back: a few statements, or of many the word that changes."""
    return f"the same statements with {word}" if len(statements) > FEW else " ".join(statements)


def grants(rights: list[tuple[str, str]], file: str = "") -> Remedies:
    """Gives each right, and to whom; both are quoted already.

    `file` is the one of the setup that gives them too, to the setup's own role.
    """
    sql = "\n".join(f"grant {right} to {role};" for right, role in rights)
    own = file if all(role == ROLE for _, role in rights) else ""
    return statements(sql, lock=locks.NONE, undo=revokes(rights), anew_in=own)


def revokes(rights: list[tuple[str, str]]) -> str:
    """What takes these rights back."""
    each = [f"revoke {right} from {role};" for right, role in rights]
    return taken_back(each, "revoke … from in place of grant … to")


def run_file(path: str, what: str) -> Remedies:
    """Points to one of the files under sql/setup, which runs whole in psql or a SQL editor."""
    return whole_file(f"as the owner, {what}: run the whole file", path)


def secure_relations(relations: list[str], opened: str = "") -> Remedies:
    """Closes partitions that row level security does not guard; `opened` were open to those."""
    return statements(
        "\n".join(map(secure_relation, relations)),
        lock=locks.NAMED,
        undo=_loosened(relations, opened),
    )


def secure_relation(relation: str) -> str:
    """The statements that close one of them."""
    return f"{_secured(relation)}\n{close(relation)}"


def close_relation(relation: str, others: list[str]) -> Remedies:
    """Closes a table to strangers alone: row level security would close it to `others` as well."""
    return statements(close(relation), lock=locks.NONE) + leave_to_policies(relation, others)


def leave_to_policies(relation: str, others: list[str], opened: str = "") -> Remedies:
    """Has its policies say again who may do what; `others` have none. No right is taken away."""
    if not others:
        undo = _loosened([relation], opened)
        return statements(_secured(relation), lock=locks.NAMED, undo=undo)
    roles = " ".join(", ".join(others).split())  # a name may hold a new line, a comment may not
    return decision(f"first a policy for {roles}, then:", _secured(relation))


def _secured(relation: str) -> str:
    return f"alter table {relation} enable row level security;"


def _loosened(relations: list[str], opened: str) -> str:
    each = [f"alter table {relation} disable row level security;" for relation in relations]
    undo = taken_back(each, "disable in place of enable")
    return undo + f" what {opened} held must be granted by name" * bool(opened)


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


def bounds_of(guard: Guard, month: date) -> tuple[str, str]:
    """From which key on and before which does a month's partition take rows? As SQL."""
    low, high = (guard.parts.written(each) for each in (month, guard.parts.after(month)))
    return (low, high) if guard.parts.kind == "int" else (text_of(low), text_of(high))


def index_clock(guard: Guard) -> Remedies:
    """The index that the row checks need, made while nobody waits."""
    first = "run each line that this prints, and the last one quickly"
    return by_hand(first, index_lines(table_of(guard), guard.clock), choices=BY_HAND)


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
    return f"{quoted(guard.schema)}.{quoted(f'{guard.table}_{guard.parts.name(month)}')}"
