"""Partitions: has every month its partition, closed to strangers, and is the next one ready?"""

import _cards
import _findings
import _frames
import _shared
import streamlit as st
from _words import plain

from lib import charts
from lib.checks.context import Context
from lib.guards import GUARDS

report = _shared.opening("Partitions", _findings.GROUPS["Partitions"].question)
_cards.check_lines(report, "Partitions")
_findings.cards(_findings.faults(report, "Partitions"), link=False)

months, partitions = _frames.months(report), _frames.partitions(report)
month, faded = Context(GUARDS, report.checked_at).month, not _shared.current()
tables = list(dict.fromkeys(months["table"]))

_cards.month_turn(report)

st.header("Coverage by month")
if not tables:
    st.caption("No partitioned table was seen, so there is no month to show.")
else:
    for column, name in zip(st.columns(len(tables), gap="medium"), tables, strict=True):
        own = months[months["table"] == name]
        with column:
            st.markdown(f"**{plain(name)}**")
            _shared.chart(
                f"coverage {name}{' was' if faded else ''}",
                f"{name}: {_cards.coverage_words(own)}",
                lambda own=own: charts.coverage_calendar(own, month, faded=faded),
            )
    st.caption(_cards.COVERAGE_LEGEND)

st.header("Rows by month")
bounded = partitions[partitions["low"].notna() & partitions["row_estimate"].notna()]
if bounded.empty:
    st.caption("PostgreSQL has no estimates yet: `analyze` makes them.")
else:
    names = list(dict.fromkeys(bounded["table"]))
    for column, name in zip(st.columns(len(names), gap="medium"), names, strict=True):
        own = bounded[bounded["table"] == name]
        with column:
            st.markdown(f"**{plain(name)}**, estimated rows")
            _shared.chart(
                f"rows {name}",
                f"{name}: about {own['row_estimate'].sum():,.0f} rows in {len(own)} partitions",
                lambda own=own: charts.rows_by_month(own),
            )
    st.caption("Estimates from PostgreSQL's statistics (`reltuples`), not a count.")

st.header("Partitions and their bounds")
if partitions.empty:
    st.caption("No partition was seen.")
else:
    partitions["row_security"] = [
        "✓ on" if secured else "✕ off" for secured in partitions["row_security"]
    ]
    partitions["bounds"] = [
        "DEFAULT" if row.is_default else f"{row.low} ≤ key < {row.high}"
        for row in partitions.itertuples()
    ]
    _shared.table(
        partitions.sort_values(["low", "table"], ascending=False, na_position="first")[
            ["relation", "bounds", "row_estimate", "bytes", "row_security"]
        ],
        "Partitions, newest first, with bounds, estimated rows, size and row level security",
        row_estimate=st.column_config.NumberColumn(
            "Rows (estimate; DEFAULT counted)", format="localized"
        ),
        bytes=st.column_config.NumberColumn("Size (estimate)", format="bytes"),
        row_security="Row level security",
    )

st.header("Rows in a DEFAULT partition")
strays = _frames.strays(report)
if strays.empty:
    st.markdown(plain(_findings.told(report["default_partition_rows"])))
else:
    _shared.table(strays, "Rows in a DEFAULT partition by month of key and of clock")
