"""Why did no connection come about, or break? In our words: the driver's may hold a password.

Sources: libpq's fe-connect.c, fe-secure-common.c and fe-secure-openssl.c, and PgBouncer 1.18, each
provoked; Supavisor's lib/supavisor/errors and circuit_breaker.ex of August 2026, and older texts.
"""

from __future__ import annotations

import re

import psycopg
from sqlalchemy import URL

# Signs are looked for in this order, in lower case and without the names in quotes. What is said
# begins "The database at …"; what follows the first sentence is for whoever reads on.
_HOPELESS = (  # to connect anew would end the same way
    (
        "not allowed in statement pooling mode",
        "is behind a pooler in statement mode. That mode has no transactions: set the pooler's "
        "pool_mode to transaction",
    ),
    (
        "circuit ?breaker|are temporarily blocked",
        "lets nobody in for some minutes. Its pooler does so after too many failures (circuit "
        "breaker): correct the password or repair the database, then wait",
    ),
    (
        "query_wait_timeout|echeckout|unable to check out|maxclientsinsessionmode"
        "|max clients reached in session mode",
        "is behind a pooler that had no free connection in time. Make its pool larger, or see who "
        "keeps its connections",
    ),
    (
        "max client connections|no more connections allowed",
        "is behind a pooler that lets no more clients in (max_client_conn)",
    ),
    (
        "invalid role oid",
        "has lost the role that asked: it was dropped. sql/setup/50_role.sql makes it again",
    ),
)
_IN_THE_MIDDLE = (
    ("query timeout", "is behind a pooler that ends a query early (query_timeout)"),
    (
        "idle transaction timeout",
        "is behind a pooler that ends a transaction early (idle_transaction_timeout)",
    ),
)
_AT_FIRST = (
    (
        "too many connections for role",
        "has no free connection for the role {role}. The role's limit counts its connections in "
        "all databases of the server: close some, or raise it with alter role … connection limit "
        "(sql/setup/50_role.sql sets 10)",
    ),
    ("too many|remaining connection slots", "has no free connection: too many clients already"),
    ("not permitted to log in", "does not let this role log in"),
    ("permission denied for database", "does not let this role connect (CONNECT is missing)"),
    (
        "password authentication failed|sasl authentication failed",
        "refuses the role or its password",
    ),
    ("no password supplied", "wants a password and none was given"),
    ("pg_hba.conf", "does not let this role in from here (pg_hba.conf)"),
    ("not in tenant allow_list", "does not let this address in (its allow list)"),
    (
        "tenant.* not found|no such user|no such database|bouncer config error",
        "is behind a pooler that knows no such database or role. Supabase's pooler wants the role "
        "as ROLE.PROJECT",
    ),
    (
        "root certificate file",
        "cannot be verified: the root certificate file is missing. sslmode wants one (sslrootcert)",
    ),
    ("does not match host name", "shows another host's certificate (sslmode=verify-full)"),
    ("certificate verify failed", "shows a certificate that sslrootcert does not vouch for"),
    (
        "client certificate|private key file|could not read certificate file",
        "wants a client certificate, which is missing or wrong (sslcert, sslkey)",
    ),
    (
        "channel binding",
        "cannot be reached with channel_binding=require. That needs SSL, a password, and no pooler "
        "in between",
    ),
    ("authentication method requirement", "wants another way to sign in than require_auth allows"),
    ("gssapi", "cannot be reached by GSSAPI: this machine has not signed in (gssencmode)"),
    (
        "unsupported startup parameter",
        "is behind a pooler that takes no options",
    ),
    (
        "unrecognized configuration parameter|invalid value for parameter|command-line argument"
        '|permission denied to set parameter|parameter "" cannot be',
        "refuses a setting that stands in options",
    ),
    ('(role|database|user) "" does not exist', "has no such database or role"),
    ("starting up|not yet accepting", "is starting up"),
    ("shutting down", "is shutting down"),
    ("recovery mode", "is recovering from a crash"),
    ("not currently accepting connections", "takes no connections (allow_connections is false)"),
    (
        "at ipv6.*(unreachable|no route|assign requested address|address family)",
        "has an IPv6 address, which this machine cannot reach. Take an address with IPv4: on "
        "Supabase the Session pooler's",
    ),
    ("connection refused|no such file", "refuses the connection: nothing listens there"),
    (
        'invalid integer value|invalid port|network address|[a-z_"]+ value: ""'
        "|protocol version range|is greater than",
        "has a value in its address that PostgreSQL does not know{option}",
    ),
    ("weak sslmode.*negotiation", "wants sslmode=require, because sslnegotiation=direct is set"),
    ("weak sslmode", "wants sslmode=verify-full, because sslrootcert=system is set"),
    (
        "resolve|translate host name|name or service not known|idna",
        "cannot be found: its name does not resolve here",
    ),
    ("timeout|timed out", "does not answer"),
    (
        "invalid response to ssl negotiation|expected authentication request",
        "does not speak PostgreSQL: another server is there",
    ),
    ("session is read-only", "is read-only for this role: remove target_session_attrs"),
    ("session is not read-only", "is writable for this role: remove target_session_attrs"),
    (
        "in hot standby mode",
        "is not the primary, or the standby, that target_session_attrs wants",
    ),
    ("definition of service", "is named by a service that this machine does not define"),
    ("unreachable", "cannot be reached: no route to it"),
    (
        "closed the connection|connection reset|unexpected eof|syscall",
        "takes the connection and closes it before it answers",
    ),
    ("ssl|no encryption", "and this copy do not agree on SSL"),
    ("fatal:", "lets nobody in: its own log says why"),
)
# An address of IPv6 is the one name that tells something: what stands in the way is its kind.
_IPV6 = re.compile(r"[\"(][0-9a-f]*:[0-9a-f:.]+[\")]")
_NAMES = re.compile(r"\"[^\"]*\"")
_ROLE = re.compile(r"for role \"([^\"]{1,63})\"")
# Words of libpq's own.
_OPTION = re.compile(r"invalid \"?([a-z_]+)\"? value:|for connection option \"([a-z_]+)\"")
_DIRECT = re.compile(r"db\.\w+\.supabase\.co:")
_DIRECT_HAS_IPV6 = "Supabase's direct host has IPv6 alone: take the Session pooler's address"
_TO_CHECK = (
    "Check its spelling, and the DNS of this machine: some names are known in one network alone"
)
_POOL = (
    " Its pooler may have had no free connection: a scheduled run needs two connections at once."
)
_POOLER = re.compile(r"\bpooler\b|:(?:6432|6543)$")


