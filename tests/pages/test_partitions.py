"""Does Partitions say which months are there, how large they are, and who makes the next?"""

from __future__ import annotations

from contextlib import closing
from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta
from typing import Any
from xml.etree import ElementTree

import pandas as pd
import pytest
from streamlit.testing.v1 import AppTest

from lib import verification
from lib.core.periods import MONTHS
from lib.core.remedies import shown
from lib.core.results import CheckResult, Finding, Report, Row, Status
from lib.db.database import Database as Connection
from lib.remedies.new_months import make_months
from lib.remedies.remedies import grants
from lib.reports.drawing import charts, coverage, sizes
from lib.settings.settings import parse_url
from tests.guards import EVENTS
from tests.pages.conftest import Show, known, look, text
from tests.servers import ROOT, SUPERUSER, Database


def today() -> date:
    """The first day of the current month."""
    return MONTHS.at(datetime.now(UTC))


def coming() -> date:
    """That of the next one."""
    return MONTHS.after(today())


def away(months: int) -> date:
    """The first day of a month, counted from the current one."""
    month = today()
    year, place = divmod(month.year * 12 + month.month - 1 + months, 12)
    return date(year, place + 1, 1)


def named(table: str, months: int) -> str:
    return f"public.{table}_{away(months):%Y_%m}"


def looked_at(database: Database, moment: datetime) -> Report:
    """What a refresh at that moment would find."""
    with closing(Connection(parse_url("x", database.role_url))) as connection:
        return verification.refresh(connection, now=moment)


def changed(report: Report, check: str, **changes: Any) -> Report:
    checks = (replace(c, **changes) if c.check == check else c for c in report.checks)
    return replace(report, checks=tuple(checks))


def metrics(test: AppTest) -> dict[str, str]:
    return {metric.label: metric.value for metric in test.metric}


def listed(test: AppTest) -> pd.DataFrame:
    """The table of partitions and gaps."""
    return next(frame.value for frame in test.dataframe if "row_security" in frame.value)


def alts(test: AppTest) -> list[str]:
    tables = [drawn(html.proto.body).attrib["aria-label"] for html in test.get("html")]
    return [*tables, *(chart.proto.alt for chart in test.get("plotly_chart"))]


def drawn(picture: str) -> ElementTree.Element:
    """A drawing of the coverage: one table, well-formed."""
    return ElementTree.fromstring(picture)


def names(picture: str) -> list[str | None]:
    """What stands before each row?"""
    return [cell.text for cell in drawn(picture).findall("tr/th[@scope='row']")]


def squares(picture: str) -> list[ElementTree.Element]:
    """The cells of the months that there are."""
    return drawn(picture).findall("tr/td[@title]")


def observed(report: Report) -> dict[tuple[str, date], tuple[str, str]]:
    """State and status of each month, as the charts have them."""
    from pages.parts import partition_frames

    frame = partition_frames.months(report)
    return {(r.table, r.month): (r.state, r.status) for r in frame.itertuples()}


def test_healthy_page_is_calm_and_complete(show: Show, database18: Database) -> None:
    test = show("partitions", known(look(database18)))
    said = text(test)
    assert f"sessions and events: ready through {away(3):%B %Y}" in said
    assert "critical" not in said
    assert metrics(test)["in no month's partition"] == "0 rows"
    countdown = metrics(test)[f"until {coming():%B %Y}"]
    assert ":" not in countdown, "no colour while all is well"
    frame = listed(test)
    assert len(frame) == 38
    assert set(frame["state"]) == {"– DEFAULT", "✓ future", "✓ present"}
    assert set(frame["row_security"]) == {"✓ on"}
    assert any(alt.startswith("events: about ") and "18 partitions" in alt for alt in alts(test))
    assert sum(" is covered" in alt for alt in alts(test)) == 2
    for word in ("present", "future, hollow", "missing", "DEFAULT only", "detached", "foreign"):
        assert word in said


def test_table_in_the_address_leaves_the_other_out(show: Show, database18: Database) -> None:
    report = look(database18)
    test = show("status", known(report))
    test.query_params["table"] = "events"
    test.switch_page("partitions.py").run()
    assert not test.exception
    assert all("events" in relation for relation in listed(test)["relation"])
    assert all(alt.startswith("events: ") for alt in alts(test))
    assert len(alts(test)) == 2


