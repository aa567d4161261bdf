"""Partitions: has every month its partition, closed to strangers, and is the next one ready?"""

import streamlit as st

from lib.checks import partition_coverage
from lib.core.declaration import required
from lib.reports.markdown import plain
from pages.parts import (
    findings,
    partition_frames,
    partition_tiles,
    shared,
    time_window,
    verdict,
)
from pages.parts.words import badge, period_noun

report = verdict.opening("Partitions")
findings.section(report, "Partitions", few=2)

months = partition_frames.months(report)
partitions, strays = partition_frames.partitions(report), partition_frames.strays(report)

with st.grid(2, min_column_width=380):
    partition_tiles.next_month(months)
    partition_tiles.default_rows(report, strays)
    partition_tiles.upkeep(report)
    partition_tiles.closed(report)

chosen = time_window.table(guard for guard in required() if guard.partitioned)
if chosen is not None:
    months, partitions, strays = (
        frame[frame["table"] == chosen] for frame in (months, partitions, strays)
    )
tables = list(dict.fromkeys(months["table"]))

noun = period_noun()
st.header(f"Coverage by {noun}" if len(tables) != 1 else f"Coverage, rows and size by {noun}")
check = partition_coverage.CHECK.of(report)
st.markdown(f"{badge(check.status, current=shared.current())} {plain(findings.told(check))}")
if len(tables) == 1:
    with st.grid(2, min_column_width=320):
        partition_tiles.coverage(report, months, tables[0], legend=True)
        partition_tiles.sizes_of(partitions, months, tables[0])
    st.caption(partition_tiles.ESTIMATES)
elif tables:
    with st.grid(2, min_column_width=320):
        for name in tables:
            partition_tiles.coverage(report, months, name)
    partition_tiles.marks()

    st.header(f"Rows and size by {noun}")
    with st.grid(2, min_column_width=320):
        for name in tables:
            partition_tiles.sizes_of(partitions, months, name)
    st.caption(partition_tiles.ESTIMATES)

if len(strays):
    st.header("Rows in a DEFAULT partition")
    shared.table(
        partition_frames.stray_table(strays),
        f"Rows in a DEFAULT partition: how many, of which {noun}s, and what to do",
        rows=st.column_config.NumberColumn("Rows", format="localized"),
        recent_rows=st.column_config.NumberColumn("Recent", format="localized"),
        key=f"{noun.capitalize()} of the key",
        clock=f"{noun.capitalize()} of the clock",
    )
    st.caption("The SQL for each is above, among what is wrong.")

st.header("Partitions and gaps")
layout = shared.of_report(
    f"layout {chosen}",
    report,
    lambda: partition_frames.layout_table(partition_frames.layout(partitions, months)),
)
if layout.empty:
    st.caption("No partition was seen.")
else:
    shared.table(
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
