"""Which SQL puts rows right? Text for a person to read and paste; nothing here runs it."""

from __future__ import annotations

from datetime import UTC, datetime

from lib.core.bindings import Binding, Bound, Named, bound
from lib.core.declaration import required
from lib.core.guards import Guard, Reference
from lib.core.remedies import Remedies, Repair, decision, statements
from lib.db.sql import quoted
from lib.remedies import bound_rows
from lib.remedies.exchange import SEES_ALL
from lib.remedies.refused_rows import or_leave
from lib.remedies.remedies import table_of
from lib.remedies.repeated_keys import refuse_to_tear

_SAME = "is not distinct from"
_CHOICES = "bring the session back, or delete the event. These are they:"
_IF_ANY = "where a session is nowhere, bring it back, or delete the event. These are they, if any:"
_LEFT = (
    "-- what is left stands in the way of another row of its id, or is refused by a guard, and\n"
    "-- needs a decision:\n"
)
_QUIET = (
    "-- first restore the guard; then, in a quiet moment, for this is one transaction over all\n"
    "-- of them; `python -m lib apply` takes a few hundred rows at a time instead:"
)


def repair_keys(
    guard: Guard,
    since: datetime | None = None,
    guards: tuple[Guard, ...] | None = None,
    fires: str = "",
    bindings: tuple[Binding, ...] = (),
    noted: tuple[tuple[Named, tuple[str, ...]], ...] = (),
) -> Remedies:
    """Sets wrong and null keys right, of the rows since then or of all history.

    Of sessions together with whatever of these `guards` repeats their key, and of each with what
    the `bindings` bind to it, in one transaction: the foreign key is checked at its end. A row is
    known by its id and the key it had, for the primary key allows one id in two months. Where the
    right one of the two is taken the row stays, and the last query shows it. `fires`: comments that
    say what else it sets off; in the columns of `noted` triggers note that.
    Source: PostgreSQL manual, "SET CONSTRAINTS".
    """
    guards = required() if guards is None else guards
    repair = Repair(guard, since, guards, bindings, noted)
    sql = _by_clock(repair, fires) if guard.reference is None else _by_reference(repair, fires)
    return statements(sql, repair=repair)


def moved_with(guard: Guard, repair: Repair) -> tuple[Bound, ...]:
    """This table, and all that foreign keys bind to its key, each after what it refers to.

    Not what is declared to repeat the key that is repaired, where PostgreSQL lets that follow in
    its own statement.
    """
    root = repair.guard
    after = followers(root, repair.guards) if root.reference is None else []
    own = {(other.schema, other.table): other.key for other, _ in after}
    bindings = [
        each for each in repair.bindings if not (each.late and own.get(each.table) in each.columns)
    ]
    return bound((guard.schema, guard.table), guard.key, bindings)


def all_moved(repair: Repair) -> tuple[Bound, ...]:
    """Every table that this repair moves rows of, in this order."""
    roots = [repair.guard, *(other for other, _ in followers(repair.guard, repair.guards))]
    moves = [each for root in roots for each in moved_with(root, repair)]
    return tuple({each.table: each for each in moves[::-1]}.values())[::-1]


def _by_clock(repair: Repair, fires: str) -> str:
    guard, since, guards = repair.guard, repair.since, repair.guards
    table, key = table_of(guard), quoted(guard.key)
    right = own_month(guard)
    wrong = f"s.{key} is distinct from {right}{recent(guard, 's', since)}"
    return (
        f"{_QUIET}\n{fires}"
        f"begin;\n{SEES_ALL}\n"
        "set constraints all deferred;\n"
        f"{prepare(repair)}"
        f"{_choose(guard, wrong)};\n"
        f"{leave_with_followers(guard, guards)}"
        f"{tears_nothing(repair, 'moved')}"
        f"{or_leave(move(repair), 'id, was, month')}"
        "commit;\n"
        f"{_LEFT}"
        f"select s.{quoted(guard.id)}, s.{key}, {right} as right_month from {table} as s\n"
        f"where {wrong};"
    )


def own_month(guard: Guard, row: str = "s") -> str:
    """The only right key of this row of a table that refers to none."""
    return guard.keys.key_at(f"{row}.{quoted(guard.clock)}")


def _choose(guard: Guard, wrong: str) -> str:
    """The rows to move, as the temporary table `moved`; its text may go on with more conditions."""
    table, key, row_id, right = (
        table_of(guard),
        quoted(guard.key),
        quoted(guard.id),
        own_month(guard),
    )
    return (
        "create temporary table moved on commit drop as\n"
        "select id, was, month from (\n"
        f"  select s.{row_id} as id, s.{key} as was, {right} as month,\n"
        f"    count(*) over (partition by s.{row_id}, {right}) as claims\n"
        f"  from {table} as s where {wrong}\n"
        ") as wrong\n"
        "where claims = 1 and not exists (  -- else the right place is taken: left as it is\n"
        f"  select from {table} as t where t.{row_id} = wrong.id and t.{key} = wrong.month)"
    )


