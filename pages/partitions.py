"""Partitions: has every month its partition, closed to strangers, and is the next one ready?"""

import _cards
import _findings
import _months
import _shared
import _upkeep
import _window
import streamlit as st
from _words import badge, plain

from lib import coverage, sizes
from lib.checks.context import Context
from lib.guards import GUARDS

report = _shared.opening("Partitions", _findings.GROUPS["Partitions"].question)
_findings.cards(_findings.faults(report, "Partitions"), link=False)

months, partitions, strays = (
    _months.months(report),
    _months.partitions(report),
    _months.strays(report),
)
month, faded = Context(GUARDS, report.checked_at).month, not _shared.current()

with st.grid(2, min_column_width=380):
    _upkeep.next_month(months)
    _upkeep.maintenance(report)
    _upkeep.default_rows(report, strays)
    _upkeep.closed(report)

chosen = _window.table()
if chosen is not None:
    months, partitions, strays = (
        frame[frame["table"] == chosen] for frame in (months, partitions, strays)
    )
tables = list(dict.fromkeys(months["table"]))

st.header("Coverage by month")
check = report["partition_coverage"]
st.markdown(f"{badge(check.status, current=not faded)} {plain(_findings.told(check))}")
if tables:
    with st.grid(2, min_column_width=320):
        for name in tables:
            own = months[months["table"] == name]
            with st.container(border=True, height="stretch", gap="xsmall"):
                st.markdown(f"**{plain(name)}**")
                _shared.chart(
                    f"coverage {name}{' was' if faded else ''}",
                    f"{name}: {_cards.coverage_words(own)}",
                    lambda own=own: coverage.coverage_calendar(own, month, faded=faded),
                )
    _cards.coverage_legend()

st.header("Rows and size by month")
bounded = partitions[
    partitions["low"].notna() & partitions["high"].notna() & partitions["part_of"].isna()
]
if not tables or bounded.empty:
    st.caption("No partition was seen, so there is nothing to measure.")
else:
    with st.grid(2, min_column_width=320):
        for name in tables:
            own, spans = bounded[bounded["table"] == name], months[months["table"] == name]
            words = _months.sum_words(own)
            with st.container(border=True, height="stretch", gap="xsmall"):
                st.markdown(f"**{plain(name)}** · {words}")
                _shared.chart(
                    f"rows {name}",
                    f"{name}: {words}",
                    lambda own=own, spans=spans: sizes.rows_and_size(own, spans),
                )
    st.caption(
        "Estimates from PostgreSQL's statistics (`reltuples`, `relpages`), not a count; "
        "without indexes, and as old as the last `analyze`."
    )

if len(strays):
    st.header("Rows in a DEFAULT partition")
    _shared.table(
        _months.stray_table(strays),
        "Rows in a DEFAULT partition: how many, which months, why, and what to do",
        rows=st.column_config.NumberColumn("Rows", format="localized"),
        recent_rows=st.column_config.NumberColumn("Recent", format="localized"),
        key="Month of the key",
        clock="Month of the clock",
    )
    st.caption("The SQL for each stands above, in the order of how bad it is.")

st.header("Partitions and gaps")
layout = _months.layout(partitions, months)
if layout.empty:
    st.caption("No partition was seen.")
else:
    _shared.table(
        _months.layout_table(layout),
        "Partitions and the gaps between them, newest first: state, bounds, size, row security",
        low="From",
        high="Before",
        rows=st.column_config.NumberColumn("Rows (estimate)", format="localized"),
        bytes=st.column_config.NumberColumn("Size (estimate)", format="bytes"),
        row_security="Row level security",
    )
    st.caption(
        "A key lies in a partition where From ≤ key < Before. Rows and size are estimates; "
        "the rows in DEFAULT are counted."
    )
