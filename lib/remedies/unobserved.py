"""How does a check say that it could not see, and what makes that visible again?"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping

from lib.core.errors import QueryFailed
from lib.core.guards import Guard
from lib.core.remedies import Remedies, advice, statements
from lib.core.results import Finding, Status
from lib.db.database import STATEMENT_SECONDS
from lib.remedies import remedies

LOCKED = "another session holds a lock on the table, and this check does not wait for it"
LOCKED_TRY = "another session holds a lock on what it reads"
LOCK_HELD = "lock_held"  # the code of a finding that a lock kept from being observed
_OTHER_TYPES = ("42804", "42846", "42883")  # mismatch, cannot coerce, no such function or operator
_REASONS: Mapping[str, str] = {
    "57014": f"PostgreSQL stopped the query after {STATEMENT_SECONDS:g} s (statement_timeout)",
    "55P03": LOCKED,
    "53100": "the server's disk is full",
    "53200": "the server has no memory left",
}
_CODES: Mapping[str, str] = {
    "42501": "not_readable",
    "53100": "disk_full",
    "55P03": LOCK_HELD,
    "57014": "timed_out",
}
_HEADLINES: Mapping[str, str] = {
    "42501": "{} was not read: permission denied",
    "53100": "{} was not read: the disk is full",
    "55P03": "{} was not read: it is locked",
    "57014": "{} could not be read in time",
}

_REMEDIES: Mapping[str, Remedies] = {
    "42501": remedies.run_file(remedies.ROLE_FILE, "grants and policies for the role"),
    "53100": advice("make room on the server's disk: until then it takes no row"),
    "42P01": advice("run the software against the database that holds the tables"),
    "55P03": statements(
        "select pid, state, query_start, left(query, 80) as query\n"
        "from pg_stat_activity where pid in (\n"
        "  select pid from pg_locks where granted and mode = 'AccessExclusiveLock');\n"
        "select gid, prepared, owner, database from pg_prepared_xacts;"
    ),
}


def each(guards: Iterable[Guard], look: Callable[[Guard], list[Finding]]) -> tuple[Finding, ...]:
    """Look at one table after the other; one that cannot be read is unknown, the others answer.

    Of an optional one that this role has no right to read row_visibility says so, with the grant.
    """
    findings: list[Finding] = []
    for guard in guards:
        try:
            findings += look(guard)
        except QueryFailed as error:
            if guard.optional and error.sqlstate == "42501":
                continue
            findings.append(unobserved(guard.relation, guard.table, error, guard=guard))
    return tuple(findings)


def unobserved(
    subject: str, what: str, error: QueryFailed, before: str = "", guard: Guard | None = None
) -> Finding:
    """What is said of `what` that could not be read? `before` begins the sentence."""
    return Finding(
        subject,
        Status.UNKNOWN,
        f"{before}{reason(error)}",
        remedy_for(error, guard),
        code=code(error),
        headline=headline(what, error),
    )


def code(error: QueryFailed) -> str:
    """Of which kind is the finding that it could not be observed?"""
    return _CODES.get(error.sqlstate, "not_observed")


def headline(what: str, error: QueryFailed) -> str:
    """The same in a line: what was not read, and why, where that is short."""
    return _HEADLINES.get(error.sqlstate, "{} could not be read").format(what)


def reason(error: QueryFailed) -> str:
    """Why could it not be observed, in a clause for people?"""
    if error.sqlstate in _OTHER_TYPES:
        return f"a column or function is of another type than this check reads ({error})"
    return _REASONS.get(error.sqlstate, str(error))


def kept_back(error: QueryFailed) -> bool:
    """Was it the server that could not, rather than what was asked of it that is wrong?

    By PostgreSQL's classes: a conflict of transactions, resources, an operator, the system, itself.
    """
    return error.sqlstate in ("55P03", "42501") or error.sqlstate[:2] in (
        "40",
        "53",
        "57",
        "58",
        "XX",
    )


def takes_no_rows(error: QueryFailed) -> bool:
    """Is it the server that takes none: a hot standby, or one that is set to be read alone?"""
    return error.sqlstate == "25006" or "during recovery" in str(error)


def remedy_for(error: QueryFailed, guard: Guard | None = None) -> Remedies:
    """What makes it observable again?"""
    if error.sqlstate == "57014" and guard is not None:
        return remedies.index_clock(guard)
    return _REMEDIES.get(error.sqlstate, ())
