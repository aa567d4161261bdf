"""How did the counted numbers of a week stand against the weeks before? Pure."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime

from lib.core.weeks import Week
from lib.history.figures import Figures
from lib.history.history import History, Run
from lib.reports.review.reading import WEEKS_BEFORE, within


@dataclass(frozen=True)
class Measure:
    """One number: the worst of the week and when, the last, and the worst of the weeks before.

    `mean` is over the `weeks` of the four before it that were measured. None: not measured.
    `share`: it is a part of a whole, 0 to 1, and less is worse.
    """

    name: str
    share: bool
    worst: float | None
    worst_at: datetime | None
    last: float | None
    before: float | None
    mean: float | None
    weeks: int

    def words(self, value: float | None) -> str:
        """The value for people."""
        if value is None:
            return "not measured"
        if not self.share:
            return f"{value:,.0f}" if value == int(value) else f"{value:,.1f}"
        return "100.0 %" if value == 1 else f"{min(100 * value, 99.99):.2f} %"

    def against(self, other: float | None) -> str:
        """How does the week's worst compare with that of another? In a word or two."""
        if other is None or self.worst is None:
            return "no comparison"
        if self.worst == other:
            return "as before"
        return "worse" if (self.worst < other) == self.share else "better"


_Value = Callable[[Figures], float | None]
_KINDS: tuple[tuple[str, bool, _Value], ...] = (
    ("Null keys", False, lambda known: known.total("null")),
    ("Wrong keys", False, lambda known: known.total("wrong")),
    ("Rows without a session", False, lambda known: known.total("orphans")),
    ("Join rate", True, lambda known: known.join_rate),
)


def measures(history: History, week: Week) -> tuple[Measure, ...]:
    """Null keys, wrong keys, rows without a session and the join rate of this week."""
    weeks = [within(history, week.later(-back)) for back in range(WEEKS_BEFORE + 1)]
    whole = [list(_whole(runs)) for runs in weeks]
    return tuple(_measure(name, share, value, whole) for name, share, value in _KINDS)


def windows(history: History, week: Week) -> tuple[int, ...]:
    """How many days did the runs of this week count as recent?"""
    days = {run.figures.days for run in within(history, week) if run.figures is not None}
    return tuple(sorted(days))


def _whole(runs: Iterable[Run]) -> Iterable[tuple[Run, Figures]]:
    """Those that saw every table that any of them saw: a sum over fewer says less than it seems."""
    counted = [(run, run.figures) for run in runs if run.figures is not None]
    tables = {table for _, known in counted for table in known.tables}
    return (pair for pair in counted if set(pair[1].tables) == tables)


def _measure(
    name: str, share: bool, value: _Value, weeks: list[list[tuple[Run, Figures]]]
) -> Measure:
    bad = min if share else max
    found = [
        [(said, run.at) for run, known in runs if (said := value(known)) is not None]
        for runs in weeks
    ]
    worst = [bad((said for said, _ in runs), default=None) for runs in found]
    at = next((moment for said, moment in found[0] if said == worst[0]), None)
    earlier = [said for said in worst[1:] if said is not None]
    return Measure(
        name,
        share,
        worst[0],
        at,
        found[0][-1][0] if found[0] else None,
        worst[1],
        sum(earlier) / len(earlier) if earlier else None,
        len(earlier),
    )
