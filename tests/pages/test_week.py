"""Does Week tell a week in every state, by its address, also with the database gone?"""

from __future__ import annotations

import re
from contextlib import closing
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from streamlit.testing.v1 import AppTest

from lib.core.errors import DatabaseUnreachable, QueryFailed
from lib.core.results import Status
from lib.core.weeks import Week, week_of
from lib.db.database import Database as Connection
from lib.faces.cli import main
from lib.history.history import REFRESH, History, Run
from lib.reports import review
from lib.reports.review import WeekRows, reading
from lib.settings.settings import parse_url
from lib.watch.readers import Weeks
from lib.watch.snapshot import Snapshot
from lib.watch.watch import Watch
from tests.pages.conftest import Show, Watching, known, look, visit
from tests.pages.test_history import broken_for_a_while, connected, remembered, verify, words
from tests.servers import Database
from tests.watching.test_watch import until

MINUTE = timedelta(minutes=1)
SECRET = "a-secret-for-tests"


@pytest.fixture(autouse=True)
def asked(monkeypatch: pytest.MonkeyPatch) -> list[Week]:
    """The weeks that the page asked for: the snapshot of a test holds what was read."""
    found: list[Week] = []
    monkeypatch.setattr(Watch, "review", lambda _, week: found.append(week))
    return found


def this_week() -> Week:
    return week_of(datetime.now(UTC))


def read(database: Database, week: Week) -> WeekRows:
    with closing(connected(database)) as connection:
        return review.read(connection, week, datetime.now(UTC))


def broken_lately(database: Database) -> tuple[Week, datetime]:
    """In which week was it broken for a while, and a moment of it? On a Monday's first: last."""
    now, begun = datetime.now(UTC), datetime.now(UTC) - this_week().start
    ago = begun // MINUTE + 1 if begun < 70 * MINUTE else 0
    broken_for_a_while(database, ago=ago)
    return this_week().later(-1 if ago else 0), now - (35 + ago) * MINUTE


def opened(show: Show, database: Database, week: Week | None = None) -> AppTest:
    """The week of now, or that one, named in the address, with its rows read."""
    rows = read(database, week or this_week())
    test = show("week", remembered(database, weeks={rows.week: rows}))
    return at(test, rows.week)


def at(test: AppTest, week: Week | str) -> AppTest:
    test.query_params["week"] = str(week)
    test.run()
    assert not test.exception, test.exception
    return test


def test_quiet_week_says_what_was_verified_and_what_was_not(
    show: Show, database18: Database
) -> None:
    verify(database18, 0)
    said = words(opened(show, database18))
    assert f"Week {this_week()}" in said
    assert "fine whenever it was verified" in said
    assert "No incident: no run of this week found anything critical or unknown." in said
    assert "months are covered" in said


def test_incident_stands_with_its_times_and_its_note(show: Show, database18: Database) -> None:
    week, red = broken_lately(database18)
    database18.execute(
        "insert into public.watchtower_checks (check_name, ok, details) values"
        " ('partition_watchtower_note', true, jsonb_build_object('about', %s::text, 'text',"
        " 'A *migration* did it', 'by', 'olga@example.org', 'face', 'page'))",
        [red.isoformat()],
    )
    test = opened(show, database18, week)
    said = words(test)
    assert "1 incident: critical for 30 min" in said
    assert "seen 4 min after the first bad row" in said.lower()
    assert "3 rows of sessions" in said
    assert "A *migration* did it" in said
    assert "olga@example.org, on the page" in said
    assert [each.value for each in test.metric][2] == "30 min"
    assert "of 1 incident" in said
    assert "The sessions guard is missing" in said
    assert "trigger sessions_set_created_month on public.sessions is gone" in said.lower()
    assert [button.label for button in test.get("download_button")] == [
        "HTML, prints on two pages",
        "Markdown",
        "CSV",
    ]


