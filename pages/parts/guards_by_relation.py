"""Which relation is looked at? Chosen by cell, by row or by name, and kept in the address."""

from __future__ import annotations

from collections import Counter
from functools import partial
from typing import Any

import pandas as pd
import streamlit as st

from lib.checks import guard_behaviour, guard_functions, guard_triggers, partition_coverage
from lib.core.declaration import parts_of
from lib.core.results import Report, Status
from lib.core.words import mark, plural
from lib.reports.drawing import matrix
from lib.reports.markdown import plain
from pages.parts.shared import chart, choosable, current, once
from pages.parts.words import badge

LEGEND = (
    "✓ fires · ! under another name, or no great harm · ✕ does not fire · "
    "framed blue: the current one · framed grey: what is shown"
)
_CHOSEN, _UNSEEN = "relation", "relation that was not seen"
_ACROSS = 12  # cells in a row
_STATUS = {status.word: status.value for status in Status}
_COLUMNS = (
    *("table", "relation", "trigger", "function", "level", "status", "fires", "state"),
    *("means", "remedies", "live", "canonical", "difference"),
)


@once
def guards(report: Report) -> pd.DataFrame:
    """Each guard on each relation, as guard_triggers has it, with the place of its cell.

    `row` is a year, and `column` a month, where the partition's bounds (never its name) are a
    month's; else the row is table, DEFAULT or other, which counts from the left.
    `bad` orders them, 0 the best.
    """
    bounds = {
        row["relation"]: row
        for row in partition_coverage.CHECK.of(report).tables.get("partitions", ())
    }
    others: Counter[str] = Counter()
    places: set[tuple[str, str, int]] = set()
    placed = []
    for row in guard_triggers.CHECK.of(report).tables.get("triggers", ()):
        bound, table = bounds.get(row["relation"]), row["table"]
        month = _month(table, bound)
        where, column = _place(row["level"], table, bound, month)
        if column < 0 or (table, where, column) in places:
            line, column = divmod(others[table], _ACROSS)
            where = f"other {line + 1}" if line else "other"
            others[table] += 1
        places.add((table, where, column))
        placed.append((*map(row.get, _COLUMNS), month, where, column, _STATUS[row["status"]]))
    frame = pd.DataFrame(placed, columns=[*_COLUMNS, "month", "row", "column", "bad"])
    return frame.astype({"month": object})


def _place(level: str, table: str, bound: Any, month: Any) -> tuple[str, int]:
    """The row and column of a cell; where it is no month's, or another one's, one is found."""
    if month is not None:
        return parts_of(table).cell(month)
    if bound is not None and bound["is_default"]:
        return "DEFAULT", 0
    return ("table", 0) if level == "table" else ("other", -1)


def _month(table: str, bound: Any) -> Any:
    """The month of a partition that holds exactly that; None for any other relation."""
    if bound is None or bound["low"] is None or bound["high"] is None:
        return None
    low, high = bound["low"], bound["high"]
    periods = parts_of(table)
    return low if periods.start(low) == low and periods.after(low) == high else None


def worst(frame: pd.DataFrame, doubted: set[str]) -> str:
    """Which relation is shown to whoever names none? Where all fire, the first `doubted` one."""
    among = frame[frame["bad"] == frame["bad"].max()]
    if not frame["bad"].any() and frame["function"].isin(doubted).any():
        among = frame[frame["function"].isin(doubted)]
    return str(among["relation"].iloc[0])


def chosen(frame: pd.DataFrame, otherwise: str) -> str:
    """Which relation is shown? Asks for it by name; the answer stands in the address."""
    names = list(dict.fromkeys(frame["relation"]))
    if (asked := st.query_params.get(_CHOSEN)) and asked not in names:
        st.session_state[_UNSEEN] = asked
    named: str | None = st.selectbox(
        "Relation",
        names,
        index=None,
        key=_CHOSEN,
        bind="query-params",
        placeholder=f"{otherwise}, or choose another",
        filter_mode="contains",
    )
    if named is not None:
        st.session_state.pop(_UNSEEN, None)
    unseen = st.session_state.get(_UNSEEN)
    if unseen and unseen not in names:
        st.caption(f":material/help: No guard is expected on {plain(unseen)}: it was not seen.")
    return named or otherwise


def calendar(report: Report, own: pd.DataFrame, shown: str) -> None:
    """One guard's cells, to look at and to choose from.

    That a trigger fires is half of it: where its function is not in order, that is said above.
    """
    table, trigger, function = (own[name].iloc[0] for name in ("table", "trigger", "function"))
    doubts = [
        finding.status
        for check in (guard_functions.CHECK, guard_behaviour.CHECK)
        for finding in check.of(report).findings
        if finding.subject == function and finding.status is not Status.OK
    ]
    doubt = f", function {badge(max(doubts), current=current())}" if doubts else ""
    firing = int(own["fires"].sum())
    here = shown if shown in set(own["relation"]) else None
    faded = not current()
    periods = parts_of(table)
    month = periods.at(report.checked_at)
    st.markdown(f"**{plain(table)}** · {firing:,} of {len(own):,} fire{doubt}  \n`{trigger}`")
    name = f"guard {table}{' was' if faded else ''}"
    chart(
        name,
        f"{trigger} fires on {firing} of {plural(len(own), 'relation')}",
        lambda: matrix.guard_matrix(own, month, here, periods, faded=faded),
        edition=here,
        on_select=partial(_on_cell, f"chart {name}"),
    )


def _on_cell(key: str) -> None:
    if points := st.session_state[key]["selection"]["points"]:
        st.session_state[_CHOSEN] = points[0]["customdata"][1]


def listed(frame: pd.DataFrame, shown: str) -> None:
    """The same as rows, worst first, to choose from by keyboard as well.

    No row is chosen for the viewer: the grid takes no key as long as that is the only selection.
    """
    ordered = frame.sort_values("bad", ascending=False, kind="stable")
    order = list(ordered["relation"])
    words = [mark(Status(bad)) for bad in ordered["bad"]]
    choosable(
        pd.DataFrame({"Status": words, "Relation": order, "State": ordered["state"]}),
        "Drift guards by relation with their state, worst first; the chosen one is shown above",
        order,
        "guard rows",
        _choose,
        tallest=9,
        shown=shown,
    )
    st.caption("Choose a row: tick it, or go there with the arrow keys and press Shift and Space.")


def _choose(relation: str | None) -> None:
    if relation is not None:
        st.session_state[_CHOSEN] = relation
