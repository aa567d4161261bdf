"""Can the demo be broken on purpose and repaired by the plan, and is every other database refused?

One demo with a few months of traffic serves the whole module; every test leaves it repaired.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, NamedTuple

import psycopg
import pytest
from playwright.sync_api import Page, expect
from streamlit.testing.v1 import AppTest

from lib import verification
from lib.core.errors import DrillFailed
from lib.core.results import Report
from lib.db.database import Database as Watched
from lib.demo import demo, drills, fire_drill, sample_history, traffic
from lib.demo.demo import Demo
from lib.demo.source import EmbeddedDemo
from lib.faces import cli
from lib.settings.settings import Settings, parse_url
from lib.watch import watch
from lib.watch.watch import Watch
from pages.parts.drill import fire
from pages.parts.drill import fire_drill as of_the_pages
from tests.browsers import ChromiumMissing, Visit, app, chromium, visit
from tests.conftest import skip_missing
from tests.demo.test_demo import directory
from tests.pages.conftest import PAGES, text
from tests.pages.conftest import visit as page
from tests.pages.test_sign_in import SIGN_IN, buttons, person
from tests.servers import ROOT, Database
from tests.test_journey import barriers
from tests.watching.test_watch import until

SECRET = "correct-horse-battery"
GUARD = "events_set_session_month_from_session"
GUARD_THERE = f"select count(*) from pg_trigger where tgname = '{GUARD}'"
ROWS = "select (select count(*) from public.sessions), (select count(*) from public.events)"
KEPT = (
    "select ok, details ->> 'drill', details ->> 'by' from public.watchtower_checks "
    "where check_name = 'partition_watchtower_drill' order by created_at"
)


class Ran(NamedTuple):
    """How a command ended, and what it printed."""

    code: int
    out: str
    err: str


Run = Callable[..., Ran]


@pytest.fixture(scope="module")
def up() -> Iterator[Demo]:
    with directory(), pytest.MonkeyPatch.context() as patch:
        patch.setattr(traffic, "MONTHS_BEFORE", 4)
        patch.setattr(sample_history, "WEEKS", 3)
        yield demo.start()


@pytest.fixture(autouse=True)
def repaired(request: pytest.FixtureRequest) -> Iterator[None]:
    """No test hands a broken demo on."""
    yield
    if "up" in request.fixturenames:
        found = request.getfixturevalue("up")
        if fire_drill.burning(found) is not None:
            fire_drill.repair(found, "the end of a test", lambda _: None)


def ask(up: Demo, question: str) -> list[tuple[Any, ...]]:
    with psycopg.connect(up.owner_url, autocommit=True) as connection:
        return connection.execute(question.encode()).fetchall()


def look(up: Demo) -> Report:
    """What a verification would find."""
    database = Watched(parse_url("the demo's", up.role_url))
    try:
        return verification.examine(database)
    finally:
        database.close()


# Which drills are offered?


def test_no_drill_that_is_offered_takes_rows_away() -> None:
    lossy = re.compile(r"drop table|delete from|truncate|detach partition", re.IGNORECASE)
    taking = {drill.name for drill in drills.offered() if lossy.search(" ".join(drill.breaks))}
    assert taking == {
        "next-month-missing",  # which has no rows yet
        "function-attaches-what-it-loads",  # which nobody calls
        "load-split-over-three-functions",  # nor these
        "load-split-over-two-functions",
    }


def test_drill_can_be_had_again_though_its_repair_leaves_its_functions() -> None:
    once = re.compile(r"^create (function|trigger|table(?! if))", re.MULTILINE)
    made = {drill.name for drill in drills.offered() if once.search("\n".join(drill.breaks))}
    assert made == {"look-alike-unattached"}, "whose table is dropped by its repair"


def test_what_the_demo_cannot_have_says_why() -> None:
    reasons = {drill.name: drill.unfit for drill in drills.by_name().values() if drill.unfit}
    assert (
        reasons["all-triggers-disabled"] == "it needs a superuser, and the demo's owner is not one"
    )
    assert reasons["lock-on-events"] == "it needs another session in the middle of its work"
    assert reasons["month-missing"] == "it drops a month of events for good"
    assert "cron" not in {version for one in drills.offered() for version in one.versions}
    assert {drill.name for drill in drills.offered()} >= set(drills.FIRST)
    assert {drill.name for drill in drills.offered()} | set(reasons) == set(drills.by_name())


def test_severity_that_goes_by_the_day_is_announced(up: Demo) -> None:
    assert drills.by_name()["next-month-missing"].remark.endswith("critical at its end")
    assert drills.by_name()["events-guard-dropped"].remark == ""
    assert look(up).database == "watchtower (embedded demo)", "so does every proof and review"


# Over the demo's owner connection


@pytest.mark.parametrize(
    ("name", "by_the_plan"),
    [
        ("sessions-guard-was-off", True),
        ("events-written-past-both", True),
        ("next-month-missing", True),
        ("blind-without-a-policy", True),
        ("look-alike-unattached", False),
        ("rule-drops-inserts", False),  # what the plan shows beside its choices repairs it
    ],
)
def test_drill_is_seen_and_repaired_by_the_plan(up: Demo, name: str, by_the_plan: bool) -> None:
    before = look(up)
    assert before.status.word == "ok"
    on = fire_drill.begin(up, name, "ann")
    broken = look(up)
    assert on.drill is not None
    assert set(on.drill.turned(broken).values()) == {True}, broken
    held = ask(up, ROWS)
    said: list[str] = []
    over = fire_drill.repair(up, "bob", said.append)
    assert over.healed
    assert over.outcome.report.status.word == "ok"
    assert ask(up, ROWS) == held
    assert fire_drill.burning(up) is None
    assert ask(up, KEPT)[-2:] == [(False, name, "ann"), (True, name, "bob")]
    assert any("decision" in line for line in said) is not by_the_plan


def test_one_drill_at_a_time_and_all_of_it_or_nothing(up: Demo) -> None:
    fire_drill.begin(up, "sessions-guard-disabled", "ann")
    rows = ask(up, KEPT)
    with pytest.raises(DrillFailed, match="Another drill is on: the sessions guard is disabled"):
        fire_drill.begin(up, "events-guard-dropped", "bob")
    assert ask(up, KEPT) == rows
    assert ask(up, GUARD_THERE)[0][0] > 1


def test_break_that_postgresql_refuses_leaves_nothing(up: Demo) -> None:
    rows = ask(up, KEPT)
    with psycopg.connect(up.owner_url) as other:
        other.execute(f"drop trigger {GUARD} on public.events".encode())
    with pytest.raises(DrillFailed, match=f'says: trigger "{GUARD}"'):
        fire_drill.begin(up, "events-guard-dropped", "ann")
    assert ask(up, KEPT) == rows
    over = fire_drill.repair(up, "bob", lambda _: None)
    assert over.burning is None
    assert over.outcome.report.status.word == "ok"


# On the command line


@pytest.fixture
def run(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Run:
    """One command, with these settings and no others that name a database."""

    def command(*arguments: str, **settings: str) -> Ran:
        for name in ("DATABASE_URL", "WATCHTOWER_ADMIN_URL", "CI"):
            monkeypatch.delenv(name, raising=False)
        for name, value in settings.items():
            monkeypatch.setenv(name, value)
        try:
            code = cli.main(list(arguments))
        except SystemExit as wrong:
            code = int(wrong.code or 0)
        return Ran(code, *capsys.readouterr())

    return command


@pytest.mark.parametrize("setting", ["DATABASE_URL", "WATCHTOWER_ADMIN_URL"])
@pytest.mark.parametrize("asked", [("events-guard-dropped",), ("--repair",), ("--mend",), ()])
def test_any_other_database_is_refused(
    run: Run, database18: Database, setting: str, asked: tuple[str, ...]
) -> None:
    refused = run("drill", *asked, **{setting: database18.owner_url})
    assert refused.code == 64
    assert "breaks the embedded demo alone" in refused.err
    assert refused.out == ""
    assert database18.value(GUARD_THERE) > 1


def test_drill_by_the_command_line(run: Run, up: Demo) -> None:
    listed = run("drill")
    assert listed.code == 0
    assert all(f"  {drill.name} " in listed.out for drill in drills.offered())
    assert "A drill is on" not in listed.out

    begun = run("drill", "events-guard-dropped")
    assert begun.code == 0
    assert "new events keep whatever month the writer sends" in begun.out
    assert "guard_triggers (critical)" in begun.out
    broken = run("verify")
    assert broken.code == 2
    assert broken.out.startswith("demo: critical: ")
    assert "A drill is on since" in run("drill").out
    meant = run("plan", WATCHTOWER_DEMO="1", WATCHTOWER_ADMIN_URL="postgresql://a@127.0.0.1:1/d")
    assert (meant.code, "create or replace trigger" in meant.out.lower()) == (0, True)
    again = run("drill", "sessions-guard-dropped")
    assert (again.code, again.out) == (1, "")
    assert "Repair it first" in again.err

    over = run("drill", "--repair")
    assert over.code == 0
    assert "The drill was: the events guard is gone." in over.out
    assert "Restore the triggers" in over.out
    assert json.loads(run("verify", "--json").out)["demo"] is True
    assert look(up).status.word == "ok"


def test_wrong_usage_says_what_would_be_right(run: Run) -> None:
    near = run("drill", "events-gard-dropped")
    assert near.code == 64
    assert "Did you mean events-guard-dropped" in near.err
    assert "drops a month of events" in run("drill", "month-missing").err
    assert run("drill", "events-guard-dropped", "--mend").code == 64


# On the page


@contextmanager
def dashboard(patch: pytest.MonkeyPatch, **more: Any) -> Iterator[Watch]:
    """The watch of this process, on the demo or another database, once it has looked."""
    live = Watch(lambda: Settings(secret=SECRET, **more))
    live.offer(EmbeddedDemo)
    patch.setattr(watch, "WATCH", live)
    patch.setattr(demo, "stop", lambda: None)  # the module still needs it
    live.start()
    try:
        until(live, lambda s: s.report)
        yield live
    finally:
        live.stop()


def press(test: AppTest, label: str, secret: str) -> str:
    test.text_input[0].set_value(secret)
    (button,) = [button for button in test.get("button") if button.label == label]
    button.click().run()
    assert not test.exception, test.exception
    return text(test)


def test_whole_drill_on_the_page(up: Demo, monkeypatch: pytest.MonkeyPatch) -> None:
    with dashboard(monkeypatch) as live:
        test = page("fire_drill")
        said = text(test)
        assert "New events keep whatever month the writer sends" in test.radio[0].captions
        assert "Which checks must turn:** guard\\_triggers :red-badge" in said
        assert "The secret is missing or wrong." in press(test, "Break it", "wrong")
        assert fire(live.snapshot).on is None
        assert ask(up, GUARD_THERE)[0][0] > 1

        press(test, "Break it", SECRET)
        until(live, lambda s: fire(s).on and s.report and s.report.checked_at > fire(s).on.at)
        until(live, lambda s: s.report and s.report["guard_triggers"].status.word == "critical")
        said = text(test.run())
        assert "What the watch sees" in said
        assert "critical] The events guard is missing" in said
        assert "begun by someone with the secret" in said
        assert not test.radio, "one at a time"
        for name in PAGES:
            assert "Fire drill] The demo is broken on purpose" in text(page(name)), name

        press(test, "Repair it", SECRET)
        until(live, lambda s: fire(s).over)
        until(live, lambda s: s.report and s.report.status.word == "ok" and fire(s).on is None)
        said = text(test.run())
        assert "ok] Repaired and verified" in said
        assert "The drill was: the events guard is gone." in said
        assert "Restore the triggers: public.events" in said
        assert "Fire drill] The demo is broken on purpose" not in text(page("status"))
    assert [row[:2] for row in ask(up, KEPT)[-2:]] == [
        (False, "events-guard-dropped"),
        (True, "events-guard-dropped"),
    ]


def test_drill_from_elsewhere_is_noticed(up: Demo, monkeypatch: pytest.MonkeyPatch) -> None:
    with dashboard(monkeypatch, refresh_seconds=1) as live:
        fire_drill.begin(up, "sessions-function-emptied", "root")
        until(live, lambda s: fire(s).on and s.report and s.report.checked_at > fire(s).on.at)
        said = text(page("fire_drill"))
        assert "begun by root" in said
        assert "guard\\_behaviour** not critical yet" in said
        assert "a verification tries the guards" in said
        fire_drill.repair(up, "root", lambda _: None)
        until(live, lambda s: fire(s).on is None)


def test_other_drills_can_be_chosen(up: Demo, monkeypatch: pytest.MonkeyPatch) -> None:  # noqa: ARG001
    with dashboard(monkeypatch):
        test = page("fire_drill")
        test.radio[0].set_value("another").run()
        others = test.selectbox[0]
        assert len(others.options) == len(drills.offered()) - len(drills.FIRST)
        others.set_value("rpc-open-to-anon").run()
        assert "## Anon may execute the drift RPC" in text(test)


def test_who_is_no_operator_breaks_nothing(up: Demo, monkeypatch: pytest.MonkeyPatch) -> None:
    with dashboard(monkeypatch, **SIGN_IN) as live:
        test = page("fire_drill", person())
        assert not buttons(test)["Break it"].disabled
        test.user = person(email="victor@example.org")
        buttons(test)["Break it"].click().run()
        assert ["is not an operator" in error.value for error in test.error] == [True]
        assert buttons(test)["Break it"].disabled
        assert fire(live.snapshot).on is None
    assert fire_drill.burning(up) is None


def test_another_database_has_no_fire_drill(
    database18: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    named = parse_url("the test's", database18.owner_url)
    with dashboard(monkeypatch, database_url=named) as live:
        test = page("status")
        links = [link.proto.label for link in test.get("page_link")]
        assert "Verify" in links
        assert not any("drill" in label.lower() for label in links)
        alone = AppTest.from_file(str(ROOT / "pages" / "fire_drill.py"))
        alone.session_state["shown_snapshot"] = live.snapshot, False
        alone.run()
        assert not alone.exception
        assert "breaks the embedded demo alone, and this is another database" in text(alone)
        assert not alone.radio
        assert not alone.get("button")
        for forged in (
            lambda: of_the_pages().begin("events-guard-dropped", "mallory"),
            lambda: of_the_pages().repair("mallory", None),
        ):
            with pytest.raises(DrillFailed, match="embedded demo alone"):
                forged()
    assert database18.value(GUARD_THERE) > 1


@pytest.mark.landing
def test_whole_drill_in_a_browser(up: Demo, tmp_path: Path) -> None:  # noqa: ARG001
    try:
        with (
            chromium() as browser,
            app(tmp_path / "app.log", WATCHTOWER_SECRET=SECRET) as address,
        ):
            tab = visit(
                browser, address, color_scheme="dark", viewport={"width": 400, "height": 900}
            )
            tab.open()
            expect(tab.page.get_by_role("heading", name="All guards hold")).to_be_visible()
            tab.page.get_by_role("link", name="Fire drill: break it").click()
            tab.page.get_by_text("The next month has no partition").click()
            expect(tab.page.get_by_role("heading", name="The next month has")).to_be_visible()
            do(tab, "Break it")
            expect(tab.page.get_by_text("What the watch sees")).to_be_visible()
            assert fits(tab.page)
            assert barriers(tab.page) == []
            do(tab, "Repair it")
            done = tab.page.get_by_role("heading", name="Repaired and verified")
            expect(done).to_be_visible()
            assert fits(tab.page)
            assert barriers(tab.page) == []
            assert tab.complaints == []
    except ChromiumMissing as missing:
        skip_missing(str(missing))


def do(tab: Visit, label: str) -> None:
    tab.settled()
    tab.page.get_by_label("Secret").fill(SECRET)
    tab.page.get_by_role("button", name=label).click()


def fits(page: Page) -> bool:
    """Is there nothing to scroll to sideways?"""
    return bool(
        page.evaluate(
            "() => { const main = document.querySelector('[data-testid=stMain]');"
            " return main.scrollWidth <= main.clientWidth; }"
        )
    )
