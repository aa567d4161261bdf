"""Which months and partitions are there? A report's observations as DataFrames, nothing judged."""

from __future__ import annotations

from collections import Counter
from datetime import date
from typing import Any

import pandas as pd

from lib.checks import default_partition_rows, partition_coverage, unattached_partitions
from lib.core.declaration import parts_of
from lib.core.results import CheckResult, Report, Row, Status
from lib.core.words import plural, rows_word
from lib.reports.drawing.coverage import MARKS, WORDS
from lib.reports.drawing.sizes import size_words
from pages.parts.shared import once


@once
def months(report: Report) -> pd.DataFrame:
    """Which months has each table: table, month, state, relation, status (how bad that is).

    As partition_coverage says; and `foreign` where a foreign table takes the month, `detached`
    where a table stands by that is a partition by its name alone, or only half detached.
    """
    check = partition_coverage.CHECK.of(report)
    foreign = {row["relation"] for row in _parts(check) if row["kind"] == "f"}
    loose = _loose(report)
    found: list[dict[str, Any]] = []
    for row in check.tables.get("months", ()):
        known = dict(row)
        if known["relation"] in foreign:
            known |= {"state": "foreign", "status": "unknown"}
        elif not known["relation"]:
            known |= loose.pop((row["table"], row["month"]), {})
        found.append(known)
    tables = {row["table"] for row in found}
    seen = {(row["table"], row["month"]) for row in found}
    found += [
        {"table": table, "month": month, "status": "warning", **row}
        for (table, month), row in loose.items()
        if table in tables and (table, month) not in seen
    ]
    return pd.DataFrame(found, columns=["table", "month", "state", "relation", "status"])


def _parts(check: CheckResult) -> tuple[Row, ...]:
    return check.tables.get("partitions", ())


def _loose(report: Report) -> dict[tuple[str, date], dict[str, Any]]:
    """What stands beside its table? By table, and month of its name or of the bounds it had."""
    alike = unattached_partitions.CHECK.of(report).tables.get("look_alikes", ())
    loose = {
        (row["table"], row["month"]): {"state": "detached", "relation": row["relation"]}
        for row in alike
        if row["month"] is not None
    }
    for row in _parts(partition_coverage.CHECK.of(report)):
        if row["detach_pending"] and row["low"] and row["high"]:
            periods = parts_of(row["table_name"])
            month = periods.start(max(row["low"], date(1900, 1, 1)))
            while month < min(row["high"], date(2200, 1, 1)):
                known = {"state": "detached", "relation": row["relation"], "status": "critical"}
                loose[row["table_name"], month] = known
                month = periods.after(month)
    return loose


@once
def partitions(report: Report) -> pd.DataFrame:
    """Each partition: table, relation, part_of, low, high, rows, bytes, row_security, kind, …

    Rows and bytes are PostgreSQL's estimates, missing where it has none; those of a partition that
    is divided further are its parts'. DEFAULT's rows are counted, where they were.
    """
    own = [row for row in _parts(partition_coverage.CHECK.of(report)) if row["depth"] > 0]
    counted, sums = _counted(report), _sums(own)
    found = []
    for row in own:
        known = {"table": row["table_name"], **row, **sums.get(row["relation"], {})}
        if known["is_default"] and counted is not None:
            known["row_estimate"] = counted[known["table"]]
        found.append(known)
    columns = (
        *("table", "relation", "part_of", "low", "high", "row_estimate", "bytes"),
        *("row_security", "is_default", "kind", "detach_pending"),
    )
    frame = pd.DataFrame(found, columns=list(columns)).rename(columns={"row_estimate": "rows"})
    for column in ("rows", "bytes"):
        frame[column] = pd.to_numeric(frame[column])
    return frame


def _counted(report: Report) -> Counter[str] | None:
    """How many rows has each table in DEFAULT? None where that was not observed."""
    check = default_partition_rows.CHECK.of(report)
    counted: Counter[str] = Counter()
    for row in check.tables.get("strays", ()):
        counted[row["table"]] += row["rows"]
    return None if check.status is Status.UNKNOWN else counted


def _sums(partitions: list[Row]) -> dict[str, dict[str, float]]:
    """What do the parts of each divided partition have together?"""
    sums: dict[str, dict[str, float]] = {}
    for row in partitions:
        if row["part_of"] is not None:
            whole = sums.setdefault(row["part_of"], {"row_estimate": 0, "bytes": 0})
            for column in whole:
                whole[column] += row[column] or 0
    return sums


