"""How are wrong keys set right, batch after batch, while everybody goes on writing?"""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from functools import partial

from lib.core.errors import RepairFailed
from lib.core.remedies import Repair
from lib.core.results import Row
from lib.core.words import listed, number, plural, rows_word, spell
from lib.remedies.batches import BLOCKS, START, choose, repair
from lib.remedies.bound_rows import relation_of
from lib.remedies.remedies import index_lines
from lib.remedies.repairs import all_moved, followers
from lib.remedies.repeated_keys import leaving
from lib.repairs.owner import Owner

ROWS = 100  # of the first batch; later ones as many as are moved in the time that writers may wait
MOST_ROWS = 2000
MOST_BLOCKS = 4096  # 32 MB of what has no index may be read for each batch, while writers wait

_HELD_MS = 120  # how long a batch should keep writers waiting
_REST_SECONDS = 0.05  # between two batches: writers have queued, and go first
_SAY_SECONDS = 2.0
_LEAST_ROWS = 25  # of a batch for which a table must be read whole
_REFUSALS = ("P0001", "23502", "23503", "23514")  # of a row: by a guard, or for want of its month
_MOST_REFUSED = 100  # where so many are refused and none is taken, that is no matter of single rows
_SPEED_OF = 5  # so many of the times that it was told


@dataclass
class Progress:
    """How far is it? Told every other second, with what is left by the speed of the last ones.

    The latter only where a stretch or a tenth of the table was read meanwhile: less says nothing.
    """

    title: str
    say: Callable[[str], None]
    blocks: int = 0
    read: int = 0
    rows: int = 0
    taken: int = 0
    refused: int = 0
    why: str = ""
    moved: dict[str, int] = field(default_factory=dict)
    told: list[tuple[float, int]] = field(default_factory=lambda: [(time.monotonic(), 0)])

    def tell(self, further: int = 0) -> None:
        """Say it, unless that was a moment ago. `further` is in blocks of the stretch at hand."""
        now, read = time.monotonic(), self.read + further
        if now - self.told[-1][0] < _SAY_SECONDS:
            return
        before, then = self.told[-_SPEED_OF:][0]
        self.told.append((now, read))
        share = min(read / max(self.blocks, 1), 1.0)
        left = ""
        if read - then >= min(BLOCKS, max(self.blocks / 10, 1)):
            seconds = (self.blocks - read) * (now - before) / (read - then)
            left = f", about {spell(timedelta(seconds=seconds))} to go"
        self.say(
            f"        {self.title}: {plural(self.rows, 'row')}, {share:.0%} of the table read{left}"
        )

    @property
    def words(self) -> str:
        """What was done, in one line?"""
        left = (
            f"; {rows_word(self.taken)} not moved: the right place is taken" if self.taken else ""
        )
        if self.refused:
            left += f"; {rows_word(self.refused)} refused ({self.why})"
        own = [each for each in list(self.moved.items())[1:] if each[1]]
        others = listed(f"{number(rows)} of {relation}" for relation, rows in own)
        return f"{self.title}: {plural(self.rows, 'row')}{others and f', with {others}'}{left}"


def carry_out(
    owner: Owner, repair: Repair, progress: Progress, leave_behind: Sequence[str] = ()
) -> None:
    """Set them right, whatever of the tables to `leave_behind` repeats their keys.

    Raises: RepairFailed, RepairStopped, DatabaseUnreachable; every batch before that stays done.
    """
    leaves = owner.ask("repairs/leaves", repair.title, relation=repair.guard.relation)
    if hidden := [str(row["leaf"]) for row in leaves if row["hidden"]]:
        raise RepairFailed(
            f"{repair.title}: row level security hides rows of {hidden[0]} from this role, so "
            "nothing was changed. The owner sees every row, unless row level security is forced "
            "for the owner too: give this role a policy, or BYPASSRLS."
        )
    progress.blocks = sum(int(row["blocks"]) for row in leaves)
    rows, reads, opening = ROWS, _reads(owner, repair), leaving(leave_behind, "local ")
    for leaf in leaves:
        rows = _leaf(owner, repair, leaf, rows, progress, reads=reads, opening=opening)


