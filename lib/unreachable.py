"""Why did no connection come about? Said in our words: the driver's text may hold a password."""

from __future__ import annotations

from sqlalchemy import URL

_CAUSES = (
    ("too many", "has no free connection: too many clients already"),
    ("not permitted to log in", "does not let this role log in"),
    ("permission denied for database", "does not let this role connect (CONNECT is missing)"),
    ("invalid uri query parameter", "is named with a parameter that PostgreSQL does not know"),
    ("invalid connection option", "is named with a parameter that PostgreSQL does not know"),
    ("remaining connection slots", "has no free connection: too many clients already"),
    ("no more connections allowed", "has no free connection: too many clients already"),
    ("password authentication failed", "refuses the role or its password"),
    ("no password supplied", "wants a password and none was given"),
    ("no pg_hba.conf entry", "does not let this role in from here (pg_hba.conf)"),
    ("does not exist", "has no such database or role"),
    ("starting up", "is starting up"),
    ("shutting down", "is shutting down"),
    ("recovery mode", "is recovering from a crash"),
    ("connection refused", "refuses the connection: nothing listens there"),
    ("no such file", "refuses the connection: nothing listens there"),
    ("timeout", "does not answer"),
    ("timed out", "does not answer"),
    ("resolve", "cannot be found: its name does not resolve"),
    ("translate host name", "cannot be found: its name does not resolve"),
    ("name or service not known", "cannot be found: its name does not resolve"),
    ("invalid response to ssl negotiation", "does not speak PostgreSQL: another server is there"),
    ("expected authentication request", "does not speak PostgreSQL: another server is there"),
    ("invalid target_session_attrs", "is named with a value that PostgreSQL does not know"),
    ("session is read-only", "reads only for this role: leave target_session_attrs out"),
    ("session is not read-only", "also writes for this role: leave target_session_attrs out"),
    ("in hot standby mode", "is not what target_session_attrs asks for: a standby or a primary"),
    ("definition of service", "is named by a service that this machine does not define"),
    ("unsupported startup parameter", "is behind a pooler that takes no options"),
    ("ssl", "and this copy do not agree on SSL"),
    ("unreachable", "cannot be reached: no route to it"),
)


def place_of(url: URL) -> str:
    """Where is it, for people? Host and port; never user, password or path."""
    host = url.host
    return f"{host}:{url.port or 5432}" if host else "the local socket"


def why_unreachable(error: Exception, place: str) -> str:
    """What stands in the way? The driver's own text may repeat the connection string."""
    text = str(getattr(error, "orig", error)).lower()
    for sign, cause in _CAUSES:
        if sign in text:
            return f"The database at {place} {cause}."
    return f"The database at {place} cannot be reached."
