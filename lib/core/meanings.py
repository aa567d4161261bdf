"""What does a finding mean, where its check does not say so itself? One line for people."""

from __future__ import annotations

from lib.core.results import Finding, Status

_NOT_KNOWN = "Whether it holds is not known: what cannot be seen may be wrong."
_OF_A_TABLE = ("guard_triggers", "partition_coverage", "foreign_key", "key_constraints")
_ABSENT = "Nothing can be written to it or read from it."
_BY_CHECK = {
    "guard_behaviour": "What it does besides setting the key, no try can tell.",
    "guard_functions": "No trigger can call it: rows are refused, or keep the key they came with.",
    "foreign_key": "It refuses other rows than the reviewed one does.",
    "key_constraints": "Older rows may have no key at all, and no month to be found in.",
    "partition_coverage": "Months are not kept apart as reports and the maintenance expect.",
    "maintenance": "When the next month begins, it may have no partition.",
    "freshness": "Nobody wrote, or the writer fails or writes elsewhere.",
    "rpc_privileges": "What it answers depends on who calls it.",
    "rpc_answers": "Whoever goes by it, a CI job say, is told of a fault, or nothing at all.",
    "history": "The review, and the other copies, do not know of this run.",
}


def meaning(check: str, finding: Finding) -> str | None:
    """The finding's own words, else what such a finding of this check means."""
    if finding.means or finding.status is Status.OK:
        return finding.means
    if finding.status is Status.UNKNOWN:
        return _NOT_KNOWN
    if check in _OF_A_TABLE and "does not exist" in finding.detail:
        return _ABSENT
    return _BY_CHECK.get(check)
