"""Which dates can PostgreSQL hold that Python cannot? They are clamped, so that one such row or
bound hides nothing: infinity, years before 1 and after 9999.
"""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import Any

import psycopg
from psycopg.types.datetime import DateLoader, TimestamptzLoader

EARLIEST = datetime.min.replace(tzinfo=UTC)
LATEST = datetime.max.replace(tzinfo=UTC)


class _ClampedDate(DateLoader):
    def load(self, data: Any) -> date:
        try:
            return super().load(data)
        except psycopg.DataError:
            return date.min if _early(data) else date.max


class _ClampedMoment(TimestamptzLoader):
    def load(self, data: Any) -> datetime:
        try:
            return super().load(data)
        except psycopg.DataError:
            return EARLIEST if _early(data) else LATEST


def clamp(cursor: psycopg.Cursor[Any]) -> None:
    """Let this cursor read every date and moment, the unholdable ones as the nearest."""
    cursor.adapters.register_loader("date", _ClampedDate)
    cursor.adapters.register_loader("timestamptz", _ClampedMoment)


def _early(data: Any) -> bool:
    text = bytes(data)
    return text.startswith(b"-") or text.endswith(b"BC")
