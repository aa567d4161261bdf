"""Does the default of a table's clock store the present moment, in every writer's time zone?"""

from __future__ import annotations

from lib.checks.printed import local_zone
from lib.core.findings import alike, warning
from lib.core.guards import Guard
from lib.core.remedies import statements
from lib.core.results import Finding, Row
from lib.db.database import Session
from lib.db.sql import quoted
from lib.remedies import locks

_ZONED = "timestamp with time zone"
_GMT = ("gmt", "gmt0", "gmt+", "gmt-", "gmt+0", "gmt-0")
_UTC = ("utc", "uct", *_GMT, "greenwich", "universal", "zulu")
_ALSO_UTC = ("z", "utc0", "+00", "<+00>-00")
_MEANS = (
    "A row that brings no time of its own is stored some hours off; near the turn of a month its "
    "key is another month's."
)


def clock_defaults(session: Session, row: Row, guard: Guard) -> list[Finding]:
    """Is the default a local time of a zone that is not the writer's? A warning.

    Such a time has no zone any more: PostgreSQL takes it for one of the session's TimeZone. `now()`
    is right in each, and so is a local time of the session's own zone, but for the hour of the year
    that summer time's end brings twice.
    """
    fixed = [each for each in row["clock_defaults"] if local_zone(each["text"]) is not None]
    if row["clock_type"] != _ZONED or not fixed:
        return []
    zones = session.rows(
        "checks/key_constraints_time_zones", schemas=[guard.schema], tables=[guard.table]
    )
    findings = []
    for group in alike(fixed, lambda each: each["text"]):
        text, relations = group[0]["text"], [each["relation"] for each in group]
        whose = [
            f"{row['role'] or 'this database'} ({row['zone']})"
            for row in zones
            if row["zone"] is not None and _plain(row["zone"]) != _plain(local_zone(text) or "")
        ]
        if whose:
            findings.append(_finding(guard, text, relations, whose))
    return findings


def _plain(zone: str) -> str:
    """One name for the zones that are UTC."""
    name = zone.strip("\"' ").lower()
    return "utc" if name.removeprefix("etc/") in _UTC or name in _ALSO_UTC else name


def _finding(guard: Guard, text: str, relations: list[str], whose: list[str]) -> Finding:
    whole, column = f"{quoted(guard.schema)}.{quoted(guard.table)}", quoted(guard.clock)
    where = [whole] if guard.relation in relations else relations
    each = [f"alter table {table} alter column {column} set default" for table in where]
    headline = f"the default of {guard.table}.{guard.clock} depends on the time zone"
    detail = (
        f"{guard.relation}.{guard.clock} has the default {text}, which is hours off for who writes "
        f"in another time zone: {', '.join(whose)}"
    )
    remedy = statements(
        "\n".join(f"{one} now();" for one in each), lock=locks.NAMED, undo=f"{each[0]} {text};"
    )
    return warning(guard.relation, "clock_default_zoned", headline, detail, remedy, _MEANS)
