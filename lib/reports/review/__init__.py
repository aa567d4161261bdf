"""How did the week go? The weekly review: one value, as a page of HTML, as Markdown and as CSV.

Pure but for lib/reports/review/reading.py, which reads the rows of one week.
"""

from __future__ import annotations

from collections.abc import Callable

from lib.reports.review.content import Review, review
from lib.reports.review.documents import to_html, to_markdown
from lib.reports.review.reading import WeekRows, read
from lib.reports.review.table import to_csv

FORMATS: dict[str, Callable[[Review], str]] = {
    "html": to_html,
    "markdown": to_markdown,
    "csv": to_csv,
}

__all__ = ["FORMATS", "Review", "WeekRows", "read", "review", "to_csv", "to_html", "to_markdown"]
