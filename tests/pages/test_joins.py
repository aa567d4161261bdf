"""Does the Joins page say exactly how many events a joined report loses, on which days, and why?"""

from __future__ import annotations

from contextlib import closing
from datetime import UTC, date, datetime, timedelta

import pandas as pd
from streamlit.testing.v1 import AppTest

from lib import verification
from lib.core.results import Report
from lib.core.words import number, share
from lib.db.database import Database as Connection
from lib.settings.settings import parse_url
from lib.watch.snapshot import Snapshot
from tests.pages.conftest import Show, known, look, text
from tests.pages.test_states import BREAK
from tests.servers import ROOT, Database

UNREADABLE = "revoke select (created_at) on public.events from watchtower"


def rows(database: Database, window_days: int) -> Report:
    """What the watch reads of another window."""
    with closing(Connection(parse_url("x", database.role_url))) as connection:
        return verification.rows(connection, window_days=window_days)


def written(database: Database, days: int) -> int:
    """How many events are there since so many days ago, from midnight UTC?"""
    found = database.value(
        "select count(*) from public.events where created_at at time zone 'UTC' >="
        " date_trunc('day', now() at time zone 'UTC') - %s * interval '1 day'",
        [days],
    )
    assert isinstance(found, int)
    return found


def metrics(test: AppTest) -> dict[str, str]:
    return {metric.label: metric.value for metric in test.metric}


def days(test: AppTest) -> pd.DataFrame:
    return next(frame.value for frame in test.dataframe if "joined" in frame.value)


def test_healthy_says_that_all_are_found(show: Show, database18: Database) -> None:
    test = show("joins", known(look(database18)))
    said, total = text(test), number(written(database18, 7))
    assert f"**A report joined on these keys finds all {total} events.**" in said
    assert metrics(test) == {
        "Join rate": "100.0 %",
        "Session found": total,
        "In another month": "0",
        "No session": "0",
    }
    assert "What repairs it" not in said
    assert "Which rows" not in said
    assert len(days(test)) == 8, "today, and seven whole days"
    assert days(test)["day"].is_monotonic_decreasing


def test_page_does_not_soothe_while_a_guard_is_gone(show: Show, database18: Database) -> None:
    database18.execute("drop trigger events_set_session_month_from_session on public.events")
    said = text(show("joins", known(look(database18))))
    assert "A report joined on these keys finds all" in said
    assert "**The events guard is missing" in said


def test_lost_events_are_counted_dated_and_explained(show: Show, database18: Database) -> None:
    database18.execute(BREAK)
    test = show("joins", known(look(database18)))
    total, said = written(database18, 7), text(test)
    frame = days(test)
    lost = sorted(day for day, count in zip(frame["day"], frame["lost"], strict=True) if count)
    from pages.parts import per_day

    words = f"loses 37 of {number(total)} events ({share(37, total)}), {per_day.named(lost)}."
    assert f"**A report joined on these keys {words}**" in said
    assert metrics(test)["Join rate"] == share(total - 37, total)
    assert (metrics(test)["In another month"], metrics(test)["No session"]) == ("30", "7")
    assert (frame["wrong_month"].sum(), frame["orphans"].sum(), frame["lost"].sum()) == (30, 7, 37)
    assert "What repairs it" in said
    month = database18.value("select max(session_month) - interval '2 months' from public.events")
    assert f"The month key says {month:%B %Y}" in said
    (ids,) = database18.rows(
        "select array_agg(e.id::text) from public.events as e where not exists"
        " (select from public.sessions as s where s.id = e.session_id)"
    )
    shown = [code.value.split("\n") for code in test.code]
    assert any(len(sample) == 5 and set(sample) <= set(ids[0]) for sample in shown)


def test_sql_is_the_one_used_and_finds_the_same(show: Show, database18: Database) -> None:
    database18.execute(BREAK)
    test = show("joins", known(look(database18)))
    how_many, why = [code.value for code in test.code if "from public.events as e" in code.value][
        -2:
    ]
    assert not how_many.startswith("--")
    assert sum(row[1] - row[2] for row in database18.rows(how_many)) == 37
    assert sum(row[2] for row in database18.rows(why)) == 37


def test_what_could_not_be_read_is_said_and_never_a_number(
    show: Show, database18: Database
) -> None:
    database18.execute(UNREADABLE)
    test = show("joins", known(look(database18)))
    said = text(test)
    assert ":violet-badge[:material/help: unknown] public.events joined" in said.replace("\\", "")
    assert "**Not known: permission denied" in said
    assert not test.metric
    assert "finds all" not in said


