"""Which checks are there, in the order in which they run?

A new check is a module under its own name, with its SQL, its test, its drill and its section of the
docs, and one line here (docs/contributing.md).
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
    row_visibility,
    rpc_answers,
    rpc_privileges,
    trigger_order,
    unattached_partitions,
    wrong_keys,
)
from lib.checks.check import Check

# guard_behaviour comes before guard_functions, which judges a changed text by it;
# row_visibility before whatever reads rows, rpc_answers after what it is compared with.
CHECKS: tuple[Check, ...] = (
    guard_triggers.CHECK,
    guard_behaviour.CHECK,
    guard_functions.CHECK,
    trigger_order.CHECK,
    guard_settings.CHECK,
    foreign_key.CHECK,
    key_constraints.CHECK,
    partition_coverage.CHECK,
    unattached_partitions.CHECK,
    maintenance.CHECK,
    partition_security.CHECK,
    row_visibility.CHECK,
    default_partition_rows.CHECK,
    null_keys.CHECK,
    wrong_keys.CHECK,
    orphan_rows.CHECK,
    duplicate_ids.CHECK,
    freshness.CHECK,
    rpc_privileges.CHECK,
    rpc_answers.CHECK,
)

# What `verify-triggers` asks: the guards, and the RPCs that speak of them.
TRIGGER_CHECKS: tuple[Check, ...] = (
    guard_triggers.CHECK,
    guard_behaviour.CHECK,
    guard_functions.CHECK,
    rpc_answers.CHECK,
)

# What the pages show of another window: the checks that count recent rows.
ROW_CHECKS: tuple[Check, ...] = (
    row_visibility.CHECK,
    default_partition_rows.CHECK,
    null_keys.CHECK,
    wrong_keys.CHECK,
    orphan_rows.CHECK,
)
