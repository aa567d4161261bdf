"""Is an RPC that strangers may call, or that runs with others' rights or names, seen?"""

from __future__ import annotations

import pytest

from tests.looking import check, follow, look, statuses
from tests.servers import Database

RIGHTS = [
    (
        "grant execute on function public.{}() to anon",
        "critical",
        "may be executed by anon",
    ),
    (
        "grant execute on function public.{}() to public",
        "critical",
        "may be executed by PUBLIC, anon, authenticated",
    ),
    ("alter function public.{}() security invoker", "warning", "no longer SECURITY DEFINER"),
    (
        "alter function public.{}() reset search_path",
        "warning",
        "has no safe search_path of its own",
    ),
]
RPCS = [
    "verify_partition_triggers_exist",
    "watchtower_partition_drift_check_v1",
    "create_next_month_partitions",
]


@pytest.mark.parametrize("rpc", RPCS)
def test_rights_to_the_rpcs(rpc: str, database18: Database) -> None:
    for sql, status, words in RIGHTS:
        database18.execute(sql.format(rpc))
        result = check(database18, "rpc_privileges", "owner")
        assert result.status.word == status
        finding = result.failing()[0]
        assert finding.detail.startswith(f"public.{rpc}() ")
        assert words in finding.detail
        follow(finding.remedy, database18)
        assert check(database18, "rpc_privileges").status.word == "ok"
    assert statuses(look(database18)) == {}


def test_rights_are_read_on_both_servers(database: Database) -> None:
    database.execute(f"grant execute on function public.{RPCS[0]}() to public")
    assert statuses(look(database)) == {"rpc_privileges": "critical"}
