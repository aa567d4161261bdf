"""What are the charts and tables made of? A report's observations as DataFrames, nothing judged."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, timedelta
from typing import Any

import pandas as pd

from lib.checks import null_keys, orphan_rows, wrong_keys
from lib.core.results import CheckResult, Report
from lib.core.visible import cell

_ASTRAY, _WITHIN = "in another partition", "in the right partition"


def rows(check: CheckResult, table: str, columns: Iterable[str]) -> pd.DataFrame:
    """What was observed, with these columns even where nothing was."""
    return pd.DataFrame(list(check.tables.get(table, ())), columns=list(columns))


def cells(frame: pd.DataFrame) -> pd.DataFrame:
    """The same for whoever opens it as CSV, which every table offers: no text is a formula."""
    texts = frame.select_dtypes(["object", "string"]).columns
    return frame.assign(**{name: frame[name].map(_cell) for name in texts})


def _cell(value: Any) -> Any:
    return cell(value) if isinstance(value, str) else value


def key_days(report: Report) -> pd.DataFrame:
    """Recent keys by table and UTC day: table, day, rows, right, wrong, null, unjudged."""
    columns = ("table", "day", "rows", "wrong", "null", "unjudged")
    own = rows(
        wrong_keys.CHECK.of(report),
        "days",
        ("table", "day", "rows", "wrong", "nulls"),
    ).rename(columns={"nulls": "null"})
    joins = join_days(report)
    joins["unjudged"] = joins["orphans"] + joins["unexamined"]
    referring = joins.rename(columns={"wrong_month": "wrong", "nulls": "null"})
    nulls = rows(null_keys.CHECK.of(report), "days", ("table", "day", "recent_rows")).rename(
        columns={"recent_rows": "null"}
    )
    counted = set(own["table"]) | set(referring["table"])
    nulls = nulls[~nulls["table"].isin(counted) & (nulls["null"] != 0)]
    parts = [
        part[list(columns)]
        for part in (
            own.assign(unjudged=0),
            referring,
            nulls.assign(rows=nulls["null"], wrong=0, unjudged=0),
        )
        if len(part)
    ]
    frame = pd.concat(parts, ignore_index=True) if parts else pd.DataFrame(columns=list(columns))
    frame["right"] = frame["rows"] - frame["wrong"] - frame["null"] - frame["unjudged"]
    return frame


def join_days(report: Report) -> pd.DataFrame:
    """Recent rows by table and UTC day: table, day, rows, joined, wrong_month, orphans, other.

    `other` is nulls and unexamined together; `lost` all that do not join.
    """
    columns = (
        *("table", "day", "rows", "joined", "lost"),
        *("wrong_month", "orphans", "nulls", "unexamined"),
    )
    frame = rows(orphan_rows.CHECK.of(report), "days", columns)
    frame["other"] = frame["nulls"] + frame["unexamined"]
    return frame


def every_day(days: pd.DataFrame, since: date, until: date) -> pd.DataFrame:
    """The same with a row for each day from the one to the other, zero where nothing was seen."""
    span = [since + timedelta(days=n) for n in range((until - since).days + 1)]
    dated = days[days["day"].notna()].drop(columns="table")
    whole = sorted({*span, *dated["day"]})
    numbers = dated.set_index("day").astype(int).groupby(level="day").sum()
    return numbers.reindex(whole, fill_value=0).rename_axis("day").reset_index()


def affected(*checks: CheckResult) -> pd.DataFrame:
    """How far does each fault reach: check, and what lib.checks.counting says of its rows."""
    columns = ("table", "fault", "rows", "first_seen", "last_seen", "months", "samples")
    parts = [
        part.assign(check=check.check)
        for check in checks
        if len(part := rows(check, "radius", columns))
    ]
    return pd.concat(parts, ignore_index=True) if parts else pd.DataFrame(columns=list(columns))


def since(report: Report) -> pd.DataFrame:
    """Rows since the last repair, by table: table, since, rows, wrong, null; rows None: unknown."""
    nulls = rows(null_keys.CHECK.of(report), "since", ("table", "since", "wrong"))
    parts = [
        found
        for module in (wrong_keys, orphan_rows)
        if len(found := rows(module.CHECK.of(report), "since", ("table", "since", "rows", "wrong")))
    ]
    columns = ["table", "since", "rows", "wrong", "null"]
    if not parts:
        return pd.DataFrame(columns=columns)
    null = nulls.rename(columns={"wrong": "null"})[["table", "null"]]
    return pd.concat(parts, ignore_index=True).merge(null, on="table", how="left")[columns]


def older(*checks: CheckResult) -> pd.DataFrame:
    """Older wrong rows by partition: table, low, high, rows, where, first_seen, last_seen."""
    columns = ["table", "low", "high", "rows", "where", "first_seen", "last_seen"]
    lines = []
    for check in checks:
        lines += [{**row, "where": _ASTRAY} for row in check.tables.get("history", ())]
        lines += [{**row, "where": _WITHIN} for row in check.tables.get("older", ()) if row["rows"]]
    return pd.DataFrame(lines, columns=columns)
