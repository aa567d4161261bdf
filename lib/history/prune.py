"""Which rows of the history are old enough to go, and how do they go?

Whatever their age, these stay: the newest row of each name, the last acceptance of each thing, and
all that came since the last run that was fine, as long as one is not. The watchtower's own role can
remove nothing: the owner does, in short transactions that wait for no lock for long.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from lib.core.errors import PruneFailed, QueryFailed
from lib.core.results import Row
from lib.core.words import rows_word
from lib.db.database import Database
from lib.history.history import PRUNED, RPC, VERIFICATION
from lib.history.rows import keep

BATCH, TRIES = 1_000, 5
_SECONDS = 8.0
_LOCKED = "55P03"
_OWNER = "WATCHTOWER_ADMIN_URL names the owner of the history."


@dataclass(frozen=True)
class Old:
    """What would go? `names` is rows to remove and rows in all, by name.

    `cut` is the moment before which rows go; `open_since` says that it is that early because
    something has been wrong since then. `kept` are the ids that stay although they are older.
    `by_policy`: row level security decides what this role sees.
    """

    cut: datetime
    names: Mapping[str, tuple[int, int]]
    kept: tuple[str, ...]
    open_since: datetime | None = None
    by_policy: bool = False


def old(database: Database, keep: timedelta, now: datetime) -> Old:
    """What is older than that, and may go? Changes nothing.

    Raises: QueryFailed, DatabaseUnreachable.
    """
    cut, since = now - keep, None
    with database.session(_SECONDS) as session:
        found = session.rows("prune/names", cut=cut)
        edge = _wrong_since(found)
        if edge is not None and edge < cut:
            cut = since = edge
            found = session.rows("prune/names", cut=cut)
        kept = [row for row in session.rows("prune/kept") if row["created_at"] < cut]
    spared = [row["check_name"] for row in kept]
    names = {
        row["check_name"]: (row["older"] - spared.count(row["check_name"]), row["rows"])
        for row in found
    }
    ids = tuple(str(row["id"]) for row in kept)
    return Old(cut, names, ids, since, any(row["row_security"] for row in found))


def remove(
    database: Database, old: Old, *, by: str, say: Callable[[str], object] = lambda _: None
) -> int:
    """Remove them as the owner, a batch a transaction; how many went? Leaves one row that says so.

    Raises: DatabaseUnreachable, PruneFailed. What went before then stays gone.
    """
    if old.by_policy:
        raise PruneFailed(
            f"Policies decide which rows of the history this role sees and may remove. {_OWNER}"
        )
    gone: dict[str, int] = {}
    for name, (count, _) in old.names.items():
        while gone.get(name, 0) < count:
            batch = _batch(database, old, name, sum(gone.values()))
            if not batch:
                raise PruneFailed(
                    f"{_done(sum(gone.values()))} {rows_word(count - gone.get(name, 0))} of {name} "
                    "could not be removed: does a trigger or a rule of public.watchtower_checks "
                    "keep them, or does another prune remove them at this moment?"
                )
            gone[name] = gone.get(name, 0) + batch
            say(f"  {name}: {gone[name]:,} of {count:,} removed")
    if gone:
        with database.session(_SECONDS) as session:
            keep(session, PRUNED, {"by": by, "before": old.cut.isoformat(), "removed": gone})
    return sum(gone.values())


def same(one: Database, other: Database) -> bool:
    """Do both lead to the same database?"""
    places = []
    for database in (one, other):
        with database.session(_SECONDS) as session:
            places.append(session.rows("repairs/place"))
    return places[0] == places[1]


def _batch(database: Database, old: Old, name: str, before: int) -> int:
    """Remove one batch; a lock is tried for some times. How many rows went?"""
    for _ in range(TRIES):
        try:
            with database.session(_SECONDS) as session, session.writing() as transaction:
                rows = transaction.rows(
                    "prune/remove", check_name=name, cut=old.cut, kept=old.kept, most=BATCH
                )
        except QueryFailed as error:
            if error.sqlstate == _LOCKED:
                continue
            why = f"PostgreSQL says: {error}."
            if error.sqlstate == "42501":
                why = f"This role may not: {error}. {_OWNER}"
            raise PruneFailed(f"{_done(before)} {why}") from error
        return len(rows)
    raise PruneFailed(
        f"{_done(before)} Another session holds a lock on the history, and {TRIES} attempts did "
        "not get it: try again later."
    )


def _done(before: int) -> str:
    return f"{rows_word(before)} removed." if before else "Nothing was removed."


def _wrong_since(found: tuple[Row, ...]) -> datetime | None:
    """Since when is something wrong that is not over? None where nothing is.

    The earliest of the two kinds of runs; where none was ever fine, the first row of all.
    """
    moments = []
    for row in found:
        if row["check_name"] in (VERIFICATION, RPC) and not row["newest_ok"]:
            moments.append(row["last_ok"] or row["oldest"])
    return min(moments, default=None)
