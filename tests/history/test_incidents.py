"""Are incidents, times and gaps as somebody would count them by hand? Made-up runs: it is pure."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from time import process_time

from lib.core.results import Reach, Report, Status
from lib.history.history import DRILL, REFRESH, RPC, VERIFICATION, Deed, History, Run
from lib.history.incidents import UNSEEN, Incident, incidents
from lib.history.lanes import ALL, Bar, Span, availability, bars, gaps, lanes
from lib.reports.review import wording

START = datetime(2026, 11, 20, 12, tzinfo=UTC)
HOLDS = timedelta(minutes=30)
OK, WARNING, UNKNOWN, CRITICAL = Status
CHECK = "guard_triggers"


def at(minutes: float) -> datetime:
    return START + timedelta(minutes=minutes)


def ran(minutes: float, status: Status = OK, check: str = CHECK, reach: Reach | None = None) -> Run:
    """A verification: this check stood so, another was ok."""
    checks = {"maintenance": OK, check: status}
    return Run(f"run {minutes}", at(minutes), VERIFICATION, status, checks, "x", reach=reach)


def rpc(minutes: float, status: Status) -> Run:
    return Run(f"rpc {minutes}", at(minutes), RPC, status, {"rpc_answers": status})


def looked(minutes: float, until: float, status: Status) -> Run:
    """What a refresh saw, once or for a while."""
    checks = {CHECK: status}
    return Run("refresh", at(minutes), REFRESH, status, checks, lasted=at(until))


def blind(minutes: float) -> Run:
    return Run("refresh", at(minutes), REFRESH, UNKNOWN, {})


def only(*runs: Run, noticed: tuple[Run, ...] = ()) -> Incident:
    (found,) = incidents(History(runs, noticed))
    return found


def lane(
    *runs: Run, until: float, check: str = CHECK, begin: float = 0, noticed: tuple[Run, ...] = ()
) -> list[tuple[float, float, Status | None]]:
    """The spans of one check, in minutes."""
    spans = lanes(History(runs, noticed), at(begin), at(until), HOLDS)[check]
    return [
        ((s.begin - START) / timedelta(minutes=1), (s.end - START) / timedelta(minutes=1), s.status)
        for s in spans
    ]


def test_incident_lasts_from_the_first_run_that_was_not_ok_to_the_first_ok_one() -> None:
    found = only(ran(0), ran(15), ran(30, CRITICAL), ran(45, UNKNOWN), ran(60), ran(75))
    assert (found.began, found.ended, found.last_ok) == (at(30), at(60), at(15))
    assert found.lasted(at(500)) == timedelta(minutes=30)
    assert found.within == timedelta(minutes=15)
    assert found.checks == {CHECK: CRITICAL}
    assert (found.runs, found.status) == (2, CRITICAL)
    assert found.repaired is not None
    assert found.repaired.id == "run 60"


def test_incident_under_way_has_no_end() -> None:
    found = only(ran(0), ran(15, CRITICAL))
    assert found.ended is None
    assert found.lasted(at(55)) == timedelta(minutes=40)


def test_warning_is_no_incident() -> None:
    assert incidents(History((ran(0), ran(15, WARNING), ran(30)))) == ()


def test_what_was_never_ok_says_so() -> None:
    found = only(ran(0, CRITICAL), ran(15))
    assert (found.last_ok, found.within) == (None, None)


def test_two_checks_that_overlap_are_one_incident_and_two_apart_are_two() -> None:
    one = only(ran(0), ran(15, CRITICAL), ran(30, UNKNOWN, "foreign_key"), ran(45))
    assert one.checks == {CHECK: CRITICAL, "foreign_key": UNKNOWN}
    assert len(incidents(History((ran(0, CRITICAL), ran(15), ran(30, CRITICAL))))) == 2


def test_time_without_runs_neither_repairs_nor_breaks() -> None:
    found = only(ran(0), ran(15, CRITICAL), ran(600, CRITICAL), ran(615))
    assert found.lasted(at(999)) == timedelta(minutes=600)
    assert incidents(History((ran(0), ran(600)))) == ()


def test_yes_of_the_rpc_does_not_end_what_a_verification_found() -> None:
    lie = (ran(0), rpc(15, OK), ran(15.1, CRITICAL, "rpc_answers"), rpc(20, OK), rpc(29, OK))
    assert only(*lie, ran(30, CRITICAL)).ended is None
    assert only(*lie, ran(30)).ended == at(30)


def test_no_of_the_rpc_alone_is_an_incident_of_its_own_check() -> None:
    found = only(ran(0), rpc(5, CRITICAL), rpc(10, CRITICAL), rpc(15, OK))
    assert (found.began, found.ended) == (at(5), at(15))
    assert found.checks == {"rpc_answers": CRITICAL}
    assert found.last_ok == at(0), "its yes proves nothing of the rest"
    assert only(ran(0), rpc(5, CRITICAL), ran(15)).ended == at(15)


def test_refresh_dates_the_break_and_the_repair_between_two_runs() -> None:
    noticed = (looked(0, 4, OK), looked(5, 9, CRITICAL), looked(10, 14, OK))
    found = only(ran(0), ran(2), ran(15), noticed=noticed)
    assert (found.last_ok, found.began, found.ended) == (at(4), at(5), at(10))
    assert found.opens is None, "a refresh leaves no report to open"
    found = only(ran(0), ran(7, CRITICAL), ran(15), noticed=(*noticed[:1], looked(5, 6, CRITICAL)))
    assert found.opens is not None
    assert (found.began, found.opens.at) == (at(5), at(7))


def test_refresh_that_does_not_name_a_check_does_not_repair_it() -> None:
    broken = ran(0, CRITICAL, "guard_behaviour")
    assert only(broken, noticed=(looked(1, 9, OK),)).ended is None


def test_check_that_is_gone_in_a_later_version_is_not_wrong_for_ever() -> None:
    assert only(ran(0, CRITICAL, "an_old_check"), ran(15)).ended == at(15)


def test_looks_that_saw_nothing_are_an_incident_until_something_is_seen() -> None:
    found = only(ran(0), ran(15), noticed=(blind(5), blind(6)))
    assert found.checks == {UNSEEN: UNKNOWN}
    assert (found.began, found.ended) == (at(5), at(15))


def test_detection_counts_from_the_first_bad_row() -> None:
    near = Reach({("sessions", "wrong month"): 3}, at(22), at(29))
    far = Reach({("sessions", "wrong month"): 9, ("events", "wrong month"): 2}, at(20), at(44))
    found = only(ran(15), ran(30, CRITICAL, reach=near), ran(45, CRITICAL, reach=far), ran(60))
    assert found.detected == timedelta(minutes=10)
    assert found.reach == far
    assert only(ran(15), ran(30, CRITICAL), ran(45)).detected is None
    late = Reach({("x", "y"): 1}, at(40), at(40))
    assert only(ran(30, CRITICAL), ran(45, CRITICAL, reach=late)).detected == timedelta()


def test_state_holds_until_the_next_run_but_not_longer_than_two_periods() -> None:
    assert lane(ran(0), ran(15, CRITICAL), ran(30), until=40) == [
        (0, 15, OK),
        (15, 30, CRITICAL),
        (30, 40, OK),
    ]
    assert lane(ran(0), ran(30), until=60) == [(0, 60, OK)], "one missing run is no gap"
    assert lane(ran(0), ran(31), until=61) == [(0, 30, OK), (30, 31, None), (31, 61, OK)]
    assert lane(ran(0), until=100) == [(0, 30, OK), (30, 100, None)], "nobody looks any more"


def test_before_the_first_run_nothing_is_verified() -> None:
    assert lane(ran(10), until=20) == [(0, 10, None), (10, 20, OK)]
    assert lane(ran(-29, CRITICAL), until=5) == [(0, 1, CRITICAL), (1, 5, None)]
    assert lanes(History(), at(0), at(5), HOLDS) == {ALL: (Span(at(0), at(5), None),)}


def test_what_refreshes_saw_for_hours_leaves_no_gap() -> None:
    noticed = (looked(0, 300, OK),)
    assert lane(until=400, noticed=noticed) == [(0, 330, OK), (330, 400, None)]
    assert lane(ran(100), until=310, noticed=noticed) == [(0, 310, OK)]


def test_outage_is_unknown_to_who_saw_it_and_a_gap_afterwards() -> None:
    outage = tuple(Run("b", at(m), REFRESH, UNKNOWN, {}, lasted=at(m)) for m in (15, 40, 65))
    seen = lane(ran(0), ran(90), until=90, noticed=outage)
    assert seen == [(0, 15, OK), (15, 90, UNKNOWN)]
    assert lane(ran(0), ran(90), until=90) == [(0, 30, OK), (30, 90, None)]
    spans = lanes(History((ran(5), ran(90))), at(0), at(95), HOLDS)[ALL]
    assert [(gap.begin, gap.end) for gap in gaps(spans)] == [(at(35), at(90))]


def test_rpc_speaks_for_its_own_check_alone_and_not_against_what_we_found() -> None:
    runs = (ran(0, CRITICAL, "rpc_answers"), rpc(10, OK), ran(15, OK, "rpc_answers"))
    assert lane(*runs, until=20, check="rpc_answers") == [(0, 15, CRITICAL), (15, 20, OK)]
    assert lane(rpc(0, OK), until=40, check="rpc_answers") == [(0, 30, OK), (30, 40, None)]
    assert lane(rpc(0, OK), until=40, check=ALL) == [(0, 40, None)]
    assert lane(rpc(0, CRITICAL), rpc(9, OK), until=20, check="rpc_answers") == [
        (0, 9, CRITICAL),
        (9, 20, OK),
    ]


def test_check_that_a_verification_does_not_name_any_more_is_not_verified() -> None:
    runs = (ran(0, OK, "an_old_check"), ran(15))
    assert lane(*runs, until=20, check="an_old_check") == [(0, 15, OK), (15, 20, None)]


def test_availability_adds_up_and_unknown_counts_against_it() -> None:
    runs = (ran(0), ran(15, WARNING), ran(30, UNKNOWN), ran(45, CRITICAL), ran(60))
    spans = lanes(History(runs), at(-10), at(100), HOLDS)[CHECK]
    found = availability(spans)
    quarter = timedelta(minutes=15)
    assert (found.warning, found.unknown, found.critical) == (quarter, quarter, quarter)
    assert found.ok == timedelta(minutes=45)
    assert found.unverified == timedelta(minutes=20)
    assert found.share == 60 / 90
    assert availability(()).share is None
    assert availability([Span(at(0), at(5), None)]).share is None


def test_bars_show_the_worst_of_a_slot_and_how_much_of_it_was_verified() -> None:
    runs = (ran(0), ran(15), ran(20, CRITICAL), ran(25), ran(150))
    spans = lanes(History(runs), at(0), at(165), HOLDS)[CHECK]
    assert bars(spans, timedelta(minutes=60)) == (
        Bar(CRITICAL, 55 / 60),
        Bar(None, 0.0),
        Bar(OK, 15 / 45),
    )
    assert bars((), timedelta(hours=1)) == ()


def test_ninety_days_are_counted_in_a_moment() -> None:
    quarters = range(0, 90 * 24 * 60, 15)
    checks = {f"check_{n}": OK for n in range(20)}
    runs = [Run(str(m), at(m), VERIFICATION, OK, checks) for m in quarters]
    runs += [rpc(m, OK) for m in quarters]
    history = History(tuple(sorted(runs, key=lambda run: run.at)))
    assert history.known
    began = process_time()
    found = lanes(history, at(0), at(90 * 24 * 60), HOLDS)
    assert incidents(history) == ()
    spent = process_time() - began
    assert len(found) == 22
    assert spent < 0.5, spent


def test_report_without_wrong_rows_reaches_nowhere() -> None:
    assert Report((), at(0), 0, 7).reach() is None
    assert Reach.from_json({"rows": {"x": "y"}, "first": "", "last": 3}) is None
    kept = Reach({("sessions", "wrong month"): 3}, at(0), at(9))
    assert Reach.from_json(kept.to_json()) == kept


def test_row_that_a_verification_makes_the_rpc_write_is_no_run_of_its_own() -> None:
    found = ran(15, CRITICAL, "rpc_answers")
    runs = (ran(0), rpc(14.99, CRITICAL), found, rpc(20, CRITICAL), ran(30))
    assert only(*runs).first == found
    assert [run.id for run in History(runs).independent] == ["run 0", "run 15", "rpc 20", "run 30"]


def test_rows_that_warned_before_tell_nothing_of_when_it_broke() -> None:
    bad = Reach({("sessions", "older wrong keys"): 7}, at(-9_000), at(-8_000))
    warned = Run("a", at(0), VERIFICATION, WARNING, {CHECK: WARNING})
    broken = Run("b", at(15), VERIFICATION, CRITICAL, {CHECK: CRITICAL}, reach=bad)
    (found,) = incidents(History((warned, broken)))
    assert found.detected is None
    assert found.within == timedelta(minutes=15)
    (found,) = incidents(History((replace(warned, status=OK, checks={CHECK: OK}), broken)))
    assert found.detected == timedelta(minutes=9_015)


def test_incident_of_a_fire_drill_says_so_and_the_next_one_does_not() -> None:
    began, repaired = (Deed("", at(m), DRILL, m == 40, {"drill": "x"}) for m in (14, 40))
    runs = (ran(0), ran(15, CRITICAL), ran(41), ran(60, CRITICAL), ran(75))
    staged, real = incidents(History(runs, deeds=(began, repaired)))
    assert (staged.staged, real.staged) == (True, False)
    assert wording.what(replace(staged, worst="the events guard is missing")) == (
        "Fire drill: the events guard is missing"
    )


def test_rows_that_were_wrong_before_it_was_seen_are_dated() -> None:
    bad = Reach({("sessions", "wrong keys"): 12}, at(6), at(9))
    found = only(ran(0), ran(15, CRITICAL, reach=bad), ran(53))
    assert wording.span(found).endswith(", 38 min; rows were wrong from 12:06")
