"""What is the likely cause of what a check finds, and which step of the runbook follows?"""

from __future__ import annotations

import re
from collections.abc import Mapping

from lib.runbook import step_of
from lib.runbook.symptoms.symptom import Symptom

CAUSES: Mapping[str, str] = {
    "guard_triggers": "A migration, a restore or a bulk load dropped or disabled it.",
    "guard_behaviour": "The function was replaced by a text that sets no key, or another one.",
    "guard_functions": "The function was replaced, mostly by a migration with an older text.",
    "trigger_order": "Another trigger was added that fires after the guard, or drops rows.",
    "guard_settings": "session_replication_role was set for a load and never reset.",
    "foreign_key": "It was dropped or weakened for a load or a migration.",
    "key_constraints": "A restored or older copy lacks the constraint.",
    "partition_coverage": "The maintenance job did not run, or rows in DEFAULT were in its way.",
    "unattached_partitions": "It was detached, or made by hand and never attached.",
    "maintenance": "The job is missing, inactive or failed: cron.job_run_details says more.",
    "partition_security": "A partition made later has no row level security by itself.",
    "row_visibility": "The role lacks a grant or a policy, which hides rows without an error.",
    "default_partition_rows": "Their month had no partition when they came, or the key is wrong.",
    "null_keys": "They came while the guard was gone, and no constraint forbade it.",
    "wrong_keys": "They were written while the sessions guard was gone, off or wrong.",
    "orphan_rows": "They were written while the events guard was gone, off or wrong, or "
    "their session was deleted.",
    "duplicate_ids": "The same id was sent in two months, which the primary key allows.",
    "freshness": "Ingestion stopped, or its writes are refused.",
    "rpc_privileges": "Default privileges gave new functions to anon and authenticated.",
    "rpc_answers": "It is missing, older, or right: then something that it looks at is broken.",
    "history": "The table or the role's rights on it are missing.",
}

_NOT_HERE = re.compile(
    r"not partitioned(?:: one plain| and not guarded)|is partitioned or guarded", re.IGNORECASE
)
_ANOTHER = "This is another database than the guards are for, or its months were never parted."


def of_check(check: str, sign: str, what: str) -> Symptom:
    """What a report, a finding or an answer says of this check."""
    if _NOT_HERE.search(what):
        return Symptom(sign, what, _ANOTHER, check, "is-it-the-right-database")
    return Symptom(sign, what, CAUSES[check], check, step_of(check).slug)