@pytest.mark.parametrize(
    ("before", "colour", "word"),
    [(timedelta(days=20), "orange", "warning"), (timedelta(hours=71), "red", "critical")],
)
def test_missing_next_month_turns_red_in_the_last_three_days(
    show: Show, database18: Database, before: timedelta, colour: str, word: str
) -> None:
    database18.execute(f"drop table {named('events', 1)}")
    turn = datetime.combine(coming(), time(), UTC)
    report = looked_at(database18, turn - before)
    test = show("partitions", known(report))
    assert metrics(test)[f"until {coming():%B %Y}"].startswith(f":{colour}[")
    said = text(test)
    assert "events: no partition for it" in said
    assert f"sessions: ready through {away(3):%B %Y}" in said
    month = coming()
    assert shown(make_months(EVENTS, month, month)) in [code.value for code in test.code]
    assert observed(report)["events", coming()] == ("default only", word)
    gaps = listed(test)
    assert list(gaps[gaps["relation"] == "none"]["state"]) == ["! DEFAULT only"]


def test_detached_and_foreign_months_are_told_from_missing_ones(
    show: Show, database18: Database
) -> None:
    half = named("sessions", -8)
    database18.execute(
        f"alter table public.events drop constraint fk_events_session, drop constraint events_pkey;"
        f"alter table public.events detach partition {named('events', -5)};"
        f"drop table {named('events', -6)}"
    )
    database18.execute(
        "create foreign data wrapper nowhere; create server cold foreign data wrapper nowhere;"
        f"create foreign table {named('events', -20)} partition of public.events"
        f" for values from ('{away(-20)}') to ('{away(-14)}') server cold;"
        "update pg_catalog.pg_inherits set inhdetachpending = true"
        f" where inhrelid = '{half}'::regclass",
        user=SUPERUSER,
    )
    report = look(database18)
    states = observed(report)
    assert states["events", away(-5)] == ("detached", "warning")
    assert states["events", away(-6)] == ("default only", "warning")
    assert states["events", away(-20)] == ("foreign", "unknown")
    assert states["events", away(-15)] == ("foreign", "unknown")
    assert states["sessions", away(-8)] == ("detached", "critical")
    assert states["sessions", away(-5)] == ("present", "ok")
    frame = listed(show("partitions", known(report))).set_index("relation")
    assert frame.loc[named("events", -5), "state"] == "≠ detached"
    assert frame.loc[named("events", -20), "state"] == "↗ foreign table"
    assert (frame.loc[half, "state"], frame.loc[half, "low"]) == ("≠ detached", str(away(-8)))


def test_detached_table_of_a_month_nobody_needs_is_shown_too(database18: Database) -> None:
    database18.execute(
        f"alter table public.events detach partition {named('events', -14)};"
        f"alter table public.sessions detach partition {named('sessions', -14)}"
    )
    assert observed(look(database18))["events", away(-14)] == ("detached", "warning")


def test_lone_partition_of_2001_makes_no_chart_wider(show: Show, database18: Database) -> None:
    from pages.parts import partition_frames

    database18.execute(
        "create table public.events_2001_05 partition of public.events"
        " for values from ('2001-05-01') to ('2001-06-01')"
    )
    report = look(database18)
    months, partitions = partition_frames.months(report), partition_frames.partitions(report)
    own = months[months["table"] == "events"]
    assert len(own) > 290
    calendar = coverage.calendar(own, today(), "")
    assert len(names(calendar)) <= 6
    assert any("DEFAULT only" in str(square.text) for square in squares(calendar))
    events = partition_frames.bounded(partitions[partitions["table"] == "events"])
    bars = sizes.rows_and_size(events, own)
    assert bars.layout.xaxis.range[1] < 25
    assert len(bars.data[0].x) == 19
    gap = listed(show("partitions", known(report)))
    gap = gap[gap["relation"] == "none"]
    assert list(gap["low"]) == ["2001-06-01"], "one row for the whole gap"


def test_divided_month_counts_its_parts(database18: Database) -> None:
    from pages.parts import partition_frames

    whole = sum(rows_in(database18).values())
    database18.execute((ROOT / "sql/variants/sub-partitioned-month.sql").read_text("utf-8"))
    database18.execute("analyze public.events")
    partitions = partition_frames.partitions(look(database18))
    own = partition_frames.bounded(partitions[partitions["table"] == "events"])
    assert partitions["part_of"].notna().sum() > 0
    assert own["rows"].sum() == whole


def rows_in(database: Database) -> dict[str, int]:
    (count,) = database.rows("select count(*) from public.events")[0]
    return {"public.events": count}


