"""Does the random oracle find the verdict honest, and would it notice if it were not?"""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from lib.core.results import CheckResult, Finding, Report, Status
from tests.drills.oracle import (
    Disagreement,
    Tally,
    apply,
    compare,
    examine,
    prepared,
    sequences_hold,
)
from tests.drills.statements import named
from tests.drills.truth import Wrong, wrongs
from tests.looking import look


@pytest.mark.parametrize(
    "sequences",
    [
        4,
        pytest.param(8, marks=pytest.mark.landing),
        pytest.param(50, marks=pytest.mark.everything),
    ],
)
def test_verdict_agrees_with_the_rows(sequences: int, servers: Any) -> None:
    server, healthy = servers("18")
    with prepared(server, healthy) as origin:
        sequences_hold(lambda sequence: examine(server, origin, sequence, Tally()), sequences)


@pytest.mark.parametrize("version", ["18", "15"])
def test_healthy_database_writes_right_rows(version: str, servers: Any) -> None:
    server, healthy = servers(version)
    with prepared(server, healthy) as origin:
        assert wrongs(origin) == []
        compare([], look(origin))


@pytest.mark.parametrize(
    ("name", "table"),
    [
        ("sessions: disable on public.{table}", "sessions"),
        ("sessions: function without utc", "sessions"),
        ("events: drop the trigger", "events"),
        ("events: zz before insert on {table} null", "events"),
        ("role session_replication_role = replica", "sessions"),
    ],
)
def test_truth_shows_a_guard_that_is_off(name: str, table: str, servers: Any) -> None:
    server, healthy = servers("18")
    with prepared(server, healthy) as origin, server.new_database(origin.name) as database:
        apply(database, named("drop the foreign key")[0])
        apply(database, named(name)[0])
        try:
            assert table in {wrong.table for wrong in wrongs(database)}
        finally:
            apply(database, named("role reset")[0])


def test_a_false_green_and_a_false_alarm_are_disagreements(database18: Any) -> None:
    green = look(database18)
    with pytest.raises(Disagreement, match="false green"):
        compare([Wrong("sessions", "insert: stored with a wrong key")], green)
    with pytest.raises(Disagreement, match="false alarm"):
        compare([], red(green))


def red(report: Report) -> Report:
    """The same report with a guard said to be off on every partition."""
    finding = Finding("public.sessions", Status.CRITICAL, "the guard is disabled on 20 partitions")
    return replace(report, checks=(CheckResult("guard_triggers", (finding,), ""),))
