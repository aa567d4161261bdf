"""Does the verdict agree with what really happens to the rows, whatever was done to the guards?

Draws sequences of statements, applies each to a healthy database, learns the truth by writing
rows as an ordinary writer, and compares it with the full verification:

- no false green: where a row comes out wrong or is lost, the verdict is critical or unknown;
  where a right row is refused, which its writer hears of, it is a warning at least;
- no unexplained alarm: a red finding that the rows do not show is one that a rule below explains.

By hand: python -m tests.drills.oracle --sequences 2000 [--version 18] [--seed N]
"""

from __future__ import annotations

import argparse
import re
import time
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field

import psycopg
from hypothesis import HealthCheck, Phase, given, seed, settings
from hypothesis import strategies as st

from lib.core.results import Report, Status
from tests.drills.statements import WRITER, Statement, statements
from tests.drills.truth import PREPARE, Wrong, wrongs
from tests.looking import look
from tests.servers import SUPERUSER, Database, Server, running
from tests.template import template

# Red findings that need no wrong row of today: check, words, and why it is right to be red.
RULES = (
    ("guard_triggers", r"on public\.\w+ itself", "partitions made from now on are born without"),
    ("guard_triggers", r"_default$", "a row without a partition would not be guarded"),
    ("guard_triggers", r"on public\.\w+_\d{4}_\d\d$", "a month whose sessions may be out of reach"),
    ("guard_triggers", r"fires only during replication", "it fires for a replica role alone"),
    ("guard_triggers", r"fires on delete", "deletes are lost without a word"),
    ("guard_triggers", r"WHEN clause|does not fire on update", "some statements are not guarded"),
    ("guard_behaviour", r"no key: .*, and an error is right$", "NOT NULL alone refuses it"),
    (
        "guard_functions",
        r"it does not behave|it sets no key",
        "as guard_behaviour, which is explained by itself",
    ),
    ("guard_functions", r"how it behaves was not tried", "unknown: the text alone proves nothing"),
    ("guard_functions", r"in every try, but asks", "unknown: no try is what its text asks for"),
    ("guard_settings", r"session_replication_role", "no guard fires for that role"),
    ("guard_settings", r"deletes rows", "rows may be gone again without a word"),
    ("trigger_order", r"session_replication_role", "no guard fires for the transaction's next row"),
    ("guard_settings", r"the rule \w+ on", "what names that relation is lost without a word"),
    ("foreign_key", r"", "nothing refuses a wrong pair, should the guard fail"),
    ("key_constraints", r"", "it hides a guard that fails"),
    ("partition_coverage", r"", "rows of that month have no partition"),
    ("unattached_partitions", r"", "rows may be out of sight"),
    ("rpc_answers", r"false|although", "the RPC speaks of the catalogs"),
)
STATEMENTS = statements()
SEQUENCES = st.lists(st.sampled_from(STATEMENTS), min_size=1, max_size=6)


@dataclass
class Tally:
    """What came of all the sequences?"""

    outcomes: Counter[str] = field(default_factory=Counter)

    def add(self, wrong: Sequence[Wrong], report: Report) -> None:
        """Count one more: were rows wrong, and what was the verdict?"""
        silent, held = any(w.silent for w in wrong), all(w.held for w in wrong)
        refused = "held by the foreign key" if held else "right rows refused"
        rows = "rows wrong" if silent else refused if wrong else "rows right"
        self.outcomes[f"{rows}, verdict {report.status.word}"] += 1

    def __str__(self) -> str:
        total = sum(self.outcomes.values())
        parts = [f"{count} {what}" for what, count in sorted(self.outcomes.items())]
        return f"{total} sequences: " + "; ".join(parts)


class Disagreement(AssertionError):
    """The verdict and the rows do not agree: the text says how."""


@contextmanager
def prepared(server: Server, healthy: Database) -> Iterator[Database]:
    """A healthy database with an ordinary writer, from which each sequence's own is made."""
    with server.new_database(healthy.name) as database:
        database.execute(PREPARE, user=SUPERUSER)
        try:
            yield database
        finally:
            database.execute(f"drop owned by {WRITER}", user=SUPERUSER)


def examine(server: Server, origin: Database, sequence: Sequence[Statement], tally: Tally) -> None:
    """Apply the sequence to a database of its own and compare. Raises: Disagreement."""
    with server.new_database(origin.name) as database:
        try:
            for statement in sequence:
                apply(database, statement)
            wrong, report = wrongs(database), look(database)
        finally:
            server.execute(f"alter role {WRITER} reset all")
    tally.add(wrong, report)
    compare(wrong, report)


def apply(database: Database, statement: Statement) -> None:
    """Run it with this and the next month filled in; what the database refuses did not happen."""
    text = statement.sql
    for name, shift in (("{this}", "0"), ("{next}", "1")):
        if name in text:
            text = text.replace(name, _month(database, shift))
    try:
        database.execute(text, user=statement.user)
    except psycopg.Error:
        return


def compare(wrong: Sequence[Wrong], report: Report) -> None:
    """Do rows and verdict agree? Raises: Disagreement."""
    silent = [one for one in wrong if one.silent]
    refused = [one for one in wrong if not one.silent and not one.held]
    if (silent and report.ok) or (refused and report.status is Status.OK):
        words = _words(silent or refused)
        raise Disagreement(f"false green ({report.status.word}): {words}")
    tables = {one.table for one in wrong}
    for check, finding in report.failing():
        if finding.status < Status.UNKNOWN or any(table in finding.detail for table in tables):
            continue
        if not explained(check.check, finding.detail):
            raise Disagreement(f"false alarm: {check.check} {finding.status.word} {finding.detail}")


def explained(check: str, detail: str) -> bool:
    """Does a rule say why this is red though no row shows it today?"""
    return any(check == name and re.search(words, detail) for name, words, _ in RULES)


def sequences_hold(
    examine_one: Callable[[Sequence[Statement]], None], count: int, number: int | None = None
) -> None:
    """Draw so many sequences; shrink the first that fails. `number` seeds the draw, None fixes it.

    Raises: Disagreement.
    """

    @settings(
        max_examples=count,
        derandomize=number is None,
        database=None,
        deadline=None,
        phases=(Phase.generate, Phase.shrink),
        suppress_health_check=list(HealthCheck),
        print_blob=False,
    )
    @given(SEQUENCES)
    def holds(sequence: list[Statement]) -> None:
        examine_one(sequence)

    (seed(number)(holds) if number is not None else holds)()


def _month(database: Database, shift: str) -> str:
    asked = (
        "select to_char(date_trunc('month', now() at time zone 'UTC')"
        f" + {shift} * interval '1 month', 'YYYY_MM')"
    )
    return str(database.value(asked))


def _words(wrong: Sequence[Wrong]) -> str:
    return "; ".join(f"{one.table}: {one.words}" for one in wrong[:4])


def main() -> None:
    """Run many sequences and print what came of them."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawTextHelpFormatter
    )
    parser.add_argument("--sequences", type=int, default=2000)
    parser.add_argument("--version", default="18", choices=("15", "18"))
    parser.add_argument("--seed", type=int, default=1)
    asked = parser.parse_args()
    tally, started = Tally(), time.monotonic()
    with (
        running(asked.version) as server,
        template(server) as healthy,
        prepared(server, healthy) as origin,
    ):
        try:
            sequences_hold(
                lambda sequence: examine(server, origin, sequence, tally),
                asked.sequences,
                asked.seed,
            )
        finally:
            print(f"{tally}, in {time.monotonic() - started:.0f} s, seed {asked.seed}")


if __name__ == "__main__":
    main()