def test_rows_in_default_say_which_month_and_what_to_do(show: Show, database18: Database) -> None:
    database18.execute(
        "alter table public.events drop constraint fk_events_session;"
        f"drop table {named('events', -3)};"
        "insert into public.events"
        " (id, session_month, session_id, site_id, url, created_at, event_category)"
        f" select gen_random_uuid(), null, s.id, s.site_id, '/', '{away(-3)} 12:00+00', 'page_view'"
        " from (select id, site_id from public.sessions"
        f" where created_month = '{away(-3)}' limit 1) as s, generate_series(1, 1203)"
    )
    test = show("partitions", known(look(database18)))
    assert "1,203 rows" in metrics(test)["in no month's partition"]
    assert "events: 1,203 rows, 0 recent" in text(test)
    frame = next(f.value for f in test.dataframe if "what_to_do" in f.value)
    (row,) = frame.to_dict("records")
    assert (row["rows"], row["key"], row["clock"]) == (1203, *[f"{away(-3):%b %Y}"] * 2)
    assert row["what_to_do"].startswith("make the partition")


def job(**changes: Any) -> Row:
    return {
        "name": "maintain-partitions",
        "schedule": "0 3 25 * *",
        "active": True,
        "last_status": "succeeded",
        "last_end": datetime.now(UTC) - timedelta(days=3, minutes=5),
        "calls_routine": True,
        **changes,
    }


def test_job_says_when_and_how_it_last_ran(show: Show, database18: Database) -> None:
    report = look(database18)
    seen = {**report["maintenance"].tables, "job": (job(),)}
    said = text(show("partitions", known(changed(report, "maintenance", tables=seen))))
    assert "Monthly, on day 25 at 03:00 (`0 3 25 * *`)" in said
    assert "Active, last run succeeded 3 d ago" in said
    assert "It is not known what makes" not in said
    seen["job"] = (job(active=False, last_status=None, last_end=None, never_any=True),)
    found = (Finding("maintain-partitions", Status.WARNING, "it is not active"),)
    off = changed(report, "maintenance", tables=seen, findings=found, summary="It is not active")
    said = text(show("partitions", known(off)))
    assert "Switched off, has not run yet" in said
    assert ":orange[:material/error:] It is not active." in said


def test_nobody_knows_says_what_would_help(show: Show, database18: Database) -> None:
    report = look(database18)
    test = show("partitions", known(report))
    said = text(test).replace("\\", "")
    assert ":green[:material/check_circle:] pg_cron is not installed here; whether" in said
    assert "none seen" not in said, "ok is ok on every page"
    assert "call `create_next_month_partitions()` once a month" in text(test)
    right = ("execute on function public.watchtower_maintenance_job()", "watchtower")
    grant = shown(grants([right]))
    hidden = CheckResult(
        "maintenance",
        (Finding("maintain-partitions", Status.WARNING, "the role may not look", grants([right])),),
        "The role may not look",
        {"place": ({**report["maintenance"].tables["place"][0], "cron": True},)},
    )
    checks = tuple(hidden if c.check == "maintenance" else c for c in report.checks)
    test = show("partitions", known(replace(report, checks=checks)))
    assert "**It is not known what makes the partitions.** The role may not look." in text(test)
    assert [code.value for code in test.code].count(grant) == 2


def test_pg_partman_is_named(show: Show, database18: Database) -> None:
    report = look(database18)
    seen = {**report["maintenance"].tables, "partman": ({"table": "events"},)}
    said = text(show("partitions", known(changed(report, "maintenance", tables=seen))))
    assert "**pg_partman** manages events." in said


def test_what_was_last_known_is_grey(show: Show, database18: Database) -> None:
    database18.execute(f"drop table {named('events', 1)}")
    report = look(database18)
    moment = datetime.now(UTC) - timedelta(hours=2)
    test = show("partitions", known(report, taken_at=moment))
    said = text(test)
    for colour in ("red", "orange", "green"):
        assert f":{colour}-badge[:material/" not in said
    assert ":" not in metrics(test)[f"until {coming():%B %Y}"]
    bodies = [html.proto.body for html in test.get("html")]
    calendar = next(body for body in bodies if "DEFAULT only" in drawn(body).attrib["aria-label"])
    assert charts.ORANGE not in calendar
    assert charts.GREY in calendar


def test_a_role_that_sees_half_does_not_read_an_empty_default(
    show: Show, database18: Database
) -> None:
    for (policy,) in database18.rows(
        "select polname from pg_policy where polrelid = 'public.events'::regclass"
    ):
        database18.execute(f'drop policy "{policy}" on public.events')
    test = show("partitions", known(look(database18)))
    assert metrics(test)["in no month's partition"] == "not known"


