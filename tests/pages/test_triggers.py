"""Does Triggers show which guard fires where, what is written there, and what was proven?"""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from itertools import pairwise
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
from playwright.sync_api import Browser, Page, expect
from streamlit.testing.v1 import AppTest

from lib import verification
from lib.core.results import CheckResult, Report, Row, Status
from lib.db.database import Database as Connection
from lib.history.ground import Ground
from lib.history.history import History, Run
from lib.reports.drawing import charts, matrix
from lib.settings.settings import parse_url
from lib.watch import watch
from lib.watch.snapshot import Snapshot
from tests.browsers import SETTLED, ChromiumMissing, app, chromium, visit
from tests.conftest import skip_missing
from tests.pages.conftest import Show, known, look, text
from tests.servers import Database

SESSIONS, EVENTS = "sessions_set_created_month", "events_set_session_month_from_session"
WRONG = (
    "create or replace function public.trg_sessions_set_created_month() returns trigger "
    "language plpgsql as $$ begin new.created_month := date '2020-01-01'; return new; end $$"
)


def verified(database: Database) -> Report:
    """What a verification finds, the rows that it tries included."""
    with closing(Connection(parse_url("x", database.role_url))) as connection:
        return verification.verify(connection, who="somebody", face="page")


def refreshed(database: Database, before: Report | None) -> Snapshot:
    """What a refresh finds after that verification."""
    with closing(Connection(parse_url("x", database.role_url))) as connection:
        report = verification.refresh(connection, proven=verification.proven(before))
    return known(report, verified=before)


def leaf(report: Report, table: str) -> str:
    """The partition of the current month."""
    month = f"{report.checked_at:%Y_%m}"
    return f"public.{table}_{month}"


def at(show: Show, relation: str, snapshot: Snapshot) -> AppTest:
    """The page at the address that names this relation."""
    test = show("status", snapshot)
    test.query_params["relation"] = relation
    test.switch_page("triggers.py").run()
    assert not test.exception, test.exception
    return test


def listed(test: AppTest) -> pd.DataFrame:
    """The table of relations."""
    frame: pd.DataFrame = next(f.value for f in test.dataframe if "Relation" in f.value)
    return frame


def tried(test: AppTest) -> pd.DataFrame:
    """The table of rows in and out."""
    frame: pd.DataFrame = next(f.value for f in test.dataframe if "given" in f.value)
    return frame


def codes(test: AppTest) -> list[str]:
    return [str(code.value) for code in test.code]


def said(test: AppTest) -> str:
    """The page's words without the marks of Markdown."""
    return re.sub(r"[\\*]", "", text(test))


def tabs(test: AppTest) -> list[str]:
    return [tab.label for tab in test.tabs]


def test_healthy_page_is_calm_and_shows_what_stands_there(show: Show, database18: Database) -> None:
    test = show("triggers", known(look(database18)))
    words = said(test)
    assert "critical]" not in words
    assert "What is wrong" not in words
    assert re.search(r"sessions · (\d+) of \1 fire\s", words)
    assert set(listed(test)["Status"]) == {"✓ ok"}
    assert "live definition, which is the canonical one" in words
    assert any(code.startswith(f"CREATE TRIGGER {SESSIONS}\n") for code in codes(test))
    assert "The function of the sessions guard" in words
    assert tabs(test) == []
    alts = [chart.proto.alt for chart in test.get("plotly_chart")]
    assert len(alts) == 2
    assert re.fullmatch(rf"{EVENTS} fires on (\d+) of \1 relations", alts[1])


def test_nothing_tried_is_said_with_what_to_do(show: Show, database18: Database) -> None:
    test = show("triggers", known(look(database18)))
    words = said(test)
    assert "did not run" not in words
    assert "not tried] sessions and events" in words
    assert "Not yet: a verification tries it with rows" in words
    assert "Verify tries them now" in [link.label for link in test.get("page_link")]


