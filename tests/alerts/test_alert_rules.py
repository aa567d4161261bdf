"""Is it said when it must be, and not once more? Made-up runs: the rules are pure."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest
from hypothesis import given, settings
from hypothesis import strategies as some

from lib.core.errors import SettingInvalid
from lib.core.remedies import statements
from lib.core.results import CheckResult, Finding, Report, Status
from lib.history.history import VERIFICATION, Run
from lib.settings.alert_settings import AlertSettings
from lib.settings.settings import load
from lib.watch import schedule
from lib.watch.alerts import texts
from lib.watch.alerts.rules import Event, Kind, Said, decide, recent, uncertain
from lib.watch.changes import doubted

OK, WARNING, UNKNOWN, CRITICAL = Status
RULES = AlertSettings()
START = datetime(2026, 11, 24, 12, tzinfo=UTC)


def at(minutes: float) -> datetime:
    return START + timedelta(minutes=minutes)


def ran(minutes: float, **checks: Status) -> Run:
    """A verification: guard_triggers and maintenance are ok unless told otherwise."""
    found = {"guard_triggers": OK, "maintenance": OK} | checks
    return Run(f"run {minutes}", at(minutes), VERIFICATION, max(found.values()), found)


def told(minutes: float, kind: Kind = "open", **checks: Status) -> Said:
    return Said(UUID(int=1), kind, at(minutes), at(0), checks or {"guard_triggers": CRITICAL})


def kind(*runs: Run, said: Said | None = None, rules: AlertSettings = RULES) -> str | None:
    """What is to be said half a minute after the last of these runs?"""
    event = decide(runs, said, rules, runs[-1].at + timedelta(seconds=30))
    return event.kind if event else None


BROKEN = {"guard_triggers": CRITICAL}


def test_one_failure_is_uncertain_and_two_of_the_same_check_are_told() -> None:
    assert kind(ran(0), ran(15, **BROKEN)) is None
    assert uncertain([ran(0), ran(15, **BROKEN)], None, RULES)
    assert kind(ran(0), ran(15, **BROKEN), ran(16, guard_triggers=UNKNOWN)) == "open"
    assert not uncertain([ran(15, **BROKEN), ran(16, **BROKEN)], None, RULES)
    assert kind(ran(0, **BROKEN), ran(15), ran(16, **BROKEN)) is None, "not consecutive"
    assert kind(ran(0, **BROKEN), ran(15, maintenance=CRITICAL)) is None, "two checks, once each"


@pytest.mark.parametrize("after", [1, 3])
def test_how_many_failures_is_a_setting(after: int) -> None:
    rules = replace(RULES, after=after)
    runs = [ran(0), *(ran(number, **BROKEN) for number in range(1, after + 1))]
    assert kind(*runs, rules=rules) == "open"
    assert kind(*runs[:-1], rules=rules) is None


def test_warning_and_ok_are_not_told() -> None:
    runs = [ran(number, maintenance=WARNING) for number in range(4)]
    assert kind(*runs) is None
    assert not uncertain(runs, None, RULES)
    assert decide([], None, RULES, START) is None


def test_what_was_told_is_not_told_again_until_it_is_over() -> None:
    runs = [ran(0), ran(1, **BROKEN), ran(2, **BROKEN)]
    said = told(2.1)
    assert kind(*runs, said=said) is None
    assert kind(*runs, ran(15, **BROKEN), said=said) is None
    assert not uncertain([*runs, ran(15, **BROKEN)], said, RULES)
    assert kind(*runs, ran(15), said=said) == "recovery"
    over = told(15.1, "recovery")
    assert kind(*runs, ran(15), said=over) is None
    assert kind(*runs, ran(15), ran(30), said=over) is None
    assert kind(ran(15), ran(30, **BROKEN), ran(31, **BROKEN), said=over) == "open"


def test_copy_that_knows_less_than_was_told_says_nothing() -> None:
    assert kind(ran(0), said=told(2.1)) is None, "it was ok before another copy told the break"
    assert kind(ran(1, **BROKEN), ran(2, **BROKEN), said=told(15.1, "recovery")) is None


def test_unknown_counts_as_failure_and_its_turn_to_critical_is_news() -> None:
    blind = {"row_visibility": UNKNOWN}
    runs = [ran(0, **blind), ran(1, **blind)]
    assert kind(*runs) == "open"
    said = told(1.1, row_visibility=UNKNOWN)
    once = ran(2, **blind, **BROKEN)
    assert kind(*runs, once, said=said) is None
    assert uncertain([*runs, once], said, RULES)
    assert kind(*runs, once, ran(3, **blind, **BROKEN), said=said) == "more"
    assert kind(*runs, once, ran(3, **blind, **BROKEN), said=replace(said, at=at(3.1))) is None


def test_rows_that_follow_from_what_was_told_are_no_news_but_another_guard_is() -> None:
    said = told(1.1)
    follows = BROKEN | {"wrong_keys": CRITICAL, "rpc_answers": CRITICAL}
    assert kind(ran(1, **BROKEN), ran(2, **follows), ran(3, **follows), said=said) is None
    worse = follows | {"partition_coverage": CRITICAL}
    assert kind(ran(1, **BROKEN), ran(2, **worse), ran(3, **worse), said=said) == "more"


def test_guard_that_breaks_again_while_its_rows_are_still_wrong_is_news() -> None:
    rows = {"wrong_keys": CRITICAL}
    said = told(1.1, guard_triggers=CRITICAL, wrong_keys=CRITICAL)
    runs = [ran(1, **rows, **BROKEN), ran(2, **rows)]
    assert kind(*runs, said=said) is None, "it is not over"
    again = [ran(3, **rows, **BROKEN), ran(4, **rows, **BROKEN)]
    assert kind(*runs, *again, said=said) == "more"


RAN = some.fixed_dictionaries({"guard_triggers": some.sampled_from(Status)})
CONSIDERED = some.integers(0, 3)  # by a copy that does not know so many of the last runs yet


@settings(max_examples=150, deadline=None)
@given(some.lists(RAN | CONSIDERED, max_size=40), RAN)
def test_copies_that_know_more_or_less_tell_in_order_and_end_up_right(
    story: list[dict[str, Status] | int], end: dict[str, Status]
) -> None:
    runs: list[Run] = []
    said, kinds = None, []
    for minute, step in enumerate([*story, end, 0, end, 0, end, 0]):
        if isinstance(step, dict):
            runs.append(ran(minute, **step))
            continue
        event = decide(runs[: len(runs) - step], said, RULES, at(minute))
        if event is not None:
            said = Said(UUID(int=1), event.kind, at(minute), at(0), event.wrong)
            kinds.append(event.kind)
    wrong = end["guard_triggers"] >= UNKNOWN
    assert wrong == (said is not None and said.open)
    assert "reminder" not in kinds
    told = "".join(kind[0] for kind in kinds)
    assert re.fullmatch("(om*r)*(om*)?", told), kinds


def test_reminder_after_a_time_and_never_where_that_is_set() -> None:
    runs = [ran(number, **BROKEN) for number in (1, 2, 242)]
    assert kind(*runs, said=told(2.1)) == "reminder"
    assert kind(*runs, said=told(3)) is None
    assert kind(*runs, said=told(2.1), rules=replace(RULES, reminder=None)) is None


def test_old_runs_do_not_speak_of_this_moment() -> None:
    runs = [ran(1, **BROKEN), ran(2, **BROKEN)]
    assert recent(runs, at(31), timedelta(minutes=30)) == runs
    assert recent(runs, at(33), timedelta(minutes=30)) == ()


def test_row_of_an_older_shape_counts_by_its_status() -> None:
    bare = [replace(ran(number), checks={}, status=CRITICAL) for number in (1, 2)]
    assert kind(*bare) == "open"
    assert kind(*bare, ran(3), said=told(2.1)) == "recovery"


def seen(**checks: Status) -> Report:
    results = (CheckResult(name, (Finding(name, said, ""),), "") for name, said in checks.items())
    return Report(tuple(results), at(1), 5, 7)


def test_refresh_asks_for_a_verification_only_where_it_sees_something_else() -> None:
    fine, broken = seen(guard_triggers=OK, maintenance=OK), seen(**BROKEN, maintenance=OK)
    assert not doubted(seen(guard_triggers=OK, maintenance=WARNING, new=CRITICAL), fine)
    assert doubted(seen(guard_triggers=CRITICAL), fine) == {("guard_triggers", True)}
    assert doubted(seen(guard_triggers=OK), broken) == {("guard_triggers", False)}
    assert not doubted(seen(guard_triggers=UNKNOWN), broken)


def test_what_is_run_once_more_has_the_same_slot_in_every_copy_and_none_of_the_schedule() -> None:
    for second, slot in ((0, 10), (10, 10), (10.5, 30), (31, 50), (51, 70)):
        found = schedule.again(START + timedelta(seconds=second))
        assert found == START + timedelta(seconds=slot)


def window(text: str, *moments: str) -> list[bool]:
    (found,) = load({"WATCHTOWER_MAINTENANCE_WINDOWS": text}, {}).alerts.windows
    return [found.holds(datetime.fromisoformat(moment)) for moment in moments]


def test_message_names_what_somebody_named_on_one_line() -> None:
    drop = statements('drop trigger "x\ny" on t;')
    found = Finding("t", CRITICAL, "x\r\nSubject: \u202ey 触 is missing", drop)
    report = Report((CheckResult("a", (found,), ""),), START, 1, 7)
    event = Event("open", ran(0, a=CRITICAL), {"a": CRITICAL})
    message = texts.told(event, texts.Known("db", None, START, report=report), START)
    assert message.title == "Partition Watchtower: critical: X Subject: \\u202ey 触 is missing"
    assert 'drop trigger U&"x\\+00000ay" on t;' in message.body, "an indent is no part of it"


def test_message_has_the_headline_in_its_title_and_the_whole_sentence_below() -> None:
    gone = Finding("t", CRITICAL, "trg is missing on public.t", headline="the t guard is missing")
    late = Finding("u", WARNING, "public.u is late")
    blind = Finding("v", UNKNOWN, "rows of v may be hidden", headline="rows of v may be hidden")
    event = Event("open", ran(0, a=CRITICAL), {"a": CRITICAL})

    def said(*findings: Finding) -> tuple[str, str]:
        report = Report((CheckResult("a", findings, ""),), START, 1, 7)
        message = texts.told(event, texts.Known("db", None, START, report=report), START)
        return message.title.rpartition(": ")[2], message.body.splitlines()[0]

    assert said(gone) == ("The t guard is missing", "What: Trg is missing on public.t.")
    assert said(gone, late)[1] == "What: Trg is missing on public.t. Also found: 1 warning."
    assert said(blind) == ("Rows of v may be hidden", "What: Rows of v may be hidden.")


def test_maintenance_window_goes_by_the_clocks_of_its_zone() -> None:
    summer, winter = "2026-07-05T00:30Z", "2026-12-06T00:30Z"  # Sundays, 02:30 and 01:30 there
    assert window("Sun 02:00-04:00 Europe/Berlin", summer, winter) == [True, False]
    night = ("2026-11-27T23:30Z", "2026-11-28T00:59Z", "2026-11-28T01:00Z", "2026-11-29T00:30Z")
    assert window("Mon-Fri 23:00-1:00 UTC", *night) == [True, True, False, False]
    assert window("sat,SUN 3:00-03:15 UTC", "2026-11-28T03:14Z", "2026-11-27T03:00Z") == [
        True,
        False,
    ]
    assert window("daily 03:00-03:15 UTC", "2026-11-27T03:00Z") == [True]


def test_whole_day_is_written_as_the_refusal_says() -> None:
    """A window ends before its end."""
    with pytest.raises(SettingInvalid) as refused:
        window("daily 00:00-00:00 UTC")
    halves = re.findall(r"\d\d:\d\d-\d\d:\d\d", str(refused.value))
    day = [f"2026-11-27T{clock}Z" for clock in ("00:00", "11:59:59", "12:00", "23:59:59.9")]
    open_in = zip(*(window(f"Fri {half} UTC", *day) for half in halves), strict=True)
    assert [any(each) for each in open_in] == [True] * 4


def test_nothing_is_said_in_a_maintenance_window_and_what_lasts_is_said_after_it() -> None:
    rules = load({"WATCHTOWER_MAINTENANCE_WINDOWS": "daily 12:00-12:10 UTC"}, {}).alerts
    runs = [ran(1, **BROKEN), ran(2, **BROKEN)]
    assert kind(*runs, rules=rules) is None
    assert kind(*runs, ran(15, **BROKEN), rules=rules) == "open"


@pytest.mark.parametrize(
    "text", ["Sun", "Sun 2-4 UTC", "Someday 02:00-04:00 UTC", "Sun 25:00-26:00 UTC",
             "Sun 02:00-04:00 Nowhere/At_all", "Sun 02:00-04:00"],
)  # fmt: skip
def test_window_that_means_nothing_is_said(text: str) -> None:
    with pytest.raises(SettingInvalid, match="WATCHTOWER_MAINTENANCE_WINDOWS"):
        load({"WATCHTOWER_MAINTENANCE_WINDOWS": text}, {})


def test_other_settings_of_the_alerts() -> None:
    environ = {
        "WATCHTOWER_ALERT_AFTER": "3",
        "WATCHTOWER_ALERT_REMINDER": "0",
        "WATCHTOWER_ADDRESS": "https://watch.example.org/sub/",
    }
    found = load(environ, {}).alerts
    assert (found.after, found.reminder) == (3, None)
    assert found.address == "https://watch.example.org/sub"
    assert load({}, {}).alerts.reminder == timedelta(hours=4)
    for wrong in ("watch.example.org", "ftp://x", "https://", "http://[x"):
        with pytest.raises(SettingInvalid, match="WATCHTOWER_ADDRESS"):
            load({"WATCHTOWER_ADDRESS": wrong}, {})
    with pytest.raises(SettingInvalid, match="WATCHTOWER_ALERT_AFTER"):
        load({"WATCHTOWER_ALERT_AFTER": "0"}, {})