def test_name_of_a_partition_is_text(show: Show, database18: Database) -> None:
    from pages.parts import partition_frames

    odd = 'public."<img src=x onerror=alert(1)>"'
    database18.execute(
        f'alter table {named("events", -4)} rename to "<img src=x onerror=alert(1)>"'
    )
    report = look(database18)
    months = partition_frames.months(report)
    picture = coverage.calendar(months[months["table"] == "events"], today(), "")
    assert "<img" not in picture
    assert any(square.attrib["title"].endswith(odd) for square in squares(picture))
    test = show("partitions", known(report))
    assert odd in set(listed(test)["relation"])
    assert "<img" not in text(test)


def months_of(*rows: tuple[date, str, str, str]) -> pd.DataFrame:
    columns = ["table", "month", "state", "relation", "status"]
    return pd.DataFrame([("events", *row) for row in rows], columns=columns)


def test_month_held_by_default_alone_is_as_bad_as_the_check_says() -> None:
    shown = months_of(
        (date(2026, 10, 1), "default only", "", "warning"),
        (date(2026, 11, 1), "default only", "", "critical"),
    )
    picture = coverage.latest(shown, date(2026, 11, 1), "")
    assert picture.count(f"background: {charts.ORANGE}") == 1
    assert picture.count(f"background: {charts.RED}") == 1
    faded = coverage.latest(shown, date(2026, 11, 1), "", faded=True)
    assert charts.RED not in faded
    assert faded.count(f"background: {charts.GREY}") == 2


def test_small_chart_keeps_the_current_month_in_sight() -> None:
    month, rows = date(2026, 1, 1), []
    while month < date(2099, 1, 1):
        rows.append((month, "future" if month > date(2026, 11, 1) else "present", "p", "ok"))
        month = MONTHS.after(month)
    picture = coverage.latest(months_of(*rows), date(2026, 11, 1), "")
    assert [square.text for square in squares(picture)] == ["✓"] * 12
    assert ">Nov<" in picture


def test_small_chart_takes_a_table_of_any_name() -> None:
    rows = months_of((date(2026, 11, 1), "present", "p", "ok"))
    rows["table"] = "<b>&"
    assert names(coverage.latest(rows, date(2026, 11, 1), "")) == ["<b>&"]


def test_archive_of_many_years_is_one_row_and_one_bar() -> None:
    month, rows = date(1990, 1, 1), []
    while month < date(2026, 12, 1):
        held = "public.archive" if month.year < 2025 else f"public.p{month:%Y_%m}"
        rows.append((month, "present", held, "ok"))
        month = MONTHS.after(month)
    months = months_of(*rows)
    calendar = coverage.calendar(months, date(2026, 11, 1), "")
    assert names(calendar) == [None, "2025", "2026"]
    assert squares(calendar)[0].text == "✓  1990 – 2024: present"
    assert squares(calendar)[0].attrib["title"].startswith("January 1990 – December 2024: present")
    archive = {"low": date(1990, 1, 1), "high": date(2025, 1, 1), "relation": "public.archive"}
    figure = sizes.rows_and_size(pd.DataFrame([{**archive, "rows": 5.0, "bytes": 8192.0}]), months)
    assert "January 1990 – December 2024: about 5 rows" in figure.data[0].customdata[0]
    assert figure.layout.xaxis.range[1] < 25


def test_ten_years_are_eleven_rows() -> None:
    month, rows = date(2016, 12, 1), []
    while month < date(2026, 12, 1):
        rows.append((month, "present", f"public.p{month:%Y_%m}", "ok"))
        month = MONTHS.after(month)
    calendar = coverage.calendar(months_of(*rows), date(2026, 11, 1), "")
    assert names(calendar) == [str(year) for year in range(2016, 2027)]
    assert {square.text for square in squares(calendar)} == {"✓"}


def test_sizes_and_spans_are_words() -> None:
    assert sizes.size_words(0) == "0 B"
    assert sizes.size_words(310_400) == "303.1 KB"
    assert sizes.size_words(4.3e12) == "3.9 TB"
    assert sizes.bounds_words(date(2026, 11, 1), date(2026, 12, 1)) == "November 2026"
    assert sizes.bounds_words(date(2026, 1, 1), date(2026, 4, 1)) == "January – March 2026"
    assert sizes.bounds_words(date.min, date(2026, 4, 1)) == "before April 2026"
    assert sizes.bounds_words(date(2026, 4, 1), date.max) == "from April 2026"


def test_schedules_are_words() -> None:
    from pages.parts.partition_tiles import schedule_words

    assert schedule_words("0 3 25 * *") == "Monthly, on day 25 at 03:00"
    assert schedule_words("30 4 * * *") == "Daily at 04:30"
    assert schedule_words("*/5 * * * 1") == "By its schedule"