def test_chosen_relation_shows_why_the_remedy_and_the_difference(
    show: Show, database18: Database
) -> None:
    relation = leaf(look(database18), "events")
    database18.execute(f"alter table {relation} disable trigger {EVENTS}")
    test = at(show, relation, known(look(database18)))
    words = said(test)
    assert f"critical] {relation}" in words
    assert f"{EVENTS} is disabled" in words
    assert ":gray[Canonical]" in tabs(test)
    shown = codes(test)
    assert f"alter table {relation}\n  enable trigger {EVENTS};" in shown
    off = f"ALTER TABLE ONLY {relation} DISABLE TRIGGER {EVENTS};"
    assert any(f"\n+{off}" in code for code in shown)
    assert any(code.endswith(f"\n{off}") for code in shown)
    assert any(code.endswith("events_set_session_month_from_session();") for code in shown)
    assert "The function of the events guard" in words
    assert listed(test).iloc[0].tolist() == ["✕ critical", relation, "is disabled"]


def test_without_an_address_the_worst_is_shown(show: Show, database18: Database) -> None:
    relation = leaf(look(database18), "events")
    database18.execute(f"alter table {relation} disable trigger {EVENTS}")
    test = show("triggers", known(look(database18)))
    assert f"critical] {relation}" in said(test)
    assert test.selectbox(key="relation").value is None
    assert test.selectbox(key="relation").placeholder == f"{relation}, or choose another"


def test_choice_by_name_stays_when_something_else_breaks(show: Show, database18: Database) -> None:
    report = look(database18)
    quiet, loud = leaf(report, "sessions"), leaf(report, "events")
    database18.execute(f"alter table {loud} disable trigger {EVENTS}")
    test = show("triggers", known(look(database18)))
    test.selectbox(key="relation").select(quiet).run()
    assert f"ok] {quiet}" in said(test)
    database18.execute(f"drop trigger {EVENTS} on public.events")
    watch.WATCH.snapshot = known(look(database18))
    test.run()
    assert f"ok] {quiet}" in said(test)


def test_relation_that_is_not_there_is_said(show: Show, database18: Database) -> None:
    test = at(show, "public.events_<b>1999", known(look(database18)))
    assert "No guard is expected on public.events_<b>1999" in said(test)
    assert "ok] public.sessions" in said(test)


def test_missing_and_renamed_triggers(show: Show, database18: Database) -> None:
    database18.execute(
        f"drop trigger {EVENTS} on public.events;"
        f"alter trigger {SESSIONS} on public.sessions rename to zz"
    )
    snapshot = known(look(database18))
    gone = at(show, "public.events", snapshot)
    assert "There is none. The canonical definition:" in said(gone)
    assert any(code.startswith(f"CREATE TRIGGER {EVENTS}\n") for code in codes(gone))
    renamed = at(show, "public.sessions", snapshot)
    assert f"{SESSIONS} runs under another name, zz" in said(renamed)
    assert any("+CREATE TRIGGER zz\n" in code for code in codes(renamed))
    assert "! warning" in set(listed(renamed)["Status"])


def test_function_says_what_was_proven_and_when(show: Show, database18: Database) -> None:
    before = verified(database18)
    right = at(show, "public.events", refreshed(database18, before))
    assert re.search(r"ok\] Verified \d\d:\d\d UTC \(.*set the right key in all", said(right))

    database18.execute(WRONG)
    changed = at(show, "public.sessions", refreshed(database18, before))
    words = said(changed)
    assert re.search(r"unknown\] It changed since it was last verified, \d\d:\d\d UTC", words)
    assert "unknown] [Behaviour](docs/guard_behaviour) · " in words
    assert "sessions · " in words
    assert "fire, function :violet-badge" in words
    assert any("+begin new.created_month := date" in code for code in codes(changed))

    after = verified(database18)
    wrong = show("triggers", refreshed(database18, after))
    words = said(wrong)
    assert "fire, function :red-badge" in words
    assert "The function of the sessions guard" in words
    assert re.search(r"critical\] Verified \d\d:\d\d UTC .* is wrong in", words)


