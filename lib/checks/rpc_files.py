"""Which files of the setup must run for the RPCs: their own, and before it what that one needs?"""

from __future__ import annotations

from lib.checks import remedies
from lib.checks.context import Context
from lib.database import Session

_NEEDED = {
    "watchtower_guard_fires": remedies.GUARDS_FILE,
    "watchtower_month_is_covered": remedies.PARTITIONS_FILE,
}


def rpc_remedy(session: Session, context: Context) -> str:
    """The file, after those without which it stops. Read once a run."""
    name = "checks/rpc_answers"
    if name not in context.kept:
        with session.reading() as transaction:
            context.kept[name] = transaction.rows(name, names=list(_NEEDED))
    absent = [_NEEDED[row["name"]] for row in context.kept[name] if row["signature"] is None]
    files = [*absent, remedies.RPC_FILE]
    return "\n".join(remedies.run_file(file, "the RPCs") for file in files)
