"""Does Partitions say which months are there, how large they are, and who makes the next?"""

from __future__ import annotations

from datetime import date

import pandas as pd

from lib import charts, coverage


def months(*rows: tuple[date, str, str, str]) -> pd.DataFrame:
    columns = ["table", "month", "state", "relation", "status"]
    return pd.DataFrame([("events", *row) for row in rows], columns=columns)


def test_month_held_by_default_alone_is_as_bad_as_the_check_says() -> None:
    shown = months(
        (date(2026, 10, 1), "default only", "", "warning"),
        (date(2026, 11, 1), "default only", "", "critical"),
    )
    figure = coverage.coverage_strip(shown, date(2026, 11, 1))
    assert list(figure.data[0].marker.color) == [charts.ORANGE, charts.RED]
    faded = coverage.coverage_strip(shown, date(2026, 11, 1), faded=True)
    assert set(faded.data[0].marker.color) == {charts.GREY}