def known(repair: Repair) -> list[Named]:
    """Which tables does this repair know to move?"""
    return [each.table for each in all_moved(repair)]


def tears_nothing(repair: Repair, rows: str) -> str:
    """Stops where more repeats the keys of these rows (id, was), or of those that follow them."""
    own, guards = known(repair), repair.guards
    text = refuse_to_tear(repair.guard, guards, rows, own)
    for other, reference in followers(repair.guard, guards):
        following = (
            f"(select e.{quoted(other.id)} as id, e.{quoted(other.key)} as was\n"
            f"  from {table_of(other)} as e join {rows} as f\n"
            f"  on e.{quoted(reference.column)} = f.id and e.{quoted(other.key)} = f.was)"
        )
        text += refuse_to_tear(other, guards, following, own)
    return text


def prepare(repair: Repair) -> str:
    """What comes before where other tables are bound: no row of theirs is written meanwhile."""
    moves = all_moved(repair)
    own = {(guard.schema, guard.table) for guard in (repair.guard, *repair.guards)}
    if not bound_rows.joint(moves):
        return ""
    more = [each for each in moves if each.table not in own]
    return bound_rows.lock(more) + bound_rows.TOGETHER


def move(repair: Repair, same: str = _SAME, follows: str = _SAME) -> str:
    """Moves the rows of the temporary table `moved` (id, was, month) and whatever refers to them.

    `same` compares a row's key with the one it was, `follows` that of a row which refers to it. A
    plain = is quicker, and leaves null keys out. In PL/pgSQL.
    """
    guard = repair.guard
    table, key, row_id = table_of(guard), quoted(guard.key), quoted(guard.id)
    where = (
        f"where s.{row_id} = moved.id and s.{key} {same} moved.was\n"
        f"  and {own_month(guard)} = moved.month"
    )
    moves = moved_with(guard, repair)
    if bound_rows.joint(moves):
        own = bound_rows.move_together(moves, f"{table} as s, moved\n  {where}", "s", "moved.month")
    else:
        own = f"update {table} as s set {key} = moved.month from moved\n{where};\n"
        own += bound_rows.count(guard.relation)
    return own + "".join(
        _follow(other, reference, repair, follows)
        for other, reference in followers(guard, repair.guards)
    )


def recent(guard: Guard, row: str, since: datetime | None) -> str:
    """The clause for the rows since then; none for all of them."""
    if since is None:
        return ""
    return f"\n  and {row}.{quoted(guard.clock)} >= timestamptz '{since.astimezone(UTC):%F %T}+00'"


def followers(guard: Guard, guards: tuple[Guard, ...]) -> list[tuple[Guard, Reference]]:
    """Which of these repeat this table's key?"""
    return [
        (other, other.reference)
        for other in guards
        if other.reference is not None and other.reference.table == guard.table
    ]


def leave_with_followers(guard: Guard, guards: tuple[Guard, ...], same: str = _SAME) -> str:
    """A row whose referencing rows cannot follow, their place being taken, goes out of `moved`."""
    return "create index on moved (id);\nanalyze moved;\n" + "".join(
        "delete from moved using (\n"
        f"  select m.id, m.was, e.{quoted(other.id)} as follower, m.month,\n"
        f"    count(*) over (partition by e.{quoted(other.id)}, m.month) as claims\n"
        f"  from moved as m join {table_of(other)} as e on e.{quoted(reference.column)} = m.id\n"
        f"    and e.{quoted(other.key)} {same} m.was\n"
        ") as f\n"
        "where moved.id = f.id and moved.was is not distinct from f.was\n"
        "  and (f.claims > 1 or exists (\n"
        f"    select from {table_of(other)} as t\n"
        f"    where t.{quoted(other.id)} = f.follower and t.{quoted(other.key)} = f.month));\n"
        for other, reference in followers(guard, guards)
    )


def _follow(other: Guard, reference: Reference, repair: Repair, same: str) -> str:
    """They follow the row that they named, by its id and the key it had."""
    table, key, named = table_of(other), quoted(other.key), quoted(reference.column)
    month = (
        "(\n"
        f"  select m.month from moved as m where m.id = e.{named}\n"
        f"    and e.{key} {same} m.was\n"
        f"  order by {nearest(other, 'm.month', 'e')} limit 1)"
    )
    where = (
        "where exists (\n"
        f"  select from moved as m where m.id = e.{named}\n"
        f"    and e.{key} {same} m.was)\n"
        f"  and {finds_none(other, reference)}"
    )
    moves = moved_with(other, repair)
    if bound_rows.joint(moves):
        return bound_rows.move_together(moves, f"{table} as e\n  {where}", "e", month)
    return f"update {table} as e set {key} = {month}\n{where};\n{bound_rows.count(other.relation)}"


