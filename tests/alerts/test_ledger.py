"""Is what was said before read as it was written, and told from rubbish? Rows made here."""

from __future__ import annotations

import json
from datetime import timedelta
from typing import Any
from uuid import NAMESPACE_URL, UUID, uuid5

import pytest

from lib.core.results import Status
from lib.watch.alerts import ledger
from lib.watch.alerts.ledger import Memory
from lib.watch.alerts.rules import Event, Kind, Said
from tests.alerts.test_alert_rules import BROKEN, at, ran

CRITICAL, UNKNOWN = Status.CRITICAL, Status.UNKNOWN
ID = UUID(int=7)


def said(kind: Kind = "open", minute: float = 5, since: float = 0) -> Said:
    return Said(ID, kind, at(minute), at(since), BROKEN)


def event(kind: Kind, minute: float = 9, **wrong: Status) -> Event:
    return Event(kind, ran(minute), wrong or BROKEN)


def row(**changed: Any) -> dict[str, Any]:
    """A row as sql/alerts/last.sql reads it."""
    return {
        "id": str(ID),
        "kind": "open",
        "created_at": at(5),
        "now": at(60),
        "at": at(4).isoformat(),
        "since": at(0).isoformat(),
        "checks": {"guard_triggers": "critical"},
        **changed,
    }


def test_row_is_read_as_it_was_written() -> None:
    assert ledger._said(row()) == said()
    noted = ledger._following(said(), event("more", guard_settings=UNKNOWN), at(10))
    details = ledger._details(noted, event("more", guard_settings=UNKNOWN))
    assert details == {
        "kind": "more",
        "since": at(0).isoformat(),
        "run": "run 9",
        "at": at(9).isoformat(),
        "checks": {"guard_settings": "unknown"},
    }
    again = ledger._said(row(id=noted.id, created_at=at(10), **json.loads(json.dumps(details))))
    assert again == noted


@pytest.mark.parametrize("kind", ["open", "more", "reminder", "recovery"])
def test_every_kind_is_known_and_another_tells_of_nothing_wrong(kind: Kind) -> None:
    found = ledger._said(row(kind=kind))
    assert found.kind == kind
    assert found.open is (kind != "recovery")
    assert not ledger._said(row(kind=f"{kind}s")).open


def test_what_cannot_be_read_of_a_row_is_as_if_nothing_had_been_wrong() -> None:
    assert ledger._said(row(checks=None)).checks == {}
    assert ledger._said(row(checks=["guard_triggers"])).checks == {}
    assert ledger._said(row(checks={"x": "purple", 3: None})).checks == {"x": UNKNOWN, "3": UNKNOWN}
    for since in (None, "", "yesterday", "2026-11-24T12:00:00"):
        assert ledger._said(row(since=since)).since == at(5)


def test_row_dated_ahead_counts_as_said_with_its_run_and_at_the_latest_a_moment_ago() -> None:
    moment = timedelta(minutes=1)
    assert ledger._said(row(now=at(4))).at == at(5), "clocks differ by so much"
    assert ledger._said(row(created_at=at(5.1), now=at(4))).at == at(4), "its run's"
    late = row(created_at=at(90), at=at(80).isoformat())
    assert ledger._said(late).at == at(60) - moment
    assert ledger._said(row(created_at=at(90), at="x")).at == at(60) - moment
    assert ledger._said(row(created_at=None)).at == at(4)


def test_since_lasts_from_the_first_to_the_recovery() -> None:
    first = ledger._following(None, event("open"), at(10))
    assert (first.kind, first.at, first.since, first.checks) == ("open", at(10), at(9), BROKEN)
    more = ledger._following(first, event("more", 19), at(20))
    assert more.since == at(9)
    over = ledger._following(more, event("recovery", 29), at(30))
    assert (over.since, over.open) == (at(9), False)
    assert ledger._following(over, event("open", 39), at(40)).since == at(39)


def test_copies_that_would_say_the_same_make_the_same_row() -> None:
    first = ledger._following(None, event("open"), at(10))
    assert first.id == ledger._following(None, event("open", 11), at(12)).id
    ids = {
        first.id,
        ledger._following(said(), event("open"), at(10)).id,
        ledger._following(said(), event("recovery"), at(10)).id,
        ledger._following(first, event("open"), at(10)).id,
    }
    assert len(ids) == 4
    assert {each.version for each in ids} == {5}
    space = uuid5(NAMESPACE_URL, "partition_watchtower_alert")
    assert first.id == uuid5(space, "first open"), "copies of two versions agree as well"


def test_without_a_history_a_copy_remembers_what_it_said() -> None:
    own = Memory()
    assert own.last() is None
    assert not own.open
    assert own.claim(lambda _: None) is None
    assert own.last() is None
    opened = event("open")
    assert own.claim(lambda before: None if before else opened) == (opened, own.last())
    last = own.last()
    assert last is not None
    assert (last.at, last.kind, own.open) == (at(9), "open", True), "by the database's clock"
    assert own.claim(lambda _: event("more", 15)) is not None
    last = own.last()
    assert last is not None
    assert (last.kind, last.since) == ("more", at(9))
    assert own.claim(lambda before: event("recovery", 20) if before == last else None) is not None
    assert not own.open
