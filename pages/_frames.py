"""What are the charts and tables made of? A report's observations as DataFrames, nothing judged."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date, timedelta
from typing import Any

import pandas as pd

from lib.results import CheckResult, Report

_ASTRAY, _WITHIN = "in another month's partition", "in the right partition"


def rows(check: CheckResult, table: str, columns: Iterable[str]) -> pd.DataFrame:
    """What was observed, with these columns even where nothing was."""
    return pd.DataFrame(list(check.tables.get(table, ())), columns=list(columns))


def triggers(report: Report) -> pd.DataFrame:
    """Each guard on each relation: table, relation, trigger, level, month, status, state.

    `row` and `column` say where its cell stands: a year and a month where the partition's bounds
    (never its name) are a month's, else table, DEFAULT or other, from the left.
    """
    columns = ("table", "relation", "trigger", "level", "status", "state")
    frame = rows(report["guard_triggers"], "triggers", columns)
    bounds = {
        row["relation"]: row for row in report["partition_coverage"].tables.get("partitions", ())
    }
    frame["month"] = pd.Series(
        [_month(bounds.get(relation)) for relation in frame["relation"]], dtype=object
    )
    defaults = {name for name, row in bounds.items() if row["is_default"]}
    frame.loc[frame["relation"].isin(defaults), "level"] = "default"
    frame["row"] = [_cell_row(row) for row in frame.itertuples()]
    nth = frame.groupby(["table", "row"]).cumcount()
    frame["column"] = [
        count % 12 if month is None else month.month - 1
        for count, month in zip(nth, frame["month"], strict=True)
    ]
    return frame


def _cell_row(row: Any) -> str:
    if row.month is not None:
        return str(row.month.year)
    return {"table": "table", "default": "DEFAULT"}.get(row.level, "other")


def _month(bound: Mapping[str, Any] | None) -> Any:
    """The month of a partition that holds exactly that; None for any other relation."""
    if bound is None or bound["low"] is None or bound["high"] is None:
        return None
    low, high = bound["low"], bound["high"]
    whole = low.day == 1 and high.day == 1 and 28 <= (high - low).days <= 31
    return low if whole else None


def key_days(report: Report) -> pd.DataFrame:
    """Recent keys by table and UTC day: table, day, rows, right, wrong, null, unjudged."""
    columns = ("table", "day", "rows", "wrong", "null", "unjudged")
    own = rows(
        report["wrong_month_sessions"],
        "days",
        ("table", "day", "rows", "wrong_keys", "null_keys"),
    ).rename(columns={"wrong_keys": "wrong", "null_keys": "null"})
    joins = join_days(report)
    joins["unjudged"] = joins["orphans"] + joins["unexamined"]
    referring = joins.rename(columns={"wrong_month": "wrong", "null_keys": "null"})
    nulls = rows(report["null_keys"], "days", ("table", "day", "recent_rows")).rename(
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

    `other` is null_keys and unexamined together; `lost` all that do not join.
    """
    columns = (
        *("table", "day", "rows", "joined", "lost"),
        *("wrong_month", "orphans", "null_keys", "unexamined"),
    )
    frame = rows(report["events_without_session"], "days", columns)
    frame["other"] = frame["null_keys"] + frame["unexamined"]
    return frame


def every_day(days: pd.DataFrame, since: date, until: date) -> pd.DataFrame:
    """The same with a row for each day from the one to the other, zero where nothing was seen."""
    span = [since + timedelta(days=n) for n in range((until - since).days + 1)]
    dated = days[days["day"].notna()].drop(columns="table")
    whole = sorted({*span, *dated["day"]})
    numbers = dated.set_index("day").astype(int).groupby(level="day").sum()
    return numbers.reindex(whole, fill_value=0).rename_axis("day").reset_index()


def radius(*checks: CheckResult) -> pd.DataFrame:
    """How far does each fault reach: table, fault, rows, first_seen, last_seen, months, samples."""
    columns = ("table", "fault", "rows", "first_seen", "last_seen", "months", "samples")
    parts = [part for check in checks if len(part := rows(check, "radius", columns))]
    return pd.concat(parts, ignore_index=True) if parts else pd.DataFrame(columns=list(columns))


def since(report: Report) -> pd.DataFrame:
    """Rows since the last mend, by table: table, since, rows, wrong, null; rows None: unknown."""
    nulls = rows(report["null_keys"], "since", ("table", "since", "wrong"))
    parts = [
        found
        for name in ("wrong_month_sessions", "events_without_session")
        if len(found := rows(report[name], "since", ("table", "since", "rows", "wrong")))
    ]
    columns = ["table", "since", "rows", "wrong", "null"]
    if not parts:
        return pd.DataFrame(columns=columns)
    null = nulls.rename(columns={"wrong": "null"})[["table", "null"]]
    return pd.concat(parts, ignore_index=True).merge(null, on="table", how="left")[columns]


def probes(report: Report) -> pd.DataFrame:
    """What was each guard tried with? `right` is None where a case could not be tried."""
    columns = ("table", "case", "given", "expected", "got", "right")
    return rows(report["guard_behaviour"], "probe", columns)


def diffs(report: Report) -> pd.DataFrame:
    """Which guard functions differ from the reviewed text: function, diff."""
    return rows(report["guard_functions"], "diff", ("function", "diff"))


def answers(report: Report) -> pd.DataFrame:
    """What did the RPCs answer: rpc, answer, at, called."""
    return rows(report["rpc_answers"], "answers", ("rpc", "answer", "at", "called"))


def older(*checks: CheckResult) -> pd.DataFrame:
    """Older wrong rows by partition: table, low, high, rows, where, first_seen, last_seen."""
    columns = ["table", "low", "high", "rows", "where", "first_seen", "last_seen"]
    lines = []
    for check in checks:
        for row in check.tables.get("history", ()):
            span = [value for name, value in row.items() if name.startswith(("first_", "last_"))]
            lines.append({**row, "where": _ASTRAY, "first_seen": span[0], "last_seen": span[1]})
        lines += [{**row, "where": _WITHIN} for row in check.tables.get("older", ()) if row["rows"]]
    return pd.DataFrame(lines, columns=columns)
