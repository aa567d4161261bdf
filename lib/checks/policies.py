"""Which policies of row level security let strangers read or write, and do they let them do all?"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from shlex import quote

from lib.checks.accepted import acceptances, who
from lib.checks.check import Check
from lib.checks.printed import always_true
from lib.core.errors import QueryFailed
from lib.core.findings import alike, judged, note
from lib.core.remedies import Remedies, decision
from lib.core.results import Finding, Row, Status
from lib.core.statements import readable
from lib.core.visible import acts
from lib.core.words import FEW, few, strangers_word, together, unqualified
from lib.db.database import Session
from lib.db.sql import quoted, remark
from lib.remedies.unobserved import unobserved

_LONGEST = 160  # characters of a condition that are shown
# What a policy lets them do: which sentence says so, and the same in a few words.
_DEEDS = {
    "read": ("shows every row of {relation} to {whom}", "read all of"),
    "insert": ("lets {whom} insert any row into {relation}", "insert into"),
    "update": ("lets {whom} change every row of {relation}", "change all of"),
    "delete": ("lets {whom} delete every row of {relation}", "delete all of"),
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
    `allows` says whom it lets do what, `deed` what it is told of, and `whom` that is told of. The
    rest is as sql/checks/partition_security.sql has it.
    """

    relation: str
    name: str
    role: str
    expression: str | None
    permissive: bool
    whom: tuple[str, ...]
    command: str = "select"
    checked: str | None = None
    allows: Mapping[str, Sequence[str]] = field(default_factory=dict)
    deed: str = "read"
    id: int = 0

    def lets(self, deed: str) -> bool:
        """May it be done to whatever row, whoever asks?"""
        true = self.expression is not None and always_true(self.expression)
        free = self.checked is not None and always_true(self.checked)
        return {"insert": free, "update": true and free}.get(deed, true)

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
    def words(self) -> str:
        """Name, role and expression, on one line of bounded length."""
        inserts = self.command == "insert"
        text = remark((self.checked if inserts else self.expression) or "")
        cut = f"{text[:_LONGEST]}…" if len(text) > _LONGEST else text
        kind = "" if self.permissive else "restrictive, "
        every = "all commands, " if self.command == "all" and self.lets("read") else ""
        by = "with check" if inserts else "using"
        return f"{remark(self.name)} ({kind}for {self.role}, {every}{by} {cut})"

    def told(self, relation: str) -> str:
        """What it lets whom do there, in one sentence."""
        does = _DEEDS[self.deed][0].format(relation=relation, whom=", ".join(self.whom))
        return f"the policy {self.words} {does}"

    def headline(self, whose: str) -> str:
        """The same in a few words."""
        return f"{strangers_word(self.whom)} can {_DEEDS[self.deed][1]} {whose}"


@dataclass(frozen=True)
class Known:
    """The policies by relation, what was accepted of `check`, and why some could not be printed."""

    check: Check
    policies: Mapping[str, Sequence[Policy]]
    accepted: tuple[Row, ...] = ()
    trouble: QueryFailed | None = None

    def opened(self, relation: str) -> list[Policy]:
        """Those by which strangers read every row or write what they like, with whom none limits.

        Of writing, where reading by the same policy does not tell of them.
        """
        found, told, own = [], set[tuple[str, str]](), self.policies.get(relation, ())
        for deed in _DEEDS:
            limits = [p for p in own if not p.permissive and not p.lets(deed)]
            limited = {who for policy in limits for who in policy.allows[deed]}
            for policy in own:
                free = [who for who in policy.allows[deed] if who not in limited]
                whom = tuple(who for who in free if (policy.name, who) not in told)
                if policy.permissive and policy.lets(deed) and whom:
                    found.append(replace(policy, whom=whom, deed=deed))
            told |= {(each.name, who) for each in found if deed == "read" for who in each.whom}
        return found

    def acceptance(self, policy: Policy) -> Row | None:
        """Who accepted it, as it is? None where nobody did."""
        return next((a for a in self.accepted if a["about"] == policy.key and a["count"]), None)


def named(policy: str) -> tuple[str, ...]:
    """How may a policy of this name be called in a command? By numbers too, where it ends lines
    or steers a terminal: the last is readable, on one line.
    """
    return (policy, quoted(policy)) if acts(policy) else (policy,)


