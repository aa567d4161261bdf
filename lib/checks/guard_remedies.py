"""Which SQL puts a guard in the place of whatever stands there instead?"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from lib.core.guards import Guard
from lib.core.remedies import BY_HAND, Kind, Remedies, by_hand, statements
from lib.core.results import Row
from lib.db.sql import literal, quoted
from lib.remedies import locks, remedies
from lib.trials.proven import as_it_was
from lib.trials.references import REPLACE, TEXT_OF_SETUP, Reference, missing_text, restoring


def anew(guard: Guard, function: str = "", *, stood: bool, whose: str = "") -> Remedies:
    """The guard on the table and on every partition, in place of all that stands under its name."""
    parts = ["begin;", function, drop_all(guard), remedies.trigger_of(guard), "commit;"]
    name = f"{quoted(guard.schema)}.{quoted(guard.function)}"
    return statements(
        "\n".join(part for part in parts if part),
        lock=locks.EVERYBODY,
        undo=remedies.drop_trigger(guard, stood=stood),
        replaces=name if function else "",
        whose=whose,
    )


def drop_all(guard: Guard) -> str:
    """Drops every trigger of the guard's name, wherever one stands; clones go with their parent."""
    table, name = literal(f"{quoted(guard.schema)}.{quoted(guard.table)}"), literal(guard.trigger)
    return f"""do $drop$
declare
  relation regclass;
begin
  for relation in
    select t.tgrelid from pg_catalog.pg_trigger as t
    where t.tgname = {name} and t.tgparentid = 0 and t.tgrelid in (
      select {table}::regclass
      union select p.relid from pg_catalog.pg_partition_tree({table}) as p)
  loop
    execute format('drop trigger %I on %s', {name}, relation);
  end loop;
end
$drop$;"""


def brought_back(guard: Guard, live: Row, right: Reference, *, stood: bool) -> Remedies:
    """The guard with its function, which is gone: as it was, where that is known, or ours.

    Ours comes back without being asked for where no text of their own was proven right.
    """
    whose = right.puts if right.text else ""
    ours = anew(guard, _function(guard, live, right), stood=stood, whose=whose)
    if right.former is None:
        return ours
    known = replace(right, text=right.former.text, adopted=True)
    (was,) = anew(guard, _function(guard, live, known), stood=stood)
    name = f"{guard.schema}.{guard.function}"
    more = {"did": "was last proven right", "lock": was.lock, "undo": was.undo}
    found = as_it_was(name, right.former, was.sql, **more)
    if right.text is None:
        return found
    (own,) = ours
    words = f"or bring it back with {TEXT_OF_SETUP}: {REPLACE} {own.replaces}"
    return (*found, replace(own, kind=Kind.DECISION, words=words))


def _function(guard: Guard, live: Row, right: Reference) -> str:
    """The function's reviewed text, closed to all but who tries it; roles may be missing."""
    if right.text is None:
        return f"-- {missing_text(guard)}; bring it back first"
    name = f"{quoted(guard.schema)}.{quoted(guard.function)}()"
    return f"{restoring(guard, live, right)}\n{closed(name)}"


def closed(name: str) -> str:
    """Closes this function, of no arguments, to all but who calls or tries it."""
    return f"""do $grants$
declare
  command text;
begin
  revoke all on function {name} from public;
  for command in
    select format(
      case when rolname in ('anon', 'authenticated') then 'revoke all on function {name} from %I'
      else 'grant execute on function {name} to %I' end, rolname)
    from pg_catalog.pg_roles
    where rolname in ('anon', 'authenticated', 'service_role', 'watchtower')
  loop
    execute command;
  end loop;
end
$grants$;"""


def load_again(relations: Iterable[str]) -> Remedies:
    """Somebody wrote to the catalog by hand, so that no ALTER TABLE brings it back."""
    names = ", ".join(f"{literal(relation)}::regclass" for relation in relations)
    sql = f"update pg_catalog.pg_class set relhastriggers = true where oid in ({names});"
    return by_hand("as a superuser, by hand", sql, comment=True, choices=BY_HAND)