def nearest(guard: Guard, month: str, row: str) -> str:
    """As the events guard chooses: the clock's month, then the one before, then the latest."""
    keys, clock = guard.keys, f"{row}.{quoted(guard.clock)}"
    if keys.exact:
        return f"{month} <= {clock} desc, {month} desc"
    return (
        f"{month} = {keys.key_at(clock)} desc, {month} = {keys.key_at(clock, 1)} desc,\n"
        f"    {month} desc"
    )


def finds_none(guard: Guard, reference: Reference) -> str:
    """The clause for a row e that does not find its own by (id, month key)."""
    return (
        f"not exists (\n"
        f"    select from {parent_of(guard, reference)} as p\n"
        f"    where p.{quoted(reference.id)} = e.{quoted(reference.column)}"
        f" and p.{quoted(reference.key)} = e.{quoted(guard.key)})"
    )


def parent_of(guard: Guard, reference: Reference) -> str:
    """The table that is referred to, quoted."""
    return f"{quoted(guard.schema)}.{quoted(reference.table)}"


def _by_reference(repair: Repair, fires: str) -> str:
    """Only rows whose own pair finds nothing: one that finds its session is right."""
    guard, reference, since = repair.guard, repair.guard.reference, repair.since
    assert reference is not None
    table, key = table_of(guard), quoted(guard.key)
    lost = f"{finds_none(guard, reference)}{recent(guard, 'e', since)}"
    return (
        f"{_QUIET}\n{fires}"
        f"begin;\n{SEES_ALL}\n"
        f"{prepare(repair)}"
        f"{_choose_lost(guard, reference, lost)};\n"
        f"{tears_nothing(repair, 'moved')}"
        f"{or_leave(move_lost(repair), 'id, was, named, month')}"
        "commit;\n"
        f"{_LEFT}"
        f"select e.{quoted(guard.id)}, e.{key}, e.{quoted(reference.column)} from {table} as e\n"
        f"where {lost}\n"
        f"  and exists (select from {parent_of(guard, reference)} as s where {of_id(reference)});"
    )


def of_id(reference: Reference) -> str:
    """The clause for a row s that the row e names by its id."""
    return f"s.{quoted(reference.id)} = e.{quoted(reference.column)}"


def _choose_lost(guard: Guard, reference: Reference, lost: str) -> str:
    table, key, row_id = table_of(guard), quoted(guard.key), quoted(guard.id)
    return (
        "create temporary table moved on commit drop as\n"
        "select id, was, named, month from (\n"
        f"  select e.{row_id} as id, e.{key} as was, e.{quoted(reference.column)} as named,\n"
        f"    found.month, count(*) over (partition by e.{row_id}, found.month) as claims\n"
        f"  from {table} as e cross join lateral (\n"
        f"    select s.{quoted(reference.key)} as month from {parent_of(guard, reference)} as s\n"
        f"    where {of_id(reference)} and s.{quoted(reference.key)} is not null\n"
        f"    order by {nearest(guard, f's.{quoted(reference.key)}', 'e')}\n"
        "    limit 1) as found\n"
        f"  where {lost}\n"
        ") as wrong\n"
        "where claims = 1 and not exists (  -- else the right place is taken: left as it is\n"
        f"  select from {table} as t where t.{row_id} = wrong.id and t.{key} = wrong.month)"
    )


def move_lost(repair: Repair, same: str = _SAME) -> str:
    """Moves the rows of the temporary table `moved` (id, was, named, month). In PL/pgSQL."""
    guard, reference = repair.guard, repair.guard.reference
    assert reference is not None
    table, key, row_id = table_of(guard), quoted(guard.key), quoted(guard.id)
    where = (
        f"where e.{row_id} = moved.id and e.{key} {same} moved.was\n"
        f"  and e.{quoted(reference.column)} = moved.named"
    )
    moves = moved_with(guard, repair)
    if bound_rows.joint(moves):
        return bound_rows.move_together(
            moves, f"{table} as e, moved\n  {where}", "e", "moved.month"
        )
    return (
        f"update {table} as e set {key} = moved.month from moved\n{where};\n"
        f"{bound_rows.count(guard.relation)}"
    )


def repair_or_decide(guard: Guard, repair: Remedies) -> Remedies:
    """Of all history: repairs what can be, shows those whose row is nowhere, if there are any."""
    if guard.reference is None or guard.reference.outlives:
        return repair
    return repair + orphans(guard, words=_IF_ANY)


def orphans(guard: Guard, since: datetime | None = None, *, words: str = _CHOICES) -> Remedies:
    """Events without any session need a person's decision; this shows them."""
    assert guard.reference is not None
    reference = guard.reference
    return decision(
        words,
        f"select e.{quoted(guard.id)}, e.{quoted(guard.clock)} from {table_of(guard)} as e\n"
        f"where not exists (\n"
        f"  select from {parent_of(guard, reference)} as s\n"
        f"  where s.{quoted(reference.id)} = e.{quoted(reference.column)})"
        f"{recent(guard, 'e', since)};",
    )
