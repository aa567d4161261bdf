"""Which policies of row level security let strangers read, and do they let them read everything?"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from shlex import quote

from lib.checks.accepted import acceptances, who
from lib.checks.constants import always_true
from lib.checks.context import reason, remedy_for
from lib.checks.wording import number
from lib.database import Session
from lib.errors import QueryFailed
from lib.results import Finding, Row, Status
from lib.sql import quoted, remark

CHECK = "partition_security"
FEW = 3  # relations that are named each by itself
_LONGEST = 160  # characters of a condition that are shown

_MEANS = {
    Status.CRITICAL: "Whoever holds the public key of the site reads these rows.",
    Status.WARNING: "Every user who is signed in reads these rows, whoever they are of.",
}


@dataclass(frozen=True)
class Policy:
    """One policy, and the strangers whom it lets read. Null `expression`: it cannot be printed."""

    relation: str
    name: str
    role: str
    expression: str | None
    permissive: bool
    readers: tuple[str, ...]
    writes: bool = False

    @property
    def true(self) -> bool:
        """Is it true for every row, whoever asks?"""
        return self.expression is not None and always_true(self.expression)

    @property
    def key(self) -> dict[str, str]:
        """What an acceptance of it names: with any of these changed it is another one."""
        return {
            "relation": self.relation,
            "policy": self.name,
            "role": self.role,
            "expression": self.expression or "",
            **({"command": "all"} if self.writes else {}),  # who accepts reading accepts no writing
        }

    @property
    def words(self) -> str:
        """Name, role and expression, on one line of bounded length."""
        text = remark(self.expression or "")
        cut = f"{text[:_LONGEST]}…" if len(text) > _LONGEST else text
        kind = "" if self.permissive else "restrictive, "
        every = "all commands, " if self.writes and self.true else ""
        return f"{remark(self.name)} ({kind}for {self.role}, {every}using {cut})"


@dataclass(frozen=True)
class Known:
    """The policies by relation, what was accepted, and why some could not be printed."""

    policies: Mapping[str, tuple[Policy, ...]]
    accepted: tuple[Row, ...] = ()
    trouble: QueryFailed | None = None

    def of(self, relation: str) -> tuple[Policy, ...]:
        """Those of this relation."""
        return self.policies.get(relation, ())

    def opened(self, relation: str) -> list[Policy]:
        """Those that are true for every row, each with the readers whom nothing restricts."""
        found = []
        own = self.of(relation)
        limits = [p for p in own if not p.permissive and not p.true]
        for policy in own:
            whom = tuple(r for r in policy.readers if not any(r in p.readers for p in limits))
            if policy.permissive and policy.true and whom:
                found.append(replace(policy, readers=whom))
        return found

    def acceptance(self, policy: Policy) -> Row | None:
        """Who accepted it, as it is? None where nobody did."""
        wanted = {"check": CHECK, **policy.key}
        return next((a for a in self.accepted if a["about"] == wanted and a["count"]), None)


def read(session: Session, rows: Iterable[Row]) -> Known:
    """The policies of these relations, as far as strangers read by them.

    `rows` are of sql/checks/partition_security.sql. Without row level security none counts.
    """
    found = [(row, each) for row in rows if row["row_security"] for each in row["policies"]]
    printed, trouble = _printed(session, [p["id"] for _, p in found if p["expression"] is None])
    policies: dict[str, tuple[Policy, ...]] = {}
    for row, each in found:
        policy = _policy(row["relation"], each, printed)
        policies[policy.relation] = (*policies.get(policy.relation, ()), policy)
    some = any(policy.permissive and policy.true for own in policies.values() for policy in own)
    return Known(policies, acceptances(session, CHECK) if some else (), trouble)


def _policy(relation: str, found: Row, printed: Mapping[int, str]) -> Policy:
    return Policy(
        relation,
        found["name"],
        ", ".join(found["roles"]),
        found["expression"] or printed.get(found["id"]),
        found["permissive"],
        tuple(found["readers"]),
        found["writes"],
    )


def _printed(session: Session, ids: list[int]) -> tuple[dict[int, str], QueryFailed | None]:
    if not ids:
        return {}, None
    try:
        with session.reading() as transaction:
            rows = transaction.rows("checks/policy_conditions", ids=ids)
    except QueryFailed as error:
        return {}, error
    return {row["id"]: row["expression"] for row in rows}, None


def judge(rows: Sequence[Row], known: Known) -> list[Finding]:
    """What do the policies of a table and of its partitions let strangers read?"""
    findings = [_unbound(row) for row in rows if row["row_security"] and row["unbound"]][:1]
    alike: dict[tuple[str, ...], list[Policy]] = {}
    for row in rows:
        for policy in known.opened(row["relation"]):
            if acceptance := known.acceptance(policy):
                findings.append(_settled(policy, acceptance))
            else:
                same = (policy.words, policy.expression or "", *policy.readers)
                alike.setdefault(same, []).append(policy)
    for group in alike.values():
        findings += [_open(rows, group)] if len(group) > FEW else [_open(rows, [p]) for p in group]
    return [*findings, *_noted(rows, known)]


def _open(rows: Sequence[Row], policies: list[Policy]) -> Finding:
    """A policy that shows everything, on one relation or on many."""
    policy, names = policies[0], [policy.relation for policy in policies]
    strangers = ", ".join(policy.readers)
    status = Status.WARNING if policy.readers == ("authenticated",) else Status.CRITICAL
    subject, whose = names[0], names[0]
    if len(names) > 1:
        subject = rows[0]["relation"]
        few = f"{', '.join(names[:FEW])} and {number(len(names) - FEW)} more"
        whose = f"{number(len(names))} relations of {subject} ({few})"
    detail = f"the policy {policy.words} shows every row of {whose} to {strangers}"
    return Finding(subject, status, detail, _remedy(policies), _MEANS[status])


def _remedy(policies: list[Policy]) -> str:
    """Who reads by it must be known first: so it is a decision."""
    dropped = "\n".join(f"drop policy {quoted(p.name)} on {p.relation};" for p in policies)
    policy = policies[0]
    command = (
        f"python -m lib accept {CHECK} --policy {quote(policy.name)} --on {quote(policy.relation)}"
    )
    each = ", each by itself" if len(policies) > 1 else ""
    return (
        "-- a decision: drop the policy, after whoever reads by it has another one; or accept it:\n"
        f"-- {remark(command)} --reason TEXT --by NAME{each}\n{dropped}"
    )


def _settled(policy: Policy, acceptance: Row) -> Finding:
    said = f"accepted by {who(acceptance)}: {acceptance['reason']}"
    strangers = ", ".join(policy.readers)
    detail = (
        f"the policy {policy.words} shows every row of {policy.relation} to {strangers}; {said}"
    )
    return Finding(policy.relation, Status.OK, detail, accepted=said)


def _unbound(row: Row) -> Finding:
    """BYPASSRLS, a superuser, or the owner's own rights: no policy holds those back."""
    roles = ", ".join(row["unbound"])
    detail = f"row level security does not bind {roles} on {row['relation']}, and they may read it"
    remedy = (
        f"-- a decision: take BYPASSRLS, SUPERUSER or the owner's role from {remark(roles)}:\n"
        "select r.rolname, r.rolsuper, r.rolbypassrls, m.roleid::regrole as member_of\n"
        "from pg_roles as r left join pg_auth_members as m on m.member = r.oid\n"
        "where r.rolname in ('anon', 'authenticated');"
    )
    status = Status.WARNING if row["unbound"] == ["authenticated"] else Status.CRITICAL
    return Finding(row["relation"], status, detail, remedy, _MEANS[status])


def _noted(rows: Sequence[Row], known: Known) -> list[Finding]:
    """Conditions are shown, not judged: what they let through depends on who asks for what."""
    findings, alike = [], dict[str, list[str]]()
    for row in rows:
        relation = row["relation"]
        own = [policy for policy in known.of(relation) if not policy.true]
        if own and known.trouble and any(policy.expression is None for policy in own):
            names = ", ".join(policy.name for policy in own if policy.expression is None)
            detail = f"what {names} of {relation} lets strangers read: {reason(known.trouble)}"
            remedy = remedy_for(known.trouble)
            findings.append(Finding(relation, Status.UNKNOWN, detail, remedy))
        elif own:
            alike.setdefault("; ".join(policy.words for policy in own), []).append(relation)
    for words, relations in alike.items():
        more = f" and {number(len(relations) - FEW)} more" if len(relations) > FEW else ""
        where = ", ".join(relations[:FEW]) + more
        detail = f"conditions, not judged here, say what strangers read of {where}: {words}"
        findings.append(Finding(relations[0], Status.OK, detail))
    return findings
