"""Which checks are there, in the order in which they run?

A new check is a module under its own name, with its SQL, its test, its drill and its section of the
docs, and its import and its place here (docs/contributing.md).
"""

from __future__ import annotations

from lib.checks import (
    default_partition_rows,
    duplicate_ids,
    foreign_key,
    freshness,
    guard_behaviour,
    guard_functions,
    guard_settings,
    guard_triggers,
    key_constraints,
    maintenance,
    null_keys,
    orphan_rows,
    partition_coverage,
    partition_security,
    replica_identity,
    row_visibility,
    rpc_answers,
    rpc_privileges,
    trigger_order,
    unattached_partitions,
    wrong_keys,
)
from lib.checks.check import Check, Group, Place

# guard_behaviour comes before guard_functions, which judges a changed text by it;
# row_visibility before whatever reads rows, rpc_answers after what it is compared with.
_IN_ORDER = (
    guard_triggers,
    guard_behaviour,
    guard_functions,
    trigger_order,
    guard_settings,
    foreign_key,
    key_constraints,
    partition_coverage,
    unattached_partitions,
    maintenance,
    partition_security,
    replica_identity,
    row_visibility,
    default_partition_rows,
    null_keys,
    wrong_keys,
    orphan_rows,
    duplicate_ids,
    freshness,
    rpc_privileges,
    rpc_answers,
)
CHECKS: tuple[Check, ...] = tuple(module.CHECK for module in _IN_ORDER)

_BY_NAME = {check.name: check for check in CHECKS}


def by_name(name: str) -> Check | None:
    """The check of this name; None for what is none, the history's own word say."""
    return _BY_NAME.get(name)


def shown(group: Group) -> list[tuple[Check, Place]]:
    """What stands on this page, from the top?"""
    found = [(check, at) for check in CHECKS for at in check.places if at.group is group]
    return sorted(found, key=lambda pair: pair[1].rank)


def of_step(slug: str) -> tuple[str, ...]:
    """Which checks does this step of the runbook go by? As people see them, page by page."""
    seen = [check.name for group in Group for check, _ in shown(group) if check.goes_with(slug)]
    return tuple(dict.fromkeys(seen))
