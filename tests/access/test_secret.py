"""Without sign-in: does the form take the secret, forget it, and stop guessing? In a browser."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, expect

from lib.settings.gate import PER_CLIENT
from tests.browsers import ChromiumMissing, Visit, app, chromium, visit
from tests.conftest import skip_missing
from tests.servers import Database

SECRET = "correct-horse-battery"


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    try:
        with chromium() as found:
            yield found
    except ChromiumMissing as missing:
        skip_missing(str(missing))


@pytest.fixture
def served(browser: Browser, database18: Database, tmp_path: Path) -> Iterator[str]:  # noqa: ARG001
    log = tmp_path / "app.log"
    with app(log, DATABASE_URL=database18.role_url, WATCHTOWER_SECRET=SECRET) as address:
        yield address
    assert SECRET not in log.read_text(encoding="utf-8")


def present(tab: Visit, secret: str) -> None:
    """Give this secret, and see that the form forgets it."""
    field = tab.page.get_by_label("Secret")
    field.fill(secret)
    tab.page.get_by_role("button", name="Run the verification").click()
    expect(field).to_have_value("")
    tab.settled()
    assert secret not in tab.page.content()


@pytest.mark.landing
def test_right_wrong_and_throttled(browser: Browser, served: str, database18: Database) -> None:
    count = "select count(*) from public.watchtower_checks where check_name = %s"
    tab = visit(browser, served)
    tab.open()
    expect(tab.page.get_by_role("heading", name="All guards hold")).to_be_visible()
    tab.open("/verify")
    expect(tab.page.get_by_role("button", name="Sign in")).to_have_count(0)
    present(tab, "wrong-donkey-1")
    expect(tab.page.get_by_text("The secret is missing or wrong.")).to_be_visible()
    assert database18.value(count, ["partition_watchtower"]) == 0

    present(tab, SECRET)
    # While it runs the page names who asked as well; only a finished one says how long it took.
    landed = tab.page.get_by_text(re.compile(r"by someone with the secret, on the page.* · took"))
    expect(landed.first).to_be_visible()
    assert database18.value(count, ["partition_watchtower"]) == 1

    for number in range(PER_CLIENT):
        present(tab, f"wrong-donkey-{number}")
    present(tab, "wrong-donkey")
    expect(tab.page.get_by_text("Too many wrong secrets. Try again in")).to_be_visible()
    assert database18.value(count, ["partition_watchtower"]) == 1
    assert tab.complaints == []