def layout(partitions: pd.DataFrame, months: pd.DataFrame) -> pd.DataFrame:
    """Partitions and the gaps between them, newest first, DEFAULT before all: with their state.

    Columns: state, relation, low, high, rows, bytes, row_security (null of a gap), table.
    """
    listed = months.to_dict("records")
    states = {(row["table"], row["relation"]): row["state"] for row in listed if row["relation"]}
    found = [
        {**row, "state": _state(row, states.get((row["table"], row["relation"]), "present"))}
        for row in partitions.to_dict("records")
    ]
    found += _gaps(listed, {row["relation"] for row in found})
    places = {name: place for place, name in enumerate(dict.fromkeys(months["table"]))}
    found.sort(key=lambda row: places.get(row["table"], 0))
    found.sort(key=lambda row: row["low"] or date.max, reverse=True)
    columns = ["state", "relation", "low", "high", "rows", "bytes", "row_security", "table"]
    return pd.DataFrame(found, columns=columns)


def _state(row: dict[str, Any], of_month: str) -> str:
    """What is this partition to its table? Else what its month is."""
    if row["is_default"]:
        return "DEFAULT"
    if row["part_of"]:
        return f"part of a {parts_of(row['table']).noun}"
    if row["detach_pending"]:
        return "detached"
    return "bounds unread" if row["low"] is None or row["high"] is None else of_month


def _gaps(months: list[dict[str, Any]], there: set[str]) -> list[dict[str, Any]]:
    """Months that no partition takes, those of the same kind that follow each other as one."""
    bare = [row for row in months if row["relation"] not in there]
    gaps: list[dict[str, Any]] = []
    for row in bare:
        last = gaps[-1] if gaps else None
        same, end = ("table", "state", "relation"), parts_of(row["table"]).after(row["month"])
        if last and last["high"] == row["month"] and all(last[k] == row[k] for k in same):
            last["high"] = end
        else:
            gaps.append({**row, "low": row["month"], "high": end})
    return gaps


def strays(report: Report) -> pd.DataFrame:
    """What sits in a DEFAULT partition, by the month of its key and of its clock."""
    columns = (
        "table",
        "key_month",
        "clock_month",
        "rows",
        "recent_rows",
        "first_seen",
        "last_seen",
        "capped",
        "cause",
        "action",
    )
    found = default_partition_rows.CHECK.of(report).tables.get("strays", ())
    return pd.DataFrame(list(found), columns=list(columns))


def bounded(partitions: pd.DataFrame) -> pd.DataFrame:
    """The partitions of the table itself that take keys, between known bounds."""
    known = partitions["low"].notna() & partitions["high"].notna() & partitions["part_of"].isna()
    return partitions[known & ~partitions["detach_pending"].astype(bool)]


def sum_words(partitions: pd.DataFrame) -> str:
    """How much is it together: about 61,204 rows and 6.1 MB in 17 partitions."""
    many = plural(len(partitions), "partition")
    rows, size = partitions["rows"].sum(), partitions["bytes"].sum()
    if partitions["rows"].isna().all():
        return f"{many}, never analysed: `analyze` makes the estimates"
    return f"about {rows_word(round(rows))} and {size_words(float(size))} in {many}"


def layout_table(layout: pd.DataFrame) -> pd.DataFrame:
    """The layout in words and signs."""
    shown = layout.drop(columns="table")
    shown["state"] = [
        f"{MARKS.get(state, '–')} {WORDS.get(state, state)}" for state in layout["state"]
    ]
    shown["relation"] = [relation or "none" for relation in layout["relation"]]
    for column, edge in (("low", date.min), ("high", date.max)):
        shown[column] = [
            "any" if day == edge else "" if pd.isna(day) else str(day) for day in layout[column]
        ]
    security = {True: "✓ on", False: "✕ off"}
    shown["row_security"] = [security.get(each, "") for each in layout["row_security"]]
    return shown


def stray_table(strays: pd.DataFrame) -> pd.DataFrame:
    """What sits in DEFAULT: rows, months, when it came, why, and what to do."""
    shown = strays[["table", "rows", "recent_rows"]].copy()
    for name, column in (("key", "key_month"), ("clock", "clock_month")):
        pairs = zip(strays["table"], strays[column], strict=True)
        shown[name] = [_period_words(table, period) for table, period in pairs]
    shown["what_to_do"] = strays["action"]
    shown["first_seen"], shown["last_seen"] = strays["first_seen"], strays["last_seen"]
    return shown


def _period_words(table: str, period: date | None) -> str:
    return "none" if period is None or pd.isna(period) else parts_of(table).short(period)