def place_of(url: URL) -> str:
    """Where is it, for people? Host and port; never user, password or path."""
    host = url.host
    return f"{host}:{url.port or 5432}" if host else "the local socket"


def why_unreachable(error: Exception, place: str) -> str:
    """What stands in the way? The driver's own text may repeat the connection string."""
    cause = _cause(error, _HOPELESS + _IN_THE_MIDDLE + _AT_FIRST) or "cannot be reached"
    if "resolve" in cause:
        cause = f"{cause}. {_DIRECT_HAS_IPV6 if _DIRECT.match(place) else _TO_CHECK}"
    return f"The database at {place} {cause}."


def why_broken(error: Exception, place: str) -> str:
    """Why did a connection end that stood already?"""
    cause = _cause(error, _HOPELESS + _IN_THE_MIDDLE)
    if cause is None:
        return f"The connection to {place} broke in the middle."
    return f"The database at {place} {cause}."


def why_silent(place: str, *, pooled: bool) -> str:
    """What is said of one that let us in, and does not answer any more?

    `pooled`: an answer has told that a pooler is there. An address may tell it as well.
    """
    more = _POOL if pooled or _POOLER.search(place) else ""
    return f"The database at {place} fell silent.{more}"


def breaks(error: psycopg.Error) -> bool:
    """Is nothing more to be had of this connection, or as this role?"""
    state = error.sqlstate or ""
    fatal = error.diag.severity_nonlocalized in ("FATAL", "PANIC")
    if fatal or state.startswith(("08", "57P")) or "invalid role OID" in str(error):
        return True
    return not state and isinstance(error, psycopg.OperationalError | psycopg.InterfaceError)


def hopeless(error: psycopg.Error) -> bool:
    """Would another connection end the same way?"""
    return _cause(error, _HOPELESS) is not None


def _cause(error: Exception, known: tuple[tuple[str, str], ...]) -> str | None:
    said = str(getattr(error, "orig", error))
    text = _NAMES.sub('""', _IPV6.sub("ipv6", said.lower()))
    role, option = _ROLE.search(said), _OPTION.search(said)
    named = {
        "role": role[1] if role else "",
        "option": f" ({option[1] or option[2]})" if option else "",
    }
    return next((cause.format(**named) for sign, cause in known if re.search(sign, text)), None)
