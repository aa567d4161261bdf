"""Does sign-in work with a real provider in a real browser, and is nothing shown before it?"""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Locator, Page, WebSocket, expect

from lib.checks import CHECKS
from tests.browsers import ChromiumMissing, Visit, app, chromium, visit
from tests.conftest import skip_missing
from tests.providers import COOKIE_SECRET, OPERATOR, provider, settings
from tests.servers import Database
from tests.waiting import waits

SECRET = "for-the-endpoint-alone"
LINKS = ["/", "/triggers", "/keys?window=30"]
SEEN = OPERATOR.replace("@", "\u2060@")  # as it is shown, so that it does not become a link
DATA = [b"sessions", b"created", b"PostgreSQL", b"role watchtower"]


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    try:
        with chromium() as found:
            yield found
    except ChromiumMissing as missing:
        skip_missing(str(missing))


@pytest.fixture(scope="module")
def served(
    browser: Browser,  # noqa: ARG001  (without one nothing needs to start)
    lasting18: Database,
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[str]:
    """One app that one must sign in to, and one provider, for all tests of this module."""
    logs = tmp_path_factory.mktemp("sign-in")
    with provider(logs / "provider.log") as address:
        told = {
            **settings(address),
            "DATABASE_URL": lasting18.role_url,
            "WATCHTOWER_SECRET": SECRET,
            "WATCHTOWER_SIGN_IN": "required",
            "WATCHTOWER_REFRESH": "600",
        }
        with app(logs / "app.log", **told) as address:
            yield address
    text = (logs / "app.log").read_text(encoding="utf-8")
    assert "Traceback" not in text
    for secret in (SECRET, COOKIE_SECRET, settings("")["WATCHTOWER_AUTH_CLIENT_SECRET"]):
        assert secret not in text


@pytest.fixture
def tab(browser: Browser, served: str) -> Iterator[Visit]:
    """A browser of its own, that nobody has signed in with."""
    opened = visit(browser, served)
    yield opened
    opened.page.context.close()


def button(page: Page, name: str) -> Locator:
    return page.get_by_role("button", name=name, exact=True)


def sign_in(tab: Visit, person: str, by: str = "Sign in") -> None:
    """Through the provider's own page and back."""
    button(tab.page, by).click()
    button(tab.page, person).click()
    tab.page.wait_for_url(f"{tab.address}/")
    tab.settled()


def heard(page: Page) -> list[bytes]:
    """Whatever comes over the page's websockets from now on."""
    frames: list[bytes] = []

    def listen(socket: WebSocket) -> None:
        socket.on("framereceived", lambda frame: frames.append(raw(frame)))

    page.on("websocket", listen)
    return frames


def raw(frame: str | bytes) -> bytes:
    return frame.encode() if isinstance(frame, str) else frame


def as_sent(name: str) -> bytes:
    """A name from the database as the page's Markdown holds it."""
    return name.replace("_", "\\_").encode()


@pytest.mark.landing
def test_nothing_is_sent_before_sign_in_and_everything_after(
    tab: Visit, lasting18: Database
) -> None:
    data = [*DATA, as_sent(lasting18.name)]
    frames = heard(tab.page)
    for path in LINKS:
        tab.open(path)
        expect(button(tab.page, "Sign in")).to_be_visible()
        expect(tab.page.get_by_test_id("stSidebar")).to_have_count(0)
    sent = b"".join(frames)
    assert b"Partition Watchtower" in sent
    assert [word for word in data if word in sent] == []
    frames.clear()
    sign_in(tab, "victor")
    for path in LINKS:
        tab.open(path)
        expect(tab.page.get_by_test_id("stSidebar")).to_contain_text(lasting18.name)
    sent = b"".join(frames)
    assert [word for word in data if word not in sent] == []


@pytest.mark.landing
def test_operator_runs_it_and_signs_out_of_every_tab(tab: Visit, lasting18: Database) -> None:
    tab.open()
    sign_in(tab, "olga")
    expect(tab.page.get_by_test_id("stSidebar")).to_contain_text(SEEN)
    tab.open("/verify")
    expect(tab.page.get_by_label("Secret")).to_have_count(0)
    button(tab.page, "Run the verification").click()
    who = "select details ->> 'who' from public.watchtower_checks where check_name = %s"
    kept = waits(lambda: lasting18.rows(who, ["partition_watchtower"]), 60)
    assert kept == [(OPERATOR,)]
    held = tab.page.get_by_role("heading", name=f"All {len(CHECKS)} checks hold.")
    expect(held).to_be_visible(timeout=60_000)
    expect(tab.page.get_by_text(f"by {SEEN}, on the page").first).to_be_visible()

    other = Visit(tab.page.context.new_page(), tab.address, [])
    other.open("/verify")
    expect(button(other.page, "Run the verification")).to_be_enabled()
    button(tab.page, "Sign out").click()
    button(tab.page, "End session").click()
    expect(button(tab.page, "Sign in")).to_be_visible()
    # No new reading comes meanwhile: an open page asks every few seconds who is still signed in.
    expect(button(other.page, "Sign in")).to_be_visible()
    assert len(lasting18.rows(who, ["partition_watchtower"])) == 1


@pytest.mark.landing
@pytest.mark.parametrize(
    ("person", "reason"),
    [
        ("victor", "victor\u2060@example.org is not an operator"),
        pytest.param(
            "unverified",
            f"The provider does not say that {SEEN} is verified",
            marks=pytest.mark.everything,
        ),
    ],
)
def test_who_is_no_verified_operator_may_only_look(tab: Visit, person: str, reason: str) -> None:
    tab.open()
    sign_in(tab, person)
    expect(tab.page.get_by_test_id("stSidebar")).to_contain_text("May look")
    tab.open("/verify")
    expect(tab.page.get_by_text(reason)).to_be_visible()
    expect(button(tab.page, "Run the verification")).to_be_disabled()
    expect(tab.page.get_by_label("Secret")).to_have_count(0)


def test_expired_sign_in_shows_nothing_and_offers_another(tab: Visit, lasting18: Database) -> None:
    frames = heard(tab.page)
    tab.open()
    sign_in(tab, "yesterday")
    expect(tab.page.get_by_text("Your sign-in is older than 12 h and has expired.")).to_be_visible()
    assert as_sent(lasting18.name) not in b"".join(frames)
    sign_in(tab, "olga", by="Sign in again")
    expect(tab.page.get_by_test_id("stSidebar")).to_contain_text("Operator")


def test_opened_under_another_address_it_names_the_right_one(tab: Visit) -> None:
    tab.page.goto(tab.address.replace("127.0.0.1", "localhost"))
    tab.settled()
    expect(tab.page.get_by_text("Open the dashboard there.")).to_be_visible()
    link = tab.page.get_by_role("link", name="Open")
    expect(link).to_have_attribute("href", tab.address)
