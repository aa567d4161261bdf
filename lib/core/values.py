"""What do values from outside say? None that Python cannot hold hides a row, or a bound.

Dates are clamped: infinity, years before 1 and after 9999. JSON that is too deep, or has a number
of thousands of digits, is UNREADABLE.
"""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import Any

import psycopg
from psycopg.types.datetime import DateLoader, TimestampLoader, TimestamptzLoader
from psycopg.types.json import JsonLoader

UNREADABLE = "its answer is unreadable"
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


class _ClampedLocal(TimestampLoader):
    def load(self, data: Any) -> datetime:
        try:
            return super().load(data)
        except psycopg.DataError:
            return datetime.min if _early(data) else datetime.max


class _ReadableJson(JsonLoader):
    def load(self, data: Any) -> Any:
        try:
            return super().load(data)
        except (ValueError, RecursionError):
            return UNREADABLE


def clamp(driver: psycopg.Connection[Any]) -> None:
    """Let this connection read every date and moment, the unholdable ones as the nearest."""
    driver.adapters.register_loader("date", _ClampedDate)
    driver.adapters.register_loader("timestamptz", _ClampedMoment)
    driver.adapters.register_loader("timestamp", _ClampedLocal)
    driver.adapters.register_loader("json", _ReadableJson)
    driver.adapters.register_loader("jsonb", _ReadableJson)


def _early(data: Any) -> bool:
    text = bytes(data)
    return text.startswith(b"-") or text.endswith(b"BC")


def written_moment(text: object) -> datetime | None:
    """Which moment is written there, with its time zone? None where there is none."""
    try:
        moment = datetime.fromisoformat(str(text))
    except ValueError:
        return None
    return moment if moment.tzinfo else None