def test_text_that_was_proven_right_is_what_another_one_is_compared_with(
    show: Show, database18: Database
) -> None:
    own = WRONG.replace(
        "date '2020-01-01'", "date_trunc('month', new.created_at at time zone 'UTC')::date"
    )
    database18.execute(own)
    verified(database18)
    database18.execute(WRONG)
    page = at(show, "public.sessions", refreshed(database18, verified(database18)))
    assert any("proven right, kept " in caption.value for caption in page.caption)
    lines = "-begin new.created_month := date_trunc("
    assert any(lines in code and "+begin new.created" in code for code in codes(page))


def test_verification_before_this_copy_started_is_remembered(
    show: Show, database18: Database
) -> None:
    moment = datetime.now(UTC) - timedelta(hours=3)
    checks = {"guard_behaviour": Status.OK}
    run = Run("1", moment, "partition_watchtower", Status.OK, checks, "ana", "page")
    test = show("triggers", known(look(database18), history=History((run,))))
    words = said(test)
    assert "Not since this copy started" in words
    assert "by ana, on the page, said ok of the text at that time" in words


def test_rows_go_in_and_come_out_worst_first(show: Show, database18: Database) -> None:
    healthy = show("triggers", known(verified(database18)))
    frame = tried(healthy)
    assert set(frame["status"]) == {"✓ ok"}
    assert set(frame["table"]) == {"sessions", "events"}
    count = int((frame["table"] == "sessions").sum())
    assert f"ok] sessions: {count} of {count} rows came out right" in said(healthy)

    database18.execute(WRONG)
    broken = show("triggers", known(verified(database18)))
    frame = tried(broken)
    first = frame.iloc[0]
    assert (first["status"], first["got"]) == ("✕ critical", "2020-01-01")
    assert first["expected"] != first["got"]
    # Each wrong try is a row, also with other columns filled or another writer; the month that
    # the function always sets is tried as well, and comes out right.
    ours = frame[frame["table"] == "sessions"]
    right = int((ours["status"] == "✓ ok").sum())
    assert right < len(ours) / 4
    assert count < len(ours)
    assert set(ours[ours["status"] == "✓ ok"]["expected"]) <= {"2020-01-01"}
    assert f"critical] sessions: {right} of {len(ours)} rows came out right" in said(broken)
    assert f"Out: 2020-01-01  \nRight: {first['expected']}" in said(broken)


def test_rpcs_stand_beside_our_own_reading(show: Show, database18: Database) -> None:
    now = verified(database18)
    test = show("triggers", known(now))
    words = said(test)
    assert re.search(r"It says: true · \d\d:\d\d UTC", words)
    assert re.search(r"It says: ok true · triggers_ok true · events_partition_ok true", words)
    assert re.search(r"We read: (\d+) of \1 triggers fire; (\d+) of \2 months are covered", words)

    later = said(show("triggers", refreshed(database18, now)))
    assert later.count("not asked now]") == 1
    assert "It last said: ok true · triggers_ok true" in later

    database18.execute(f"drop trigger {EVENTS} on public.events")
    broken = text(show("triggers", refreshed(database18, now)))
    assert "**It says:** **false**" in broken
    assert re.search(r"\*\*We read:\*\* \d+ of \d+ triggers fire", broken)


def test_rpc_that_lies_and_one_that_is_gone(show: Show, database18: Database) -> None:
    database18.execute(
        f"drop trigger {EVENTS} on public.events;"
        "create or replace function public.verify_partition_triggers_exist() returns boolean"
        " language sql as 'select true';"
        "drop function public.watchtower_partition_drift_check_v1()"
    )
    words = said(show("triggers", known(look(database18))))
    assert "It says: true" in words
    assert "answers true although a guard's trigger is not in order" in words
    assert words.count("It says: ") == 1, "one that is gone says nothing"
    assert "no answer yet" not in words
    assert "public.watchtower_partition_drift_check_v1() does not exist" in words


