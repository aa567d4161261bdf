"""Can somebody in a browser get from opening the page to a verified answer, and see it turn?"""

from __future__ import annotations

import re
import urllib.error
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Literal

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page, expect

from lib.checks import CHECKS
from tests.browsers import (
    PAGES,
    ChromiumMissing,
    Visit,
    app,
    await_answer,
    chromium,
    visit,
)
from tests.conftest import skip_missing
from tests.copies import copied
from tests.proxy import Proxy, proxied
from tests.servers import Database
from tests.test_database import socket_of, through

SECRET = "correct-horse-battery"
OF_THEIR_OWN = ("status", "fire_drill")  # at the root, and in the demo alone
OPENED = ["/", *(f"/{page}" for page in PAGES if page not in OF_THEIR_OWN)]


HOSTILE = "<img src=x onerror=hacked=1> **b** :red[r] [a](http://b)"

# The sidebar slides away on a narrow screen: until then it is there by half.
STILL = (
    "() => document.getAnimations().every(each => each.playState !== 'running'"
    " || each.effect.getTiming().iterations === Infinity)"
)


GROUNDS: dict[Literal["light", "dark"], str] = {
    "light": "rgb(251, 251, 250)",
    "dark": "rgb(20, 23, 27)",
}
PAINTED = (
    "ground => getComputedStyle(document.querySelector('[data-testid=stApp]')).backgroundColor"
    " === ground"
)


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    try:
        with chromium() as found:
            yield found
    except ChromiumMissing as missing:
        skip_missing(str(missing))


@pytest.fixture
def served(database18: Database, tmp_path: Path) -> Iterator[str]:
    settings = {
        "DATABASE_URL": database18.role_url,
        "WATCHTOWER_SECRET": SECRET,
        "WATCHTOWER_REFRESH": "1",
    }
    log = tmp_path / "app.log"
    with copied(hasty=True, log=log, WATCHTOWER_SCHEDULE="off", **settings) as copy:
        await_answer(f"{copy.address}/_stcore/health")
        yield copy.address
    text = log.read_text(encoding="utf-8")
    assert "Traceback" not in text
    assert SECRET not in text


def title(page: Page) -> str:
    return page.locator("h1").first.inner_text()


def test_from_opening_the_page_to_a_verified_answer(
    browser: Browser, served: str, database18: Database
) -> None:
    tab = visit(browser, served)
    tab.open()
    expect(tab.page.get_by_role("heading", name="All guards hold")).to_be_visible()

    tab.page.get_by_role("button", name="Verify now").click()
    tab.page.get_by_label("Secret").fill("wrong")
    tab.page.get_by_role("button", name="Run the verification").click()
    expect(tab.page.get_by_text("The secret is missing or wrong.")).to_be_visible()

    verify(tab)
    expect(tab.page.get_by_role("heading", name=f"All {len(CHECKS)} checks hold.")).to_be_visible()
    count = "select count(*) from public.watchtower_checks where check_name = %s and ok"
    assert database18.value(count, ["partition_watchtower"]) == 1
    keep_and_open_the_proof(tab)

    tab.page.get_by_role("link", name="Status").click()
    trigger = "events_set_session_month_from_session"
    database18.execute(f"drop trigger {trigger} on public.events")
    broken = tab.page.get_by_role("heading", name="The events guard is missing")
    expect(broken).to_be_visible()
    expect(tab.page.get_by_text(f"create or replace trigger {trigger}")).to_be_visible()
    read_what_it_means(tab)

    database18.run_setup()
    expect(tab.page.get_by_role("heading", name="All guards hold")).to_be_visible()
    assert tab.complaints == []


def read_what_it_means(tab: Visit) -> None:
    """The finding leads to the check's page, and that to the others and back to the dashboard."""
    with tab.page.expect_popup() as opened:
        tab.page.get_by_role("link", name="guard_triggers", exact=True).first.click()
    page = opened.value
    expect(page.get_by_role("heading", name="guard_triggers")).to_be_visible()
    options = {"resultTypes": ["violations"]}
    assert Axe().run(page, options=options).response["violations"] == []
    page.get_by_role("link", name="wrong_keys").click()
    expect(page.get_by_role("heading", name="wrong_keys")).to_be_visible()
    page.get_by_role("link", name="The checks").click()
    expect(page.get_by_role("heading", name="The checks")).to_be_visible()
    page.get_by_role("link", name="Dashboard").click()
    expect(page.get_by_role("heading", name="The events guard is missing")).to_be_visible()
    page.close()


