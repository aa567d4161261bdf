"""What was verified, as one file to keep, to send or to print: JSON, Markdown or HTML.

Pure: a Report in, text out. Everything that a database may have named is escaped.
"""

from __future__ import annotations

from collections.abc import Callable

from lib.core.results import Report
from lib.reports.proof.content import ORIGIN, commands, file_name, to_json
from lib.reports.proof.markdown import to_markdown
from lib.reports.proof.page import to_html

FORMATS: dict[str, Callable[[Report, str], str]] = {
    ".html": to_html,
    ".md": to_markdown,
    ".json": to_json,
}

__all__ = ["FORMATS", "ORIGIN", "commands", "file_name", "to_html", "to_json", "to_markdown"]
