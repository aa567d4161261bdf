"""Partitions: has every month its partition, closed to strangers, and is the next one ready?"""

import _findings
import _month_charts
import _months
import _shared
import _upkeep
import _verdict
import _window
import streamlit as st
from _words import badge, plain

from lib.core.guards import REQUIRED

report = _verdict.opening("Partitions")
if wrong := _findings.faults(report, "Partitions"):
    st.header("What is wrong, worst first" if _shared.current() else "Last known findings")
    _findings.cards(wrong, link=False, few=2)

months = _months.months(report)
partitions, strays = _months.partitions(report), _months.strays(report)

with st.grid(2, min_column_width=380):
    _upkeep.next_month(months)
    _upkeep.default_rows(report, strays)
    _upkeep.maintenance(report)
    _upkeep.closed(report)

chosen = _window.table(guard for guard in REQUIRED if guard.partitioned)
if chosen is not None:
    months, partitions, strays = (
        frame[frame["table"] == chosen] for frame in (months, partitions, strays)
    )
tables = list(dict.fromkeys(months["table"]))

st.header("Coverage by month" if len(tables) != 1 else "Coverage, rows and size by month")
check = report["partition_coverage"]
st.markdown(f"{badge(check.status, current=_shared.current())} {plain(_findings.told(check))}")
if len(tables) == 1:
    with st.grid(2, min_column_width=320):
        _month_charts.coverage(report, months, tables[0], legend=True)
        _month_charts.sizes_of(partitions, months, tables[0])
    st.caption(_month_charts.ESTIMATES)
elif tables:
    with st.grid(2, min_column_width=320):
        for name in tables:
            _month_charts.coverage(report, months, name)
    _month_charts.marks()

    st.header("Rows and size by month")
    with st.grid(2, min_column_width=320):
        for name in tables:
            _month_charts.sizes_of(partitions, months, name)
    st.caption(_month_charts.ESTIMATES)

if len(strays):
    st.header("Rows in a DEFAULT partition")
    _shared.table(
        _months.stray_table(strays),
        "Rows in a DEFAULT partition: how many, of which months, and what to do",
        rows=st.column_config.NumberColumn("Rows", format="localized"),
        recent_rows=st.column_config.NumberColumn("Recent", format="localized"),
        key="Month of the key",
        clock="Month of the clock",
    )
    st.caption("The SQL for each stands above, among what is wrong.")

st.header("Partitions and gaps")
layout = _shared.of_report(
    f"layout {chosen}",
    report,
    lambda: _months.layout_table(_months.layout(partitions, months)),
)
if layout.empty:
    st.caption("No partition was seen.")
else:
    _shared.table(
        layout,
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
