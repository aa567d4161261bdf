"""Which messages say that the database, or what stands before it, did not let anybody in?"""

from __future__ import annotations

from lib.runbook.symptoms.message import Message, message

_REACH = "reach-the-database"
_UNTIL = "Until it answers every check is unknown; what was written meanwhile is unaffected."

CONNECTIONS: tuple[Message, ...] = (
    message(
        "53300",
        r"too many (?:clients already|connections for role \"?(?P<role>[\w.]{1,80})\"?)"
        r"|remaining connection slots are reserved|max client connections reached"
        r"|MaxClients\w{0,9}InSessionMode|max clients reached in session mode|query_wait_timeout"
        r"|unable to check out (?:a )?(?:connection|process) from the pool"
        r"|no more connections allowed|has no free connection|had no free connection in time",
        "The server, its pooler or the role has no free connection.",
        "Something opens connections and does not close them, or the pool is too small for what "
        "asks. The role watchtower has 10, counted over all databases of the server.",
        "",
        _REACH,
        "too many connections",
    ),
    message(
        "XX000",
        r"ECIRCUITBREAKER|circuit breaker[^.]{0,3} open|new connections are temporarily blocked"
        r"|lets nobody in for some minutes",
        "The pooler lets nobody in for some minutes, after too many failures.",
        "A wrong password that something tries again and again, or a database that is down. Mend "
        "that first, then wait.",
        "",
        _REACH,
        "circuit breaker",
    ),
    message(
        "08P01",
        r"not allowed in statement pooling mode|is behind a pooler in statement mode",
        "The pooler is in statement mode, in which there are no transactions.",
        "Set pool_mode to transaction, or session: everything here reads in transactions.",
        "",
        _REACH,
        "statement pooling",
    ),
    message(
        "28P01",
        r"password authentication failed for user \"?(?P<role>[\w.@-]{1,80})\"?"
        r"|(?:SCRAM|SASL) authentication failed|no password supplied",
        "The server refused the role or its password.",
        "The password was changed or mistyped, or a sign in it is not percent-encoded in "
        "DATABASE_URL.",
        "",
        _REACH,
        "password refused",
    ),
    message(
        "28000",
        r"no pg_hba\.conf entry for|is not permitted to log in|tenant or user not found",
        "The server does not let this user in from here.",
        "A wrong user (Supabase's pooler wants role.PROJECT), a wrong address, or no SSL: "
        "sslmode=require.",
        "",
        _REACH,
        "not let in",
    ),
    message(
        "3D000",
        r"database \"(?P<database>[^\"]{1,120})\" does not exist",
        "There is no database {database} on this server.",
        "DATABASE_URL names a wrong database; on Supabase it is postgres.",
        "",
        _REACH,
        "no such database",
    ),
    message(
        "57P03",
        r"the database system is (?P<doing>starting up|shutting down|in recovery mode"
        r"|not yet accepting connections)|recovering from a crash",
        "The server is there and does not take connections yet.",
        f"It was restarted, or recovers from a crash. {_UNTIL}",
        "",
        _REACH,
        "not accepting connections yet",
    ),
    message(
        "57P01",
        r"terminating connection due to (?:administrator command|idle[\w-]* ?timeout[^.]{0,40})",
        "The server ended this connection.",
        "It was restarted, or somebody ended the session. What was not committed is undone.",
        "",
        _REACH,
        "connection terminated",
    ),
    message(
        "26000",
        r"prepared statement \"?[\w.-]{1,80}\"? (?:does not exist|already exists)",
        "A prepared statement met a pooler that hands out another connection each time.",
        "The writer prepares statements through a pooler in transaction mode (port 6543): switch "
        "that off in its driver. The watchtower prepares none.",
        "freshness",
        "mend-the-writer",
        "prepared statement",
    ),
    message(
        "53100",
        r"no space left on device|could not (?:extend|write to) file",
        "The server's disk is full.",
        "Writes fail until there is space again; reads may go on. Nothing that was committed is "
        "lost.",
        "freshness",
        _REACH,
        "disk full",
    ),
    message(
        "08006",
        r"connection refused|server closed the connection unexpectedly"
        r"|could not connect to (?:the )?(?:server|database)|connection (?:reset by peer|timed out)"
        r"|timeout expired|connection to server (?:at|on) [^:]{1,120} failed"
        r"|could not translate host name|name or service not known|failed to resolve host"
        r"|getaddrinfo (?:ENOTFOUND|failed)|\bECONN(?:REFUSED|RESET)\b|\bETIMEDOUT\b"
        r"|SSL (?:connection has been closed|SYSCALL error)|fell silent"
        r"|the database at (?:\S{1,120}|the local socket) (?:and this copy|refuses|does not|cannot"
        r"|has |is |shows|wants|takes|lets|fell)"
        r"|connection to (?:\S{1,120}|the local socket) broke in the middle",
        "The database could not be reached, or the connection broke.",
        f"It is down, its address is wrong, or something between refuses. {_UNTIL}",
        "",
        _REACH,
        "connection refused or lost",
    ),
    message(
        "PGRST301",
        r"JWS?T?Error\w{0,40}|JWT (?:expired|invalid|malformed|issued at future|cryptographic)"
        r"|invalid api key|no api key found|no suitable key or wrong key type",
        "The API refused the key: expired, wrong or missing. The database was not asked.",
        "SUPABASE_SERVICE_ROLE_KEY is another project's, was rotated, or was cut when copied.",
        "",
        _REACH,
        "key refused",
    ),
    message(
        "PGRST302",
        r"anonymous access is disabled",
        "The API was asked without a key.",
        "SUPABASE_SERVICE_ROLE_KEY was not sent along: a CI job without its secret, say.",
        "",
        _REACH,
        "no key was sent",
    ),
    message(
        "PGRST002",
        r"could not query the database for the schema cache"
        r"|timed out acquiring connection from connection pool"
        r"|database client error|no connection to the server",
        "The API is there, and does not reach the database itself.",
        f"The database is down, overloaded, or has no free connection. {_UNTIL}",
        "",
        _REACH,
        "the API has no database",
    ),
    message(
        "PGRST106",
        r"the schema must be one of the following|invalid schema: ",
        "The API does not serve the schema that was asked for.",
        "The RPCs are in public: it must be among the API's exposed schemas.",
        "rpc_answers",
        "rpcs-answer-true",
        "schema not exposed",
    ),
)
