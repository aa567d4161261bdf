"""How does an operator accept what will stay as it is: older wrong rows, a policy for everybody?"""

from __future__ import annotations

from lib.checks import CHECKS, partition_security, policies
from lib.checks.accepted import acceptances
from lib.checks.policies import Policy
from lib.core.declaration import declared
from lib.core.errors import AcceptanceRefused
from lib.core.statements import readable
from lib.db.database import Database
from lib.history.history import ACCEPTED
from lib.history.rows import keep

# Those whose warnings are about older rows, and nothing else.
ACCEPTABLE = tuple(check.name for check in CHECKS if check.counts_keys)
POLICIES = partition_security.CHECK


def accept(database: Database, check: str, *, count: int, reason: str, by: str) -> None:
    """Keep one history row: up to `count` older rows of this check are known and stay.

    The last acceptance of a check holds; a count of 0 takes it back.
    Raises: DatabaseUnreachable, QueryFailed.
    """
    with database.session(9.0) as session:
        keep(session, ACCEPTED, {"check": check, "count": count, "reason": reason, "by": by})


def accept_policy(
    database: Database, relation: str, policy: str, *, reason: str, by: str
) -> Policy:
    """Keep one history row: this policy may show every row, or let it be written, for the role and
    with the expression that it has now.

    Raises: AcceptanceRefused, DatabaseUnreachable, QueryFailed.
    """
    said = {"check": POLICIES.name, "count": 1, "reason": reason, "by": by}
    with database.session(9.0) as session:
        rows = partition_security.observe(session, declared())
        known = policies.read(session, rows, POLICIES)
        opened = [each for row in rows for each in known.opened(row["relation"])]
        for found in (each for each in opened if each.deed != "insert"):
            own = readable(found.relation) in _names(relation)
            if own and policy in policies.named(found.name):
                keep(session, ACCEPTED, {**found.key, **said})
                return found
    raise AcceptanceRefused(
        f"no policy {policy} shows every row of {relation} to anon, authenticated or PUBLIC, "
        "or lets them change or delete it"
    )


def take_back_policy(
    database: Database, relation: str, policy: str, *, reason: str, by: str
) -> None:
    """Keep a history row for each form of the policy that was accepted: it alarms again.

    Raises: AcceptanceRefused, DatabaseUnreachable, QueryFailed.
    """
    said = {"check": POLICIES.name, "count": 0, "reason": reason, "by": by}
    with database.session(9.0) as session:
        held = [
            row["about"]
            for row in acceptances(session, POLICIES)
            if row["count"]
            and readable(str(row["about"].get("relation"))) in _names(relation)
            and policy in policies.named(str(row["about"].get("policy")))
        ]
        for about in held:
            keep(session, ACCEPTED, {**about, **said})
    if not held:
        raise AcceptanceRefused(f"nobody has accepted a policy {policy} of {relation}")


def _names(relation: str) -> tuple[str, str]:
    """With its schema or without, its name as the check writes it, or by numbers."""
    shown = readable(relation)
    return shown, f"public.{shown}"
