"""Keys: is every month key set, and the right one?"""

from functools import partial

import pandas as pd
import streamlit as st

from lib.checks import null_keys, orphan_rows, wrong_keys
from lib.checks.guarded_tables import guards_of
from lib.core.words import number, rows_word, sentence, share
from lib.reports.drawing import daily
from lib.reports.markdown import plain
from pages.parts import (
    affected_rows,
    cards,
    findings,
    frames,
    per_day,
    shared,
    time_window,
    verdict,
)

OLDER = tuple(each.CHECK.name for each in (wrong_keys, orphan_rows, null_keys))

report = verdict.opening("Keys")
cards.check_lines(report, "Keys")
time_window.judged(report)

st.header("Keys by UTC day")
with st.container(horizontal=True, gap="medium"):
    window, only = time_window.days(report), time_window.table(guards_of(report))
view = time_window.view(report, window)
guards = [guard for guard in guards_of(report) if only in (None, guard.table)]
affected_rows.since_repair(report, only)

shown = []

if view is None:
    time_window.being_read(window)
else:
    for column, guard in zip(st.columns(len(guards), gap="medium"), guards, strict=True):
        days, sums = per_day.every(view, guard, frames.key_days)
        rows = int(sums["rows"])
        counting = per_day.counting(guard)
        with column.container(border=True, gap="small", height="stretch"):
            st.markdown(
                f"{per_day.look(view[counting], guard)} **{plain(guard.relation)}** · `{guard.key}`"
            )
            if per_day.unknown(view, counting, guard):
                continue
            if rows:
                with st.grid(2, min_column_width=130):
                    for label, kind in (("Wrong keys", "wrong"), ("Null keys", "null")):
                        bad = int(sums[kind])
                        part = share(bad, rows)
                        st.metric(label, number(bad), part, delta_color="off", delta_arrow="off")
                st.caption(f"of {rows_word(rows)} written {per_day.window(view)}")
            for finding in per_day.found(null_keys.CHECK.of(view), guard):
                st.markdown(f"{findings.state(finding)} {plain(sentence(finding.detail))}")
            if not rows:
                st.caption(
                    f"No row was written {per_day.window(view)}; a longer window may hold some."
                )
                continue
            shared.chart(
                f"keys {guard.table}",
                f"{guard.relation}: {number(int(sums['wrong']))} wrong and "
                f"{number(int(sums['null']))} null keys of {rows_word(rows)}, by UTC day",
                partial(daily.bars, days, daily.KEYS, guard.noun),
                f"{window} {view.checked_at}",
            )
            above = "The upper chart has its own scale: the keys that are not right. "
            told = above if rows > int(sums["right"]) else ""
            st.caption(f"{told}{per_day.right_key(guard)}")
            if unjudged := int(sums["unjudged"]):
                st.markdown(f"{rows_word(unjudged)} without a session cannot be judged: see Joins.")
        shown.append(days.assign(table=guard.table))

if view is not None and shown:
    together = pd.concat(shown).sort_values(["day", "table"], kind="stable")
    per_day.table(
        together[["day", "table", "rows", "right", "wrong", "null", "unjudged"]],
        "Right, wrong and null keys by UTC day and table",
        view,
        f"keys-{only or 'all'}",
        unjudged="Cannot be judged",
    )
    clocks = " or ".join(dict.fromkeys(f"`{guard.clock}`" for guard in guards))
    st.caption(f"A row counts on the UTC day of its {clocks}. The last day is not over.")

if view is not None:
    affected_rows.faults(*(view[name] for name in OLDER), table=only)

findings.section(report, "Keys", "What repairs it")
affected_rows.older(report, *OLDER, table=only)
