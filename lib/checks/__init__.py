"""Which checks are there, in the order in which they run?

A new check is one SQL file under sql/checks/, one function of the same name, and one line here.
"""

from __future__ import annotations

from collections.abc import Callable

from lib.checks.behaviour import guard_behaviour
from lib.checks.constraints import foreign_key, key_constraints
from lib.checks.duplicates import duplicate_session_ids
from lib.checks.functions import guard_functions
from lib.checks.joins import events_without_session
from lib.checks.keys import null_keys
from lib.checks.look_alikes import unattached_partitions
from lib.checks.maintenance import maintenance
from lib.checks.months import wrong_month_sessions
from lib.checks.order import trigger_order
from lib.checks.partitions import partition_coverage
from lib.checks.platform import freshness, row_visibility
from lib.checks.privileges import rpc_privileges
from lib.checks.replication import guard_settings
from lib.checks.rpcs import rpc_answers
from lib.checks.security import partition_security
from lib.checks.storage import default_partition_rows
from lib.checks.triggers import guard_triggers
from lib.core.context import Context
from lib.core.results import CheckResult
from lib.db.database import Session

# A check that has nothing to say in this run answers None.
Check = Callable[[Session, Context], CheckResult | None]

# guard_behaviour comes before guard_functions, which judges a changed text by it;
# row_visibility before whatever reads rows, rpc_answers after what it is compared with.
CHECKS: tuple[Check, ...] = (
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
    row_visibility,
    default_partition_rows,
    null_keys,
    wrong_month_sessions,
    events_without_session,
    duplicate_session_ids,
    freshness,
    rpc_privileges,
    rpc_answers,
)

# What `verify-triggers` asks: the guards, and the RPCs that speak of them.
TRIGGER_CHECKS: tuple[Check, ...] = (
    guard_triggers,
    guard_behaviour,
    guard_functions,
    rpc_answers,
)

# What the pages show of another window: the checks that count recent rows.
ROW_CHECKS: tuple[Check, ...] = (
    row_visibility,
    default_partition_rows,
    null_keys,
    wrong_month_sessions,
    events_without_session,
)