def _reads(owner: Owner, repair: Repair) -> bool:
    """Must a table be read whole for each batch? Raises: RepairFailed where that takes long."""
    named = [(each.table, binding.columns) for each in all_moved(repair) for binding in each.by] + [
        ((other.schema, other.table), (reference.column,))
        for other, reference in followers(repair.guard, repair.guards)
    ]
    unindexed = [_unindexed(owner, repair, relation_of(table), names) for table, names in named]
    return any(unindexed)


def _unindexed(owner: Owner, repair: Repair, relation: str, columns: tuple[str, ...]) -> bool:
    """Does no index begin with any of these columns?"""
    found = owner.ask(
        "repairs/unindexed",
        repair.title,
        relations=[relation] * len(columns),
        columns=list(columns),
    )
    if len(found) < len(columns):
        return False
    row = found[0]
    if row["blocks"] > MOST_BLOCKS:
        making = index_lines(str(row["relation"]), str(row["column_name"]))
        raise RepairFailed(
            f"{repair.title}: nothing was changed, because no index of {row['relation']} "
            f"begins with {row['column_name']}: each batch would read the whole table while "
            f"writers wait. First run each line that this prints: {' '.join(making.split())}"
        )
    return True


def _leaf(
    owner: Owner,
    asked: Repair,
    leaf: Row,
    rows: int,
    progress: Progress,
    *,
    reads: bool,
    opening: str,
) -> int:
    """One partition, stretch after stretch. Returns how many rows a batch may have by now."""
    name, blocks, after, end = str(leaf["leaf"]), int(leaf["blocks"]), START, 0
    while end < blocks:
        start, end = end, min(end + BLOCKS, blocks)
        while True:
            text = choose(asked.guard, name, after, end, rows, asked.since)
            (found,) = owner.read(text, asked.title)
            if not found["rows"]:
                break
            set_right = partial(repair, asked, name, nulls=found["nulls"])
            set_right = partial(set_right, reads=reads, opening=opening)
            held = _batch(owner, set_right, asked.title, found["chosen"], progress)
            rows = max(_next(rows, held), _LEAST_ROWS if reads else 1)
            after = str(found["last"])
            progress.tell(int(after[1:].partition(",")[0]) - start)
            time.sleep(_REST_SECONDS)
        after = f"({end},0)"
        progress.read += end - start
        progress.tell()
    return rows


def _batch(
    owner: Owner,
    set_right: Callable[[str], str],
    title: str,
    chosen: list[str],
    progress: Progress,
) -> float:
    """These rows; by halves where one is refused, which then stays. For how many ms was it held?"""
    places = "{" + ",".join(f'"{place}"' for place in chosen) + "}"
    try:
        (done,) = owner.run(set_right(places), title)
    except RepairFailed as error:
        hopeless = not progress.rows and progress.refused >= _MOST_REFUSED
        if error.sqlstate not in _REFUSALS or hopeless:
            raise
        if len(chosen) == 1:
            progress.refused, progress.why = progress.refused + 1, error.said
            return 0.0
        half = len(chosen) // 2
        halves = (chosen[:half], chosen[half:])
        return max(_batch(owner, set_right, title, part, progress) for part in halves)
    progress.rows += done["rows"]
    progress.moved.update(dict.fromkeys((each[0] for each in done["moved"]), 0) | progress.moved)
    for relation, rows in done["moved"]:
        progress.moved[relation] += rows
    progress.taken += done["found"] - done["rows"]
    return float(done["held"])


def _next(rows: int, held: float) -> int:
    """How many rows may the next batch have, after one that kept writers waiting for so many ms?"""
    share = min(max(_HELD_MS / max(held, 1.0), 0.5), 2.0)
    return min(max(round(rows * share), 1), MOST_ROWS)