def read(session: Session, rows: Iterable[Row], check: Check) -> Known:
    """The policies of these relations, as far as strangers read or write by them, for this check.

    `rows` are of sql/checks/partition_security.sql. Without row level security none counts.
    """
    found = [(row, each) for row in rows if row["row_security"] for each in row["policies"]]
    unread = [p["id"] for _, p in found if p["allows"]["read"] and p["expression"] is None]
    printed, trouble = _printed(session, unread)
    policies: dict[str, list[Policy]] = {}
    for row, each in found:
        said = {**each, "expression": each["expression"] or printed.get(each["id"])}
        policy = Policy(row["relation"], whom=tuple(each["allows"]["read"]), **said)
        policies.setdefault(policy.relation, []).append(policy)
    some = any(p.permissive and p.lets("read") for own in policies.values() for p in own)
    return Known(check, policies, acceptances(session, check) if some else (), trouble)


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
    opened = [policy for row in rows for policy in known.opened(row["relation"])]
    findings += [_settled(policy, by) for policy in opened if (by := known.acceptance(policy))]
    left = (policy for policy in opened if not known.acceptance(policy))
    for many in alike(left, lambda p: (p.deed, p.words, p.expression or "", *p.whom)):
        each = [many] if len(many) > FEW else [[policy] for policy in many]
        findings += [_open(rows, policies, known.check) for policies in each]
    return [*findings, *_noted(rows, known)]


def _open(rows: Sequence[Row], policies: list[Policy], check: Check) -> Finding:
    """A policy that shows everything, or lets it be written, on one relation or on many."""
    policy, names = policies[0], [policy.relation for policy in policies]
    subject, whose, short = together(names, rows[0]["relation"], "relation")
    whose += f" ({few(names)})" if names[1:] else ""
    said = (subject, f"policy_lets_{policy.deed}", policy.headline(short), policy.told(whose))
    if policy.deed == "insert":  # as a site's own pages may do
        return note(*said)
    reads = policy.deed == "read"
    open_to_all = reads and policy.whom != ("authenticated",)
    status = Status.CRITICAL if open_to_all else Status.WARNING
    means = _MEANS[status] if reads else _MEANS_WRITTEN
    return judged(status, *said, _remedy(policies, check), means)


def _remedy(policies: list[Policy], check: Check) -> Remedies:
    """Who reads by it must be known first: so it is a decision."""
    dropped = "\n".join(f"drop policy {quoted(p.name)} on {p.relation};" for p in policies)
    policy = policies[0]
    shown, relation = named(policy.name)[-1], readable(policy.relation)
    command = f"python -m lib accept {check.name} --policy {quote(shown)} --on {quote(relation)}"
    does = "reads" if policy.deed == "read" else "writes"
    each = ", each by itself" if len(policies) > 1 else ""
    return decision(
        f"drop the policy, after whoever {does} by it has another one; or accept it:",
        f"-- {command} --reason TEXT --by NAME{each}\n{dropped}",
    )


def _settled(policy: Policy, acceptance: Row) -> Finding:
    accepted = f"accepted by {who(acceptance)}: {acceptance['reason']}"
    relation, code = policy.relation, f"policy_lets_{policy.deed}"
    headline, found = policy.headline(unqualified(relation)), policy.told(relation)
    detail = f"{found}; {accepted}"
    return note(relation, code, headline, detail, accepted=accepted, found=found)


def _unbound(row: Row) -> Finding:
    """BYPASSRLS, a superuser, or the owner's own rights: no policy holds those back."""
    relation, unbound, roles = row["relation"], row["unbound"], ", ".join(row["unbound"])
    bypass = "bypass" if unbound[1:] else "bypasses"
    short = f"{strangers_word(unbound)} {bypass} row security on {unqualified(relation)}"
    detail = f"row level security does not bind {roles} on {relation}, and they may read it"
    remedy = decision(
        f"take BYPASSRLS, SUPERUSER or the owner's role from {remark(roles)}:",
        "select r.rolname, r.rolsuper, r.rolbypassrls, m.roleid::regrole as member_of\n"
        "from pg_roles as r left join pg_auth_members as m on m.member = r.oid\n"
        "where r.rolname in ('anon', 'authenticated');",
    )
    status = Status.WARNING if unbound == ["authenticated"] else Status.CRITICAL
    return judged(status, relation, "row_security_bypassed", short, detail, remedy, _MEANS[status])


def _noted(rows: Sequence[Row], known: Known) -> list[Finding]:
    """Conditions are shown, not judged: what they let through depends on who asks for what."""
    findings, conditions = [], list[tuple[str, str]]()
    for relation in (row["relation"] for row in rows):
        own = [p for p in known.policies.get(relation, ()) if p.whom and not p.lets("read")]
        unread = [policy.name for policy in own if policy.expression is None]
        if own and known.trouble and unread:
            what = f"a policy of {unqualified(relation)}"
            begin = f"what {', '.join(unread)} of {relation} lets strangers read: "
            findings.append(unobserved(relation, what, known.trouble, begin))
        elif own:
            conditions.append(("; ".join(policy.words for policy in own), relation))
    for group in alike(conditions, lambda pair: pair[0]):
        (words, first), where = group[0], few([relation for _, relation in group])
        detail = f"conditions, not judged here, say what strangers read of {where}: {words}"
        short = f"conditions say what strangers read of {unqualified(first)}"
        findings.append(note(first, "conditions", short, detail))
    return findings
