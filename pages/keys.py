"""Keys: is every month key set, and the right one?"""

import _cards
import _findings
import _frames
import _shared
import streamlit as st
from _words import plain, sentence

from lib import charts
from lib.checks.wording import number, share
from lib.guards import GUARDS

report = _shared.opening("Keys", _findings.GROUPS["Keys"].question)
_cards.check_lines(report, "Keys")
_findings.cards(_findings.faults(report, "Keys"), link=False)

days = _frames.key_days(report)
st.header(f"By UTC day, {_cards.since_words(report)}")
if days.empty:
    st.caption("No recent row was seen, so there is no key to judge.")
else:
    for column, guard in zip(st.columns(len(GUARDS), gap="medium"), GUARDS, strict=True):
        own = days[days["table"] == guard.table]
        with column:
            st.markdown(f"**{plain(guard.relation)}** · `{guard.key}`")
            for finding in report["null_keys"].findings:
                if finding.subject == guard.relation:
                    st.markdown(f"{_findings.state(finding)} {plain(sentence(finding.detail))}")
            if own.empty:
                st.caption("No recent row was seen.")
                continue
            total, wrong, null = (int(own[name].sum()) for name in ("rows", "wrong", "null"))
            words = f"{number(wrong)} wrong ({share(wrong, total)}) of {number(total)} rows"
            if null:
                words = f"{words}, {number(null)} null ({share(null, total)})"
            st.markdown(words)
            _shared.chart(
                f"keys {guard.table}",
                f"{guard.relation}: {words}",
                lambda own=own: charts.keys_by_day(_cards.every_day(report, own)),
            )
    _shared.table(
        days[["day", "table", "rows", "right", "wrong", "null"]],
        "Right, wrong and null keys by UTC day and table",
    )

_cards.reach(report["wrong_month_sessions"], report["null_keys"], report["events_without_session"])

st.header("Older rows")
older = _frames.history(report["wrong_month_sessions"])
if older.empty:
    st.markdown(plain(_cards.older_words(report["wrong_month_sessions"])))
else:
    _shared.table(older, "Older rows in the partition of another month")