def test_answer_of_the_last_verification_is_told_once(show: Show, database18: Database) -> None:
    """A look does not call the month's RPC: what stands of it is told, and no other answer."""
    database18.execute(
        "create function public.verify_current_events_partition_exists() returns boolean"
        " language sql as 'select false'"
    )
    before = verified(database18)
    with closing(Connection(parse_url("x", database18.role_url))) as connection:
        report, _ = verification.look(connection, known=Ground.of(before))
    words = said(show("triggers", known(report, verified=before)))
    assert "public.verify_current_events_partition_exists() answers false" in words
    assert "no answer yet" not in words
    assert re.search(r"We read: (\d+) of \1 months are covered", words)


def test_what_follows_from_a_fault_of_another_page_stands_below_it(
    show: Show, database18: Database
) -> None:
    database18.execute(
        f"alter table public.events detach partition public.events_{datetime.now(UTC):%Y_%m};"
        "alter function public.trg_sessions_set_created_month() set work_mem = '4MB'"
    )
    report = verified(database18)
    page = show("triggers", known(report, verified=report))
    assert "events has no partition for" in said(page)
    assert [fold.label for fold in page.expander if "Follows from another fault" in fold.label]


def test_answers_in_words() -> None:
    from pages.parts import answers

    assert answers.said(True) == "true"
    assert answers.said(False) == "**false**"
    assert (
        answers.said({"ok": False, "b_ok": True, "at": "x", "n": 3}) == "**ok false** · b\\_ok true"
    )
    assert answers.said(None) == "**null**"
    assert answers.said("`*x*`") == '"\\`\\*x\\*\\`"'


def test_what_was_last_known_is_grey(show: Show, database18: Database) -> None:
    database18.execute(f"drop trigger {EVENTS} on public.events")
    moment = datetime.now(UTC) - timedelta(hours=2)
    test = show("triggers", known(look(database18), taken_at=moment))
    words = text(test)
    assert "critical]" not in words.replace("was critical]", "")
    assert "Last known findings" in words
    for chart in test.get("plotly_chart"):
        assert charts.GREEN not in chart.proto.spec
        assert charts.RED not in chart.proto.spec
        assert charts.GREY in chart.proto.spec


def test_nothing_seen_of_any_guard(show: Show, database18: Database) -> None:
    report = look(database18)
    blind = tuple(
        CheckResult(c.check, c.findings, c.summary) if c.check == "guard_triggers" else c
        for c in report.checks
    )
    words = said(show("triggers", known(replace(report, checks=blind))))
    assert "No guarded table was seen" in words
    assert "there is no guard to try" in words


def test_names_from_the_database_are_text(show: Show, database18: Database) -> None:
    evil = "<img src=x onerror=alert(1)> **b** :red[r] `c`"
    database18.execute(f'alter trigger {EVENTS} on public.events rename to "{evil}"')
    test = at(show, "public.events", known(look(database18)))
    shown = "\n".join(element.value for element in test.markdown)
    assert "<img" not in shown.replace("\\<img", "")
    assert "**b**" not in shown
    assert ":red[r]" not in shown
    assert f'CREATE TRIGGER "{evil}"' in "\n".join(codes(test))


def placed(report: Report) -> pd.DataFrame:
    from pages.parts import guards_by_relation

    return guards_by_relation.guards(report)


def many(report: Report, bounds: list[tuple[date | None, date | None]]) -> Report:
    """The report with these partitions of events instead of its own."""
    result = report["guard_triggers"]
    (parent,) = (r for r in result.tables["triggers"] if r["relation"] == "public.events")
    names = [f"public.events_{number}" for number in range(len(bounds))]
    triggers = [parent, *({**parent, "relation": name, "level": "partition"} for name in names)]
    partitions: list[Row] = [
        {"relation": name, "low": low, "high": high, "is_default": False}
        for name, (low, high) in zip(names, bounds, strict=True)
    ]
    tables: dict[str, dict[str, Any]] = {
        "guard_triggers": {"triggers": tuple(triggers)},
        "partition_coverage": {"partitions": tuple(partitions)},
    }
    checks = (replace(c, tables=tables.get(c.check, c.tables)) for c in report.checks)
    return replace(report, checks=tuple(checks))


