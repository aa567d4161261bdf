"""Which policies of row level security let strangers read or write, and do they let them do all?"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from shlex import quote

from lib.checks.accepted import acceptances, who
from lib.checks.check import Check
from lib.checks.printed import always_true
from lib.core.errors import QueryFailed
from lib.core.findings import judged, note
from lib.core.remedies import Remedies, decision
from lib.core.results import Finding, Row, Status
from lib.core.statements import readable
from lib.core.visible import acts
from lib.core.words import number, strangers_word, unqualified
from lib.db.database import Session
from lib.db.sql import quoted, remark
from lib.remedies.unobserved import unobserved

FEW = 3  # relations that are named each by itself
_LONGEST = 160  # characters of a condition that are shown

_SAYS = {
    "read": "shows every row of {relation} to {strangers}",
    "insert": "lets {strangers} insert any row into {relation}",
    "update": "lets {strangers} change every row of {relation}",
    "delete": "lets {strangers} delete every row of {relation}",
}
_CAN = {
    "read": "read all of",
    "insert": "insert into",
    "update": "change all of",
    "delete": "delete all of",
}
_MEANS_WRITTEN = "Reports and repairs can rely on no row that strangers change or delete."
_MEANS = {
    Status.CRITICAL: "Whoever holds the public key of the site reads these rows.",
    Status.WARNING: "Every user who is signed in reads these rows, whoever they are of.",
}


@dataclass(frozen=True)
class Policy:
    """One policy, and the strangers whom it lets read, and write.

    `expression` says which rows, `checked` what may be written; null where it cannot be printed.
    `deed` is what it is told of.
    """

    relation: str
    name: str
    role: str
    expression: str | None
    permissive: bool
    readers: tuple[str, ...]
    command: str = "select"
    checked: str | None = None
    writers: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    deed: str = "read"

    @property
    def true(self) -> bool:
        """Is it true for every row, whoever asks?"""
        return self.expression is not None and always_true(self.expression)

    def lets(self, deed: str) -> bool:
        """May whatever row be inserted, changed or deleted by it?"""
        free = self.checked is not None and always_true(self.checked)
        return {"insert": free, "update": self.true and free, "delete": self.true}[deed]

    @property
    def key(self) -> dict[str, str]:
        """What an acceptance of it names: with any of these changed it is another one."""
        return {
            "relation": self.relation,
            "policy": self.name,
            "role": self.role,
            "expression": self.expression or "",
            # who accepts reading accepts no writing
            **({} if self.command == "select" else {"command": self.command}),
        }

    @property
    def names(self) -> tuple[str, ...]:
        """How may it be called? By numbers too, where its name ends lines or steers a terminal."""
        return named(self.name)

    @property
    def words(self) -> str:
        """Name, role and expression, on one line of bounded length."""
        inserts = self.command == "insert"
        text = remark((self.checked if inserts else self.expression) or "")
        cut = f"{text[:_LONGEST]}…" if len(text) > _LONGEST else text
        kind = "" if self.permissive else "restrictive, "
        every = "all commands, " if self.command == "all" and self.true else ""
        by = "with check" if inserts else "using"
        return f"{remark(self.name)} ({kind}for {self.role}, {every}{by} {cut})"

    def told(self, relation: str) -> str:
        """What it lets whom do there, in one sentence."""
        strangers = ", ".join(self.readers)
        does = _SAYS[self.deed].format(relation=relation, strangers=strangers)
        return f"the policy {self.words} {does}"

    def headline(self, whose: str) -> str:
        """The same in a few words."""
        return f"{strangers_word(self.readers)} can {_CAN[self.deed]} {whose}"


@dataclass(frozen=True)
class Known:
    """The policies by relation, what was accepted of `check`, and why some could not be printed."""

    check: Check
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

    def written(self, relation: str) -> list[Policy]:
        """Those by which strangers write whatever they like, where reading does not tell of it."""
        told = {(policy.name, r) for policy in self.opened(relation) for r in policy.readers}
        found, own = [], self.of(relation)
        for deed in ("insert", "update", "delete"):
            limits = [p for p in own if not p.permissive and not p.lets(deed)]
            for policy in own:
                whom = tuple(
                    each
                    for each in policy.writers.get(deed, ())
                    if (policy.name, each) not in told
                    and not any(each in p.writers.get(deed, ()) for p in limits)
                )
                if policy.permissive and policy.lets(deed) and whom:
                    found.append(replace(policy, readers=whom, deed=deed))
        return found

    def acceptance(self, policy: Policy) -> Row | None:
        """Who accepted it, as it is? None where nobody did."""
        return next((a for a in self.accepted if a["about"] == policy.key and a["count"]), None)


def named(policy: str) -> tuple[str, ...]:
    """How may a policy of this name be called in a command? The last is readable, on one line."""
    return (policy, quoted(policy)) if acts(policy) else (policy,)


def read(session: Session, rows: Iterable[Row], check: Check) -> Known:
    """The policies of these relations, as far as strangers read or write by them, for this check.

    `rows` are of sql/checks/partition_security.sql. Without row level security none counts.
    """
    found = [(row, each) for row in rows if row["row_security"] for each in row["policies"]]
    unread = [p["id"] for _, p in found if p["readers"] and p["expression"] is None]
    printed, trouble = _printed(session, unread)
    policies: dict[str, tuple[Policy, ...]] = {}
    for row, each in found:
        policy = _policy(row["relation"], each, printed)
        policies[policy.relation] = (*policies.get(policy.relation, ()), policy)
    some = any(policy.permissive and policy.true for own in policies.values() for policy in own)
    return Known(check, policies, acceptances(session, check) if some else (), trouble)


def _policy(relation: str, found: Row, printed: Mapping[int, str]) -> Policy:
    return Policy(
        relation,
        found["name"],
        ", ".join(found["roles"]),
        found["expression"] or printed.get(found["id"]),
        found["permissive"],
        tuple(found["readers"]),
        found["command"],
        found["checked"],
        {
            "insert": tuple(found["inserters"]),
            "update": tuple(found["updaters"]),
            "delete": tuple(found["deleters"]),
        },
    )


def _printed(session: Session, ids: list[int]) -> tuple[dict[int, str], QueryFailed | None]:
    if not ids:
        return {}, None
    try:
        rows = session.rows("checks/partition_security_conditions", ids=ids)
    except QueryFailed as error:
        return {}, error
    return {row["id"]: row["expression"] for row in rows}, None


def judge(rows: Sequence[Row], known: Known) -> list[Finding]:
    """What do the policies of a table and of its partitions let strangers read, and write?"""
    findings = [_unbound(row) for row in rows if row["row_security"] and row["unbound"]][:1]
    alike: dict[tuple[str, ...], list[Policy]] = {}
    for row in rows:
        for policy in [*known.opened(row["relation"]), *known.written(row["relation"])]:
            if acceptance := known.acceptance(policy):
                findings.append(_settled(policy, acceptance))
            else:
                same = (policy.deed, policy.words, policy.expression or "", *policy.readers)
                alike.setdefault(same, []).append(policy)
    for group in alike.values():
        each = [group] if len(group) > FEW else [[policy] for policy in group]
        findings += [_open(rows, those, known.check) for those in each]
    return [*findings, *_noted(rows, known)]


def _open(rows: Sequence[Row], policies: list[Policy], check: Check) -> Finding:
    """A policy that shows everything, or lets it be written, on one relation or on many."""
    policy, names = policies[0], [policy.relation for policy in policies]
    subject, whose, short = names[0], names[0], unqualified(names[0])
    if len(names) > 1:
        subject = rows[0]["relation"]
        few = f"{', '.join(names[:FEW])} and {number(len(names) - FEW)} more"
        whose = f"{number(len(names))} relations of {subject} ({few})"
        short = f"{number(len(names))} relations of {unqualified(subject)}"
    found = note(subject, f"policy_lets_{policy.deed}", policy.headline(short), policy.told(whose))
    if policy.deed == "insert":
        return found
    status, remedy = Status.WARNING, _remedy(policies, check)
    if policy.deed == "read" and policy.readers != ("authenticated",):
        status = Status.CRITICAL
    means = _MEANS[status] if policy.deed == "read" else _MEANS_WRITTEN
    return replace(found, status=status, remedies=remedy, means=means)


def _remedy(policies: list[Policy], check: Check) -> Remedies:
    """Who reads by it must be known first: so it is a decision."""
    dropped = "\n".join(f"drop policy {quoted(p.name)} on {p.relation};" for p in policies)
    policy = policies[0]
    shown, relation = policy.names[-1], readable(policy.relation)
    command = f"python -m lib accept {check.name} --policy {quote(shown)} --on {quote(relation)}"
    does = "reads" if policy.deed == "read" else "writes"
    each = ", each by itself" if len(policies) > 1 else ""
    return decision(
        f"drop the policy, after whoever {does} by it has another one; or accept it:",
        f"-- {command} --reason TEXT --by NAME{each}\n{dropped}",
    )


def _settled(policy: Policy, acceptance: Row) -> Finding:
    said = f"accepted by {who(acceptance)}: {acceptance['reason']}"
    found = policy.told(policy.relation)
    return note(
        policy.relation,
        f"policy_lets_{policy.deed}",
        policy.headline(unqualified(policy.relation)),
        f"{found}; {said}",
        accepted=said,
        found=found,
    )


def _unbound(row: Row) -> Finding:
    """BYPASSRLS, a superuser, or the owner's own rights: no policy holds those back."""
    roles = ", ".join(row["unbound"])
    detail = f"row level security does not bind {roles} on {row['relation']}, and they may read it"
    remedy = decision(
        f"take BYPASSRLS, SUPERUSER or the owner's role from {remark(roles)}:",
        "select r.rolname, r.rolsuper, r.rolbypassrls, m.roleid::regrole as member_of\n"
        "from pg_roles as r left join pg_auth_members as m on m.member = r.oid\n"
        "where r.rolname in ('anon', 'authenticated');",
    )
    status = Status.WARNING if row["unbound"] == ["authenticated"] else Status.CRITICAL
    bypass = "bypasses" if len(row["unbound"]) == 1 else "bypass"
    short = f"{strangers_word(row['unbound'])} {bypass} row security"
    return judged(
        status,
        row["relation"],
        "row_security_bypassed",
        f"{short} on {unqualified(row['relation'])}",
        detail,
        remedy,
        _MEANS[status],
    )


def _noted(rows: Sequence[Row], known: Known) -> list[Finding]:
    """Conditions are shown, not judged: what they let through depends on who asks for what."""
    findings, alike = [], dict[str, list[str]]()
    for row in rows:
        relation = row["relation"]
        own = [each for each in known.of(relation) if each.readers and not each.true]
        if own and known.trouble and any(policy.expression is None for policy in own):
            names = ", ".join(policy.name for policy in own if policy.expression is None)
            what = f"a policy of {unqualified(relation)}"
            begin = f"what {names} of {relation} lets strangers read: "
            findings.append(unobserved(relation, what, known.trouble, begin))
        elif own:
            alike.setdefault("; ".join(policy.words for policy in own), []).append(relation)
    for words, relations in alike.items():
        more = f" and {number(len(relations) - FEW)} more" if len(relations) > FEW else ""
        where = ", ".join(relations[:FEW]) + more
        detail = f"conditions, not judged here, say what strangers read of {where}: {words}"
        short = f"conditions say what strangers read of {unqualified(relations[0])}"
        found = note(relations[0], "conditions", short, detail)
        findings.append(found)
    return findings
