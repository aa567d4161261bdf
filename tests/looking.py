"""How does a test look at a database, and repair it, as an operator would?"""

from __future__ import annotations

import re
from contextlib import closing
from typing import Any

from lib import verification
from lib.checks import CHECKS
from lib.core.results import CheckResult, Finding, Report, Status
from lib.db.database import Database as Watched
from lib.settings.settings import parse_url
from tests.guards import GUARDS
from tests.servers import ROOT, Database


def watched(url: str) -> Watched:
    """The software's own handle of a database."""
    return Watched(parse_url("the test's address", url))


def look(database: Database, user: str = "watchtower", **asked: Any) -> Report:
    """The full verification of this database, as this user."""
    with closing(watched(database.url(user))) as handle:
        return verification.verify(handle, who="a test", face="pytest", **asked)


# What others go by comes first, as it does in a verification; each is quick.
GONE_BY = ("guard_triggers", "partition_coverage", "row_visibility")


def check(database: Database, name: str, user: str = "watchtower", **asked: Any) -> CheckResult:
    """What does this one check say, in a tenth of the time of them all? It leaves no row.

    For a check that goes by no other than those of GONE_BY.
    """
    wanted = tuple(each for each in CHECKS if each.name in (*GONE_BY, name))
    with (
        closing(watched(database.url(user))) as handle,
        handle.session(verification.BUDGET_SECONDS) as session,
    ):
        return verification._run(session, verification._Asked(GUARDS, **asked), wanted)[name]


def refreshed(database: Database, user: str = "watchtower", **asked: Any) -> Report:
    """What a copy of the app sees at its first refresh, which goes by the last verification."""
    with closing(watched(database.url(user))) as handle:
        return verification.look(handle, known=None, **asked)[0]


def glance(database: Database, user: str = "watchtower", **asked: Any) -> Report:
    """What a refresh asks, judged by itself."""
    with closing(watched(database.url(user))) as handle:
        return verification.refresh(handle, **asked)


def statuses(report: Report) -> dict[str, str]:
    """Each check and its status, without those that are ok."""
    return {c.check: c.status.word for c in report.checks if c.status is not Status.OK}


def worst_finding(report: Report, check: str) -> Finding:
    """The first of the worst findings of this check."""
    return report[check].failing()[0]


def follow(remedy: str | None, database: Database) -> None:
    """Do what the remedy says: run its SQL as the owner, or the file that it names."""
    assert remedy, "a failing finding says what to do"
    named = re.findall(r"^-- (sql/setup/\S+\.sql)$", remedy, re.MULTILINE)
    for path in named:
        database.run_file(ROOT / path)
    if not named:
        database.execute(remedy)
