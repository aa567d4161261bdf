"""Is a database of plain tables without guards told so once, plainly, on every face?"""

from __future__ import annotations

import pytest

from lib.checks import CHECKS
from lib.results import Status
from tests.looking import glance, look
from tests.real import OWNER_OF_TABLES
from tests.servers import ROLE, Database

SENTENCE = (
    "public.sessions and public.events are not partitioned and not guarded: this database does not "
    "have what this watches"
)
RPCS = "verify_partition_triggers_exist() and watchtower_partition_drift_check_v1()"
USERS = pytest.mark.parametrize("user", [OWNER_OF_TABLES, ROLE])


@USERS
def test_one_finding_and_nothing_else_applies(user: str, baseline: Database) -> None:
    report = look(baseline, user)
    assert report.status is Status.CRITICAL
    ((check, finding),) = report.failing()
    assert (check.check, finding.status) == ("guard_triggers", Status.CRITICAL)
    assert finding.detail == f"{SENTENCE}; {RPCS} say false, rightly"
    assert report.drift is not None
    assert report.drift["ok"] is False
    assert [each.check for each in report.applying] == ["guard_triggers"]
    assert {*report.apart} == {*(each.__name__ for each in CHECKS), "history"} - {"guard_triggers"}


@USERS
def test_the_refresh_says_the_same(user: str, baseline: Database) -> None:
    report = glance(baseline, user)
    ((_, finding),) = report.failing()
    assert finding.detail.startswith(SENTENCE)
    assert [each.check for each in report.applying] == ["guard_triggers"]
