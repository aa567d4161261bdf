"""Which SQL puts a guard in the place of whatever stands there instead?"""

from __future__ import annotations

from collections.abc import Iterable

from lib.core.guards import Guard
from lib.core.remedies import BY_HAND, Remedies, by_hand, statements
from lib.core.results import Row
from lib.db.sql import literal, quoted
from lib.remedies import locks, remedies
from lib.trials.references import Reference, missing_text, restoring


def anew(guard: Guard, function: str = "", *, stood: bool) -> Remedies:
    """The guard on the table and on every partition, in place of all that stands under its name."""
    parts = ["begin;", function, drop_all(guard), remedies.trigger_of(guard), "commit;"]
    name = f"{quoted(guard.schema)}.{quoted(guard.function)}"
    return statements(
        "\n".join(part for part in parts if part),
        lock=locks.EVERYBODY,
        undo=remedies.drop_trigger(guard, stood=stood),
        replaces=name if function else "",
    )


def drop_all(guard: Guard) -> str:
    """Drops every trigger of the guard's name, wherever one stands; clones go with their parent."""
    table = literal(f"{quoted(guard.schema)}.{quoted(guard.table)}")
    name = literal(guard.trigger)
    return (
        "do $drop$\n"
        "declare\n"
        "  relation regclass;\n"
        "begin\n"
        "  for relation in\n"
        "    select t.tgrelid from pg_catalog.pg_trigger as t\n"
        f"    where t.tgname = {name} and t.tgparentid = 0 and t.tgrelid in (\n"
        f"      select {table}::regclass\n"
        f"      union select p.relid from pg_catalog.pg_partition_tree({table}) as p)\n"
        "  loop\n"
        f"    execute format('drop trigger %I on %s', {name}, relation);\n"
        "  end loop;\n"
        "end\n"
        "$drop$;"
    )


def reviewed_function(guard: Guard, live: Row, right: Reference) -> str:
    """The function's reviewed text, closed to all but who tries it; roles may be missing."""
    if right.text is None:
        return f"-- {missing_text(guard)}; bring it back first"
    name = f"{quoted(guard.schema)}.{quoted(guard.function)}()"
    return (
        f"{restoring(guard, live, right)}\n"
        "do $grants$\n"
        "declare\n"
        "  role_name text;\n"
        "begin\n"
        f"  revoke all on function {name} from public;\n"
        "  for role_name in select rolname from pg_catalog.pg_roles\n"
        "    where rolname in ('anon', 'authenticated')\n"
        "  loop\n"
        f"    execute format('revoke all on function {name} from %I', role_name);\n"
        "  end loop;\n"
        "  for role_name in select rolname from pg_catalog.pg_roles\n"
        "    where rolname in ('service_role', 'watchtower')\n"
        "  loop\n"
        f"    execute format('grant execute on function {name} to %I', role_name);\n"
        "  end loop;\n"
        "end\n"
        "$grants$;"
    )


def load_again(relations: Iterable[str]) -> Remedies:
    """Somebody wrote to the catalog by hand, so that no ALTER TABLE brings it back."""
    names = ", ".join(f"{literal(relation)}::regclass" for relation in relations)
    sql = f"update pg_catalog.pg_class set relhastriggers = true where oid in ({names});"
    return by_hand("as a superuser, by hand", sql, comment=True, choices=BY_HAND)