def test_rows_that_may_be_hidden_prove_no_rate(show: Show, database18: Database) -> None:
    database18.execute(
        "create policy half on public.events as restrictive for select to watchtower"
        " using (extract(minute from created_at)::int % 2 = 0)"
    )
    test = show("joins", known(look(database18)))
    assert "**Not known:" in text(test)
    assert not test.metric


def test_without_events_a_longer_window_is_offered(show: Show, database18: Database) -> None:
    database18.execute("truncate public.events")
    said = text(show("joins", known(look(database18))))
    assert "## No events were written" in said
    assert "A longer window may hold some." in said
    assert "100.0" not in said


def test_stale_answer_is_greyed(show: Show, database18: Database) -> None:
    database18.execute(BREAK)
    old = datetime.now(UTC) - timedelta(hours=2)
    said = text(show("joins", known(look(database18), taken_at=old)))
    assert ":gray-badge[:material/cancel: was critical]" in said
    assert "critical]" not in said.replace("was critical]", "")


def opened(show: Show, snapshot: Snapshot, window: str) -> AppTest:
    """The page as a link with this window opens it."""
    show("status", snapshot)
    test = AppTest.from_file(str(ROOT / "pages" / "_shell.py"), default_timeout=20)
    test.query_params["window"] = window
    test.switch_page("joins.py").run()
    assert not test.exception, test.exception
    return test


def test_another_window_keeps_its_place_while_it_is_read(show: Show, database18: Database) -> None:
    report = look(database18)
    test = opened(show, known(report), "30")
    said = text(test)
    assert "Reading the last 30 days" in said
    assert "The checks behind it" in said
    assert not test.metric
    start = (report.checked_at - timedelta(days=30)).astimezone(UTC)
    assert any(f"{start:%Y-%m-%d} 00:00+00" in code.value for code in test.code)


def test_another_window_is_shown_once_it_is_there(show: Show, database18: Database) -> None:
    views = {30: rows(database18, 30)}
    test = opened(show, known(look(database18), views=views), "30")
    total = number(written(database18, 30))
    assert f"finds all {total} events" in text(test)
    assert len(days(test)) == 31


def test_another_window_that_cannot_be_read_says_why(show: Show, database18: Database) -> None:
    report = look(database18)
    test = opened(show, known(report, trouble="The database at x is gone."), "90")
    assert "**The last 90 days could not be read.**" in text(test)
    database18.execute(UNREADABLE)
    test = opened(show, known(report, views={90: rows(database18, 90)}), "90")
    assert "**Not known: permission denied" in text(test)
    assert any("50_role" in code.value for code in test.code), "what makes it readable again"


def test_rubbish_in_the_address_is_the_usual_window(show: Show, database18: Database) -> None:
    report = look(database18)
    for rubbish in ("foo", "31", "-1", "<script>alert(1)</script>", "7 d", ""):
        assert len(days(opened(show, known(report), rubbish))) == 8, rubbish


def test_days_are_named_shortly() -> None:
    from pages.parts import per_day

    def november(*numbers: int) -> list[date]:
        return [date(2026, 11, day) for day in numbers]

    assert per_day.named(november(17)) == "on 17 Nov"
    assert per_day.named(november(22, 17, 18, 19)) == "on 4 days: 17 – 19 Nov, 22 Nov"
    assert per_day.named([date(2026, 10, 31), *november(1)]) == "on 2 days: 31 Oct – 1 Nov"
    assert per_day.named(november(1, 3, 5, 7, 9)) == "on 5 days from 1 Nov to 9 Nov"


def test_share_is_never_rounded_up_to_all() -> None:
    from pages.parts import per_day

    part, whole = pd.Series([9999, 10000, 0, 2]), pd.Series([10000, 10000, 0, 3])
    shares = list(per_day.percent(part, whole))
    assert shares[:2] == [99.9, 100.0]
    assert pd.isna(shares[2])
    assert shares[3] == 66.6


def test_file_has_every_day_oldest_first(show: Show, database18: Database) -> None:
    from pages.parts import per_day

    report = look(database18)
    test = show("joins", known(report))
    assert [button.label for button in test.get("download_button")] == [
        "Download these days as CSV"
    ]
    lines = per_day.csv(days(test)[::-1]).splitlines()
    assert lines[0].startswith("utc_day,rows,rate,lost,joined,wrong_month,orphans")
    assert lines[-1].startswith(f"{report.checked_at.astimezone(UTC).date()},")
    assert len(lines) == 9
