"""Since when, until when, how often: does the history say it of made-up runs as a person would?"""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from lib.core.results import CheckResult, Finding, Reach, Report, Status, not_applicable
from lib.history.history import KEPT, NOTE, REFRESH, RPC, VERIFICATION, Deed, History, Run, Since
from tests.history.test_incidents import CHECK, at, blind, looked, ran, rpc

OK, WARNING, UNKNOWN, CRITICAL = Status
HOUR = timedelta(hours=1)


def found(minutes: float, status: Status = OK, detail: str = "d") -> Report:
    """What a refresh found at this minute: this check, and another that was ok."""
    check = CheckResult(CHECK, (Finding("t", status, detail),), detail)
    calm = CheckResult("maintenance", (Finding("m", OK, "fine"),), "fine")
    return Report((check, calm), at(minutes), 5, 7)


@pytest.mark.parametrize("status", [WARNING, UNKNOWN, CRITICAL])
def test_since_is_the_first_run_so_bad_and_the_last_before_it(status: Status) -> None:
    known = History((ran(0), ran(15), ran(30, status), ran(45, status)))
    assert known.since(status) == Since(at(15), at(30))
    assert known.since(status, CHECK) == Since(at(15), at(30))
    assert known.since(status, "maintenance") == Since(at(45), None), "that was fine all along"
    assert known.since(status, "no_such_check") == Since(None, None)
    assert History().since(status) == Since(None, None)
    always = History((ran(0, status), ran(15, status)))
    assert always.since(status) == Since(None, at(0))


def test_warning_was_fine_for_what_is_worse_and_not_for_a_warning() -> None:
    known = History((ran(0), ran(15, WARNING), ran(30, CRITICAL)))
    assert known.since(CRITICAL) == known.since(UNKNOWN) == Since(at(15), at(30))
    assert known.since(WARNING) == Since(at(0), at(15))


def test_while_nothing_was_seen_since_stays() -> None:
    known = History((ran(0), ran(15, CRITICAL), ran(30, UNKNOWN), ran(45, CRITICAL)))
    assert known.since(CRITICAL, CHECK) == Since(at(0), at(15))
    dark = replace(known, noticed=(blind(20), blind(50)))
    assert dark.since(CRITICAL, CHECK) == dark.since(CRITICAL) == Since(at(0), at(15))


def test_fine_until_is_as_long_as_it_was_seen_and_no_longer_than_it_broke() -> None:
    known = History((ran(0), ran(15, CRITICAL)), (looked(1, 9, OK),))
    assert known.since(CRITICAL, CHECK) == Since(at(9), at(15))
    overlap = History((ran(5, CRITICAL),), (looked(1, 9, OK),))
    assert overlap.since(CRITICAL, CHECK) == Since(at(5), at(5))
    assert History((), (looked(1, 9, OK),)).since(CRITICAL, CHECK) == Since(at(9), None)


def test_repair_is_the_first_run_in_which_none_of_them_was_critical_any_more() -> None:
    known = History((ran(0), ran(15, CRITICAL), ran(30, WARNING), ran(45)))
    assert known.repaired(CHECK) == at(30)
    assert known.repaired(CHECK, "maintenance") == at(30)
    assert known.repaired("maintenance") is None, "it never was"
    assert known.repaired("no_such_check") is None
    assert History((ran(0, CRITICAL),)).repaired(CHECK) is None
    dark = History((ran(0, CRITICAL), ran(15, UNKNOWN), ran(30)), (blind(20),))
    assert dark.repaired(CHECK) == at(30), "a look that saw nothing repairs nothing"
    other = History((ran(0, CRITICAL), ran(15, OK, "foreign_key"), ran(30)))
    assert other.repaired(CHECK) == at(30), "nor does one that looked at something else"
    both = Run("b", at(60), VERIFICATION, CRITICAL, {CHECK: OK, "foreign_key": CRITICAL})
    assert History((*known.runs, both)).repaired(CHECK, "foreign_key") is None
    assert History((*known.runs, both)).repaired(CHECK) == at(30)


def test_looks_that_find_the_same_soon_after_are_one_that_lasts() -> None:
    known = History().noticing(found(0)).noticing(found(1)).noticing(found(6))
    (run,) = known.noticed
    assert (run.at, run.until, run.kind, run.status) == (at(0), at(6), REFRESH, OK)
    assert run.checks == {CHECK: OK, "maintenance": OK}
    later = known.noticing(found(11.1))
    assert [(run.at, run.until) for run in later.noticed] == [(at(0), at(6)), (at(11.1), at(11.1))]
    turned = known.noticing(found(7, CRITICAL, "is missing")).noticing(found(8))
    assert [run.status for run in turned.noticed] == [OK, CRITICAL, OK]
    assert [run.worst for run in turned.noticed] == ["", "is missing", ""]
    assert len({run.id for run in turned.noticed}) == 3