def test_every_relation_has_a_cell_of_its_own(database18: Database) -> None:
    months = [date(year, month, 1) for year in range(2016, 2027) for month in range(1, 13)]
    whole = list(pairwise(months))
    weeks = [
        (date(2027, 1, 1) + timedelta(days=7 * n), date(2027, 1, 8) + timedelta(days=7 * n))
        for n in range(30)
    ]
    twice = [whole[0], (None, None)]
    frame = placed(many(look(database18), [*whole, *weeks, *twice]))
    assert len(frame) == 1 + len(whole) + len(weeks) + len(twice)
    assert not frame.duplicated(["table", "row", "column"]).any()
    assert frame["column"].between(0, 11).all()
    figure = matrix.guard_matrix(frame, date(2026, 11, 1), "public.events_5")
    rows = list(figure.layout.yaxis.categoryarray)
    assert rows[:4] == ["table", "other", "other 2", "other 3"]
    assert rows[4:] == [str(year) for year in range(2016, 2027)]
    assert figure.layout.width <= 368


def test_cell_says_its_state_by_colour_and_by_mark() -> None:
    frame = pd.DataFrame(
        [
            (f"r{n}", "2026", n, None, status, "x")
            for n, status in enumerate(s.word for s in Status)
        ],
        columns=["relation", "row", "column", "month", "status", "state"],
    )
    cells = matrix.guard_matrix(frame, date(2026, 11, 1)).data[0]
    assert list(cells.text) == ["✓", "!", "?", "✕"]
    assert len(set(cells.marker.color)) == 4
    assert [words[1] for words in cells.customdata] == ["r0", "r1", "r2", "r3"]


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    try:
        with chromium() as found:
            yield found
    except ChromiumMissing as missing:
        skip_missing(str(missing))


def shows(page: Page, relation: str) -> None:
    """Is this relation shown, and does the address say so?"""
    expect(page.locator("h3", has_text=relation)).to_be_visible()
    page.wait_for_url(f"**/triggers?relation={relation}")
    page.wait_for_selector(SETTLED)


def into_the_table(page: Page) -> None:
    """From the choice by name, key by key, to the table."""
    page.locator("[data-testid=stDataFrame] canvas").first.wait_for()  # it comes after the rest
    page.get_by_role("combobox", name="Relation").focus()
    grid = page.locator("[data-testid=stDataFrame] canvas:focus")
    for _ in range(12):
        page.keyboard.press("Tab")
        if grid.count():
            return
    raise AssertionError("the table cannot be reached by keyboard")


@pytest.mark.landing
def test_choosing_by_cell_by_keyboard_and_by_link(
    browser: Browser, database18: Database, tmp_path: Path
) -> None:
    report = look(database18)
    with app(tmp_path / "app.log", DATABASE_URL=database18.role_url) as address:
        tab = visit(browser, address, viewport={"width": 1440, "height": 1600})
        page = tab.page
        tab.open(f"/triggers?relation={leaf(report, 'events')}")
        shows(page, leaf(report, "events"))

        into_the_table(page)
        for key, row in (("ArrowDown", 1), ("ArrowDown", 2)):
            page.keyboard.press(key)
            expect(page.locator(f"tr[aria-rowindex='{row + 2}'] td:focus")).to_have_count(1)
        page.keyboard.press("Shift+Space")
        shows(page, str(placed(report)["relation"].iloc[2]))

        cell = page.locator(".js-plotly-plot").first.locator(".bars .point").nth(1)
        cell.wait_for()
        box = cell.bounding_box()
        assert box is not None
        page.mouse.click(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)
        shows(page, str(placed(report)["relation"].iloc[1]))
        assert tab.complaints == []
