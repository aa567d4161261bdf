"""How does a check say that it could not see, and what makes that visible again?"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping

from lib.core.errors import QueryFailed
from lib.core.findings import unknown
from lib.core.guards import Guard
from lib.core.remedies import Remedies, advice, statements
from lib.core.results import Finding
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
# The code of a finding, and its headline.
_KINDS: Mapping[str, tuple[str, str]] = {
    "42501": ("not_readable", "{} was not read: permission denied"),
    "53100": ("disk_full", "{} was not read: the disk is full"),
    "55P03": (LOCK_HELD, "{} was not read: it is locked"),
    "57014": ("timed_out", "{} could not be read in time"),
}
_OTHERWISE = ("not_observed", "{} could not be read")
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
    words = f"{before}{reason(error)}"
    return unknown(subject, code(error), headline(what, error), words, remedy_for(error, guard))


def code(error: QueryFailed) -> str:
    """Of which kind is the finding that it could not be observed?"""
    return _KINDS.get(error.sqlstate, _OTHERWISE)[0]


def headline(what: str, error: QueryFailed) -> str:
    """The same in a line: what was not read, and why, where that is short."""
    return _KINDS.get(error.sqlstate, _OTHERWISE)[1].format(what)


def reason(error: QueryFailed) -> str:
    """Why could it not be observed, in a clause for people?"""
    if error.sqlstate in _OTHER_TYPES:
        return f"a column or function is of another type than this check reads ({error})"
    return _REASONS.get(error.sqlstate, str(error))


def kept_back(error: QueryFailed) -> bool:
    """Was it the server that could not, rather than what was asked of it that is wrong?

    By PostgreSQL's classes: a conflict of transactions, resources, an operator, the system, itself.
    """
    state = error.sqlstate
    return state in ("55P03", "42501") or state[:2] in ("40", "53", "57", "58", "XX")


def takes_no_rows(error: QueryFailed) -> bool:
    """Is it the server that takes none: a hot standby, or one that is set to be read alone?"""
    return error.sqlstate == "25006" or "during recovery" in str(error)


def remedy_for(error: QueryFailed, guard: Guard | None = None) -> Remedies:
    """What makes it observable again?"""
    if error.sqlstate == "57014" and guard is not None:
        return remedies.index_clock(guard)
    return _REMEDIES.get(error.sqlstate, ())
