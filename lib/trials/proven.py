"""With which text was a function last proven right, and how does a person put that back?

The history keeps such a text once for each change, in a row of its own. Whoever holds the
watchtower's password may write such a row, and what it holds would run with the owner's rights: so
no text of a row is ever run but by its digest, which somebody names who has read it.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from lib.core.context import Context
from lib.core.errors import QueryFailed
from lib.core.remedies import Remedies, decision
from lib.core.results import Row
from lib.core.words import moment
from lib.db.database import Session
from lib.remedies import locks
from lib.trials.texts.reviewed import Definition, created_by

PROVEN = "partition_watchtower_proven"  # the check_name of rows with texts that were proven right
AS_IT_WAS = "python -m lib apply --yes --as-it-was"


@dataclass(frozen=True)
class Proven:
    """The text with which a function was last proven right, and since when it was.

    `until` is when a verification saw it so for the last time, where that is known.
    """

    text: Definition
    since: datetime
    until: datetime | None = None

    @property
    def when(self) -> str:
        """Since when, in words."""
        return moment(self.since)

    @property
    def span(self) -> str:
        """How long, in words: what was changed was so after that."""
        if self.until is None:
            return f"since {self.when}"
        last = moment(self.until)
        return f"at {last}" if last == self.when else f"from {self.when} to {last}"


def last_proven(
    session: Session, context: Context, functions: Iterable[str]
) -> Mapping[str, Proven]:
    """The same as `kept`, read once a run; nothing where the history cannot be read."""
    names = sorted(set(functions))
    key = f"checks/guard_functions_kept {names}"
    if key not in context.kept:
        try:
            context.kept[key] = _rows(session, names)
        except QueryFailed:
            context.kept[key] = ()
    return _found(context.kept[key])


def kept(session: Session, functions: Iterable[str]) -> Mapping[str, Proven]:
    """The newest such text of each of these functions, as schema.name, of which there is one.

    What a row holds beside that function is left out. Raises: QueryFailed, DatabaseUnreachable.
    """
    return _found(_rows(session, sorted(set(functions))))


def _rows(session: Session, names: list[str]) -> tuple[Row, ...]:
    values = {"kind": PROVEN, "functions": [f"{name}()" for name in names]}
    return session.rows("checks/guard_functions_kept", **values)


def _found(rows: Iterable[Row]) -> Mapping[str, Proven]:
    found = {}
    for row in rows:
        name = str(row["function"]).removesuffix("()")
        text = created_by(str(row["text"])).get(name)
        if text is not None:
            found[name] = Proven(text, row["at"])
    return found


def as_it_was(name: str, was: Proven, sql: str, *, did: str, **more: Any) -> Remedies:
    """A person may put back what was there, by this SQL, after reading it.

    `did` says what was seen of it then.
    """
    digest = hashlib.sha256(sql.encode()).hexdigest()[:20]
    words = (
        f"read this text, with which {name}() {did} (kept {was.when}), then put it back: "
        f"{AS_IT_WAS} {digest}"
    )
    whose = f"that with which {name}() {did}, kept {was.when}"
    return decision(words, sql, as_it_was=digest, whose=whose, **{"lock": locks.NONE, **more})