def keep_and_open_the_proof(tab: Visit) -> None:
    """The downloaded page opens by itself: no script, no request, nothing to complain of."""
    with tab.page.expect_download() as download:
        tab.page.get_by_role("button", name="HTML, to print").click()
    file = Path(download.value.path())
    assert download.value.suggested_filename.startswith("partition-watchtower-")
    page = tab.page.context.new_page()
    asked: list[str] = []
    said: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    page.on("console", lambda message: said.append(message.text))
    page.set_content(file.read_text(encoding="utf-8"))
    expect(page.get_by_role("heading", name=f"All {len(CHECKS)} checks hold.")).to_be_visible()
    expect(page.get_by_text("someone with the secret, on the page")).to_be_visible()
    assert (asked, said) == ([], [])
    page.close()


def verify(tab: Visit) -> None:
    tab.page.get_by_label("Secret").fill(SECRET)
    tab.page.get_by_role("button", name="Run the verification").click()
    expect(tab.page.get_by_label("Secret")).to_have_value("")


@pytest.fixture(scope="module")
def hostile(servers: Any, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """One app for all who only look: a guard is gone, and names hold markup."""
    server, healthy = servers("18")
    log = tmp_path_factory.mktemp("hostile") / "app.log"
    with server.new_database(healthy.name) as database:
        database.execute(
            "drop trigger events_set_session_month_from_session on public.events;"
            f'create trigger "{HOSTILE}" before insert on public.sessions for each row'
            " execute function public.trg_sessions_set_created_month();"
            f'alter table public.sessions_default rename to "{HOSTILE}"'
        )
        settings = {"DATABASE_URL": database.role_url, "WATCHTOWER_SECRET": SECRET}
        with app(log, **settings) as address:
            yield address
    assert "Traceback" not in log.read_text(encoding="utf-8")


# axe takes longer than all the rest, so it sees each width once and each colour once. A page that
# was opened wide is made narrow and dark; `everything` opens it narrow, and has what is left.
@pytest.mark.parametrize(
    ("opened", "sights"),
    [
        pytest.param(
            1440,
            {(1440, "light"): True, (400, "dark"): False},
            marks=pytest.mark.landing,
        ),
        pytest.param(
            400,
            {(400, "light"): False, (400, "dark"): True, (1440, "dark"): False},
            marks=pytest.mark.everything,
        ),
    ],
    ids=["wide", "narrow"],
)
def test_every_page_opens_quietly_fits_and_is_for_everybody(
    opened: int,
    sights: dict[tuple[int, Literal["light", "dark"]], bool],
    browser: Browser,
    hostile: str,
) -> None:
    """At these widths and in these colours; axe judges those that say True."""
    tab = visit(browser, hostile, viewport={"width": opened, "height": 900})
    tab.open()
    broken = tab.page.get_by_role("heading", name="The events guard is missing")
    expect(broken).to_be_visible()
    for path in OPENED:
        tab.page.emulate_media(color_scheme="light")
        tab.open(path)
        expect(tab.page.locator("h1").first).to_be_visible()
        for (width, scheme), judged in sights.items():
            tab.page.set_viewport_size({"width": width, "height": 900})
            tab.page.emulate_media(color_scheme=scheme)
            tab.page.wait_for_function(PAINTED, arg=GROUNDS[scheme])
            tab.settled()
            tab.page.set_viewport_size({"width": width, "height": tall(tab.page)})
            tab.page.wait_for_function(STILL)
            assert sideways(tab.page) <= 0, (path, width, scheme)
            assert cut(tab.page) == [], (path, width, scheme)
            if judged:
                assert barriers(tab.page) == [], path
        assert tab.page.locator("[data-testid=stException]").count() == 0
        assert not tab.page.evaluate("() => window.hacked || document.querySelector('img[src=x]')")
        tab.page.set_viewport_size({"width": opened, "height": 900})
    assert tab.complaints == []
    tab.page.context.close()


def sideways(page: Page) -> int:
    """By how many pixels is the page wider than its window?"""
    wide = "each => each.scrollWidth - each.clientWidth"
    return int(page.locator("[data-testid=stMain]").evaluate(wide))


@pytest.mark.landing
def test_open_page_follows_a_database_that_hangs_goes_and_comes_back(
    browser: Browser, database18: Database, tmp_path: Path
) -> None:
    with proxied(socket_of(database18)) as proxy:
        settings = {
            "DATABASE_URL": through(proxy.port, database18),
            "WATCHTOWER_SECRET": SECRET,
            "WATCHTOWER_REFRESH": "1",
        }
        with app(tmp_path / "app.log", **settings) as address:
            tab = visit(browser, address)
            tab.open()
            calm = tab.page.get_by_role("heading", name="All guards hold")
            expect(calm).to_be_visible(timeout=30_000)
            with database18.server.frozen():
                hangs = tab.page.get_by_role("heading", name="Unknown: ")
                expect(hangs).to_be_visible(timeout=30_000)
                age = tab.page.get_by_text(re.compile(r"Last read \d.* ago")).first
                before = age.inner_text()
                links = tab.page.get_by_test_id("stSidebar").get_by_role("link")
                assert links.count() >= len(OPENED)
                for link in links.all():
                    link.click()
                    expect(tab.page).to_have_url(f"{address}/{link.get_attribute('href')}")
                    tab.settled()
                    expect(tab.page.locator("h1").first).to_be_visible()
                tab.open()
                expect(hangs).to_be_visible()
                expect(age).not_to_have_text(before)
            expect(calm).to_be_visible(timeout=30_000)
            proxy.close()
            unknown = f"Unknown: The database at 127.0.0.1:{proxy.port} refuses the connection"
            expect(tab.page.get_by_role("heading", name=unknown)).to_be_visible(timeout=30_000)
            back = Proxy(socket_of(database18), port=proxy.port)
            expect(calm).to_be_visible(timeout=30_000)
            back.close()
        assert tab.complaints == []


# A sidebar that is folded away is there for nobody.
SHOWN = {"exclude": [["[data-testid=stSidebar][aria-expanded=false]"]]}


def tall(page: Page) -> int:
    """How tall must the window be to hold the whole page? axe judges no colour below its edge."""
    height = "() => document.querySelector('[data-testid=stMain]').scrollHeight"
    return int(page.evaluate(height)) + 10


WORDS = "h1, h2, h3, p, li, a, pre, button, label, summary, [data-testid=stMetricValue]"


def cut(page: Page) -> list[str]:
    """Which words do not fit where they stand, and are cut off at the right?"""
    words: list[str] = page.evaluate(
        """(where) => [...document.querySelectorAll(where)]
            .filter(each => each.checkVisibility() && each.clientWidth > 0
                && each.scrollWidth > each.clientWidth + 1
                && getComputedStyle(each).display !== 'inline')
            .map(each => each.innerText.slice(0, 80) || each.outerHTML.slice(0, 300))""",
        f"[data-testid=stMain] :is({WORDS})",
    )
    return words


def barriers(page: Page) -> list[str]:
    """What does axe find that keeps somebody out, or only makes it harder?"""
    options = {"resultTypes": ["violations"], "preload": False}  # which saves a third of its time
    return [
        f"{found['id']}: {found['nodes'][0]['html'][:200]}"
        for found in Axe().run(page, context=SHOWN, options=options).response["violations"]
    ]


def test_endpoint_is_not_swallowed_by_the_page(served: str) -> None:
    for path, code in (("/api/watchtower/partition-drift", 405), ("/api/nothing", 404)):
        with pytest.raises(urllib.error.HTTPError) as caught:
            urllib.request.urlopen(served + path, timeout=5)
        with caught.value as answer:
            assert answer.code == code
            assert answer.headers["content-type"] == "application/json"