def test_every_face_dates_it_by_the_same_rows(
    show: Show,
    database18: Database,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    """Also where this process has seen it right, and wrong again, since the last row."""
    verify(database18, 50)
    database18.execute("drop trigger sessions_set_created_month on public.sessions")
    verify(database18, 20)
    kept = "select min(created_at) from public.watchtower_checks where details ->> 'status' = %s"
    began = database18.value(kept, ["critical"]).astimezone(UTC)
    rows = read(database18, week_of(began))
    snapshot = remembered(database18, weeks={rows.week: rows})
    noticed = tuple(
        Run(f"refresh {ago}", moment, REFRESH, status, {"guard_triggers": status}, lasted=moment)
        for ago, status in ((10, Status.OK), (5, Status.CRITICAL))
        for moment in (datetime.now(UTC) - ago * MINUTE,)
    )
    snapshot = replace(snapshot, history=replace(snapshot.history, noticed=noticed))
    clock = f"{began:%H:%M}"
    since = rf"ince (\d\d \w+ \d{{4}}, )?{clock} UTC"  # with the day, just after midnight
    test = show("status", snapshot)
    assert re.search(rf"\*\*S{since} \(20 min\) · still ok at", words(test))
    said = words(test.switch_page("history.py").run())
    assert re.search(rf"\*\*Under way for 20 min\*\*, s{since}", said)
    said = words(at(test.switch_page("week.py").run(), rows.week))
    assert re.search(rf"since .*{clock}", said)
    monkeypatch.setenv("DATABASE_URL", database18.role_url)
    assert main(["review", "--week", str(rows.week)]) == 0
    assert main(["note", "somebody is at it"]) == 0
    printed = capsys.readouterr().out
    assert re.search(rf"under way since .*{clock}", printed), printed
    assert re.search(rf"Noted on the incident of .*{clock}", printed), printed


def test_week_that_is_not_read_yet_is_said_and_asked_for(
    show: Show, database18: Database, asked: list[Week]
) -> None:
    verify(database18, 5)
    test = show("week", remembered(database18))
    assert f"Reading the week {this_week()}" in words(at(test, this_week()))
    assert asked[-1] == this_week()


def test_how_it_stands_now_is_said_beside_any_week(show: Show, database18: Database) -> None:
    verify(database18, 0)
    fine = words(opened(show, database18))
    assert "All guards hold." in fine
    assert "is ready for sessions and events." in fine
    database18.execute("drop trigger events_set_session_month_from_session on public.events")
    broken = words(opened(show, database18))
    assert "The events guard is missing" in broken
    assert "All guards hold." not in broken
    gone = known(look(database18), trouble="The database is gone.")
    last = words(at(show("week", gone), this_week()))
    assert "unknown] **The database is gone.**" in last
    assert "was critical] The events guard is missing" in last


def test_address_that_is_no_week_or_lies_ahead_is_said(show: Show, database18: Database) -> None:
    rows = read(database18, this_week())
    test = show("week", remembered(database18, weeks={rows.week: rows}))
    for text, why in (
        ("2025-W53", "There is no week 2025-W53"),
        ("<b>", "A week is written 2026-W47"),
        (str(this_week().later(1)), "has not begun"),
        ("2001-W01", "is older than the review reaches"),
    ):
        assert why in words(at(test, text))


def test_buttons_change_the_address(show: Show, database18: Database) -> None:
    verify(database18, 5)
    test = opened(show, database18)
    test.button(key="Previous week").click().run()
    assert test.query_params["week"] == str(this_week().later(-1))
    test.button(key="Next week").click().run()
    assert test.query_params["week"] == str(this_week())
    assert test.button(key="Next week").disabled


def test_with_the_database_gone_what_was_read_stays(show: Show, database18: Database) -> None:
    week, _ = broken_lately(database18)
    rows = replace(read(database18, week), trouble="The database is gone.")
    snapshot = known(look(database18), weeks={rows.week: rows}, trouble="The database is gone.")
    said = words(at(show("week", snapshot), week))
    assert "The database is gone." in said
    assert "This week was read" in said
    assert "1 incident: critical for 30 min" in said


def test_week_that_was_never_read_shows_what_is_in_mind(show: Show, database18: Database) -> None:
    week, _ = broken_lately(database18)
    snapshot = remembered(database18)
    shown: dict[Week, WeekRows] = {}
    Weeks(shown.update, lambda: snapshot.history).want(week, datetime.now(UTC))
    test = show("week", replace(snapshot, weeks=shown))
    said = words(at(test, week))
    assert "The database has not been reached yet." in said
    assert "This is what this copy remembers" in said
    assert "1 incident: critical for 30 min" in said
    assert "some definition was changed; which one cannot be read" in said.lower()


def test_what_was_read_is_kept_when_the_database_goes(
    database18: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    verify(database18, 0)
    shown: dict[Week, WeekRows] = {}
    history = History()
    weeks = Weeks(shown.update, lambda: history)

    def want(moment: datetime) -> WeekRows:
        weeks.want(this_week(), moment)
        weeks.wait(10)
        return shown[this_week()]

    with closing(connected(database18)) as weeks.database:
        first = want(datetime.now(UTC))
        assert len(first.of_the_week()) == 1
        assert want(datetime.now(UTC)) is first, "nothing came in since"
        verify(database18, 0)
        history = remembered(database18).history

        def gone(*_: object) -> WeekRows:
            raise DatabaseUnreachable("gone")

        monkeypatch.setattr(reading, "read", gone)
        later = want(datetime.now(UTC) + timedelta(minutes=1))
        assert (later.trouble, later.history) == ("gone", first.history)
        weeks.want(Week(1999, 1), datetime.now(UTC))
        weeks.wait(10)
        assert list(shown) == [this_week()]


def test_what_could_not_be_read_in_an_outage_is_read_anew_after_it(
    watching: Watching, database18: Database
) -> None:
    """What an outage left unread is no week's and no run's: it is not shown once more after it."""
    verify(database18, 0)
    nowhere = Connection(parse_url("x", "postgresql://x@127.0.0.1:1/x"))
    with watching(database18.role_url, SECRET) as live, closing(nowhere):
        run = until(live, lambda s: s.history.runs and s.report).history.runs[-1].id
        there, live.weeks.database = live.weeks.database, nowhere
        live.runs.database = nowhere

        def failed(known: Snapshot) -> bool:
            live.weeks.want(this_week(), datetime.now(UTC))
            live.open(run)
            return bool(known.weeks and known.opened)

        outage = until(live, failed)
        assert outage.weeks[this_week()].trouble
        assert outage.opened[run].trouble
        live.weeks.database = live.runs.database = there
        live.look_now()
        until(live, lambda s: not s.weeks and not s.opened)
        assert f"Reading the week {this_week()}" in words(at(visit("week"), this_week()))


def test_what_was_read_before_an_outage_is_the_weeks_after_it(database18: Database) -> None:
    verify(database18, 0)
    shown: dict[Week, WeekRows] = {}
    weeks = Weeks(shown.update, History)
    with closing(connected(database18)) as weeks.database:
        weeks.want(this_week(), datetime.now(UTC))
        weeks.wait(10)
    first = shown[this_week()]
    weeks._fail(this_week(), datetime.now(UTC), DatabaseUnreachable("gone"))
    assert shown[this_week()] == replace(first, trouble="gone")
    weeks.reached(datetime.now(UTC))
    assert shown[this_week()] == first
    before = DatabaseUnreachable("an attempt of before that")
    weeks._fail(this_week(), datetime.now(UTC) - MINUTE, before)
    assert shown[this_week()] == first


def test_week_that_cannot_be_read_says_why_while_refreshes_succeed(
    show: Show, database18: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The history takes too long, say, and a refresh does not: the next one comes meanwhile."""
    shown: dict[Week, WeekRows] = {}
    weeks = Weeks(shown.update, History)
    asked: list[Week] = []

    def slow(_: object, week: Week, now: datetime) -> WeekRows:
        asked.append(week)
        weeks.reached(now + MINUTE)
        raise QueryFailed("history/runs", "57014", "it took longer than 2 s")

    monkeypatch.setattr(reading, "read", slow)
    with closing(connected(database18)) as weeks.database:
        for _ in range(3):
            weeks.want(this_week(), datetime.now(UTC))
            weeks.wait(5)
            weeks.reached(datetime.now(UTC))
    assert asked == [this_week()], "not again at once"
    said = words(at(show("week", known(look(database18), weeks=shown)), this_week()))
    assert "The history cannot be read: " in said
    assert "it took longer than 2 s" in said


def test_next_month_is_one_judgement(show: Show, database18: Database) -> None:
    """Today's month is missing too: that is another matter than how the next one stands."""
    database18.execute(
        "do $$ declare part regclass; begin for part in select inhrelid from pg_inherits"
        " where inhparent = 'public.events'::regclass and inhrelid::regclass::text >="
        " 'events_' || to_char(now() at time zone 'UTC', 'YYYY_MM') and inhrelid::regclass::text"
        " ~ '[0-9]$' loop execute format('alter table events detach partition %s', part); end loop;"
        " end $$"
    )
    verify(database18, 0)
    test = opened(show, database18)
    (said,) = {word for word in ("warning", "critical") if word in test.metric[3].value}
    month = test.metric[3].label
    assert f"{said}] {month} has no partition in events." in words(test)


def test_note_is_kept_from_the_incidents_card_by_whoever_may(
    watching: Watching, database18: Database
) -> None:
    broken_for_a_while(database18)
    with watching(database18.role_url, SECRET) as live:
        until(live, lambda s: s.history.runs and s.report)
        test = visit("history")
        (area,) = test.text_area
        about = area.key.removeprefix("note ").removesuffix(" text")
        area.set_value("Who <dropped> it?").run()
        test.text_input(key=f"note {about} secret").set_value("wrong")
        submit(test)
        assert test.error
        assert database18.value(NOTES) == 0
        test.text_input(key=f"note {about} secret").set_value(SECRET)
        submit(test)
        until(live, lambda s: s.history.deeds)
        assert "Who <dropped> it?" in words(test.run())
        assert "someone with the secret, on the page" in words(test)
    assert database18.value(NOTES) == 1


NOTES = (
    "select count(*) from public.watchtower_checks where check_name = 'partition_watchtower_note'"
)


def submit(test: AppTest) -> None:
    (button,) = (each for each in test.button if each.label == "Keep the note")
    button.click().run()
    assert not test.exception, test.exception