def test_look_keeps_which_checks_do_not_apply_and_by_which_name_it_goes() -> None:
    told = replace(found(0, CRITICAL), checks=(*found(0).checks, not_applicable("freshness", "")))
    (run,) = History().noticing(told).noticed
    assert (run.apart, dict(run.checks)) == (("freshness",), {CHECK: OK, "maintenance": OK})
    (unseen,) = History().unseen(at(3)).noticed
    assert unseen.id == f"refresh {at(3)}"


def test_look_that_lasts_has_the_reach_of_its_last() -> None:
    def counted(minute: float, rows: int) -> Report:
        row = {"table": "sessions", "fault": "wrong month", "rows": rows,
               "first_seen": at(0), "last_seen": at(minute)}  # fmt: skip
        report = found(minute, CRITICAL)
        check = replace(report.checks[0], tables={"radius": (row,)})
        return replace(report, checks=(check, report.checks[1]))

    (run,) = History().noticing(counted(1, 3)).noticing(counted(2, 5)).noticed
    assert run.reach == Reach({("sessions", "wrong month"): 5}, at(0), at(2))


def test_look_that_saw_nothing_is_unknown_of_everything() -> None:
    known = History().noticing(found(0)).unseen(at(1)).unseen(at(2)).noticing(found(3))
    assert [(run.status, dict(run.checks)) for run in known.noticed][1] == (UNKNOWN, {})
    assert [(run.at, run.until) for run in known.noticed] == [
        (at(0), at(0)),
        (at(1), at(2)),
        (at(3), at(3)),
    ]
    assert known.noticed[1].kind == REFRESH


def test_what_was_noticed_is_kept_for_as_long_as_the_history() -> None:
    old = History().noticing(found(0)).noticing(found(10, CRITICAL)).noticing(found(20))
    edge = KEPT / timedelta(minutes=1)
    assert [run.at for run in old.noticing(found(edge)).noticed] == [at(10), at(20), at(edge)]
    assert [run.at for run in old.noticing(found(edge + 15)).noticed] == [at(20), at(edge + 15)]


def test_known_is_all_of_it_in_order_and_verifications_are_our_own_rows() -> None:
    alarm = replace(looked(7, 7, CRITICAL), id="alert 1")
    known = History((ran(0), rpc(5, OK), ran(15)), (looked(3, 4, OK),), alarms=(alarm,))
    assert [run.at for run in known.known] == [at(0), at(3), at(5), at(7), at(15)]
    assert known.verifications() == (known.runs[0], known.runs[2])


@pytest.mark.parametrize(
    ("duration", "before", "own"),
    [(None, 10, True), (None, 10.01, False), (500, 1.5, True), (500, 1.51, False)],
)
def test_row_of_the_rpc_is_a_verifications_own_where_it_was_called_by_it(
    duration: int | None, before: float, own: bool
) -> None:
    told = replace(ran(15), duration_ms=duration)
    row = rpc(15 - before / 60, CRITICAL)
    known = History((row, told, rpc(16, OK))).independent
    assert [run.kind for run in known] == [*([] if own else [RPC]), VERIFICATION, RPC]


def test_strip_shows_the_worst_of_each_slot_and_where_nobody_looked() -> None:
    known = History(
        (ran(5), ran(10, WARNING), ran(65, CRITICAL), ran(66)), (looked(119, 181, OK), blind(250))
    )
    assert known.strip([CHECK], at(0), HOUR, 6) == (WARNING, CRITICAL, OK, OK, UNKNOWN, None)
    assert known.strip([CHECK], at(60), HOUR, 2) == (CRITICAL, OK)
    assert known.strip([CHECK], at(181), HOUR, 1) == (OK,), "seen until that very instant"
    assert known.strip([CHECK], at(182), HOUR, 1) == (None,)
    assert known.strip(["maintenance"], at(0), HOUR, 2) == (OK, OK)
    assert known.strip(["no_such_check"], at(0), HOUR, 5) == (None, None, None, None, UNKNOWN)
    assert known.strip([], at(0), HOUR, 2) == (WARNING, CRITICAL), "of all, where none is named"
    first = History((ran(1, CRITICAL), ran(2, WARNING)))
    assert first.strip([CHECK], at(0), HOUR, 1) == (CRITICAL,)


def test_word_of_a_deed_is_there_or_empty_and_no_longer_than_a_note() -> None:
    deed = Deed("1", datetime.now(UTC), NOTE, True, {"by": "ada", "n": 3, "long": "x" * 9_000})
    assert [deed.word(name) for name in ("by", "n", "none")] == ["ada", "3", ""]
    assert len(deed.word("long")) == 2_000
