"""With sign-in: does the page let an operator run it, and tell everybody else why not?"""

from __future__ import annotations

import time
from typing import Any

import pytest
from streamlit.testing.v1 import AppTest

from lib.checks import CHECKS
from lib.settings.settings import Settings
from lib.watch import watch
from lib.watch.watch import Watch
from tests.pages.conftest import PAGES, Watching, known, look, text, visit
from tests.servers import Database
from tests.test_settings import AUTH
from tests.watching.test_watch import until

OLGA = "olga@example.org"
SIGN_IN = {"auth": AUTH, "operators": frozenset({OLGA.title()})}
RUN = "Run the verification"
COUNT = "select count(*) from public.watchtower_checks where check_name = 'partition_watchtower'"


def person(**changes: Any) -> dict[str, Any]:
    """Whom the provider calls a verified operator, just signed in; each time another sign-in."""
    fresh = {"iat": int(time.time()), "nonce": str(time.monotonic_ns())}
    return {"is_logged_in": True, "email": OLGA, "email_verified": True, **fresh, **changes}


def buttons(test: AppTest) -> dict[str, Any]:
    return {button.label: button for button in test.button}


def press(test: AppTest, label: str) -> str:
    buttons(test)[label].click().run()
    assert not test.exception
    return text(test)


def test_operator_presses_one_button_and_the_name_is_kept(
    watching: Watching, database18: Database
) -> None:
    with watching(database18.role_url, "a secret, for the endpoint", **SIGN_IN) as live:
        until(live, lambda s: s.report)
        test = visit("verify", person())
        assert not test.text_input
        press(test, RUN)
        until(live, lambda s: s.verified)
        said = text(test.run())
        assert f"All {len(CHECKS)} checks hold." in said
        assert "by olga\u2060@example.org, on the page" in said
    rows = database18.rows(
        "select details ->> 'who', details ->> 'face' from public.watchtower_checks "
        "where check_name = 'partition_watchtower'"
    )
    assert rows == [(OLGA, "page")]


REFUSED = [
    ({}, "You are not signed in. Only an operator may run it.", "Sign in"),
    ({"email_verified": False}, "does not say that olga\u2060@example.org is verified", None),
    ({"email": "victor@example.org"}, "victor\u2060@example.org is not an operator", None),
    ({"iat": time.time() - 13 * 3600}, "older than 12 h and has expired", "Sign in again"),
    ({"iat": time.time() + 3600}, "dated in the future", "Sign in again"),
]


@pytest.mark.parametrize(("changes", "reason", "offered"), REFUSED)
def test_who_may_not_sees_why_and_cannot_press(
    watching: Watching,
    database18: Database,
    changes: dict[str, Any],
    reason: str,
    offered: str | None,
) -> None:
    with watching(database18.role_url, "a secret, for the endpoint", **SIGN_IN) as live:
        until(live, lambda s: s.report)
        test = visit("verify", person(**changes) if changes else None)
        assert reason in text(test)
        assert not test.text_input
        assert buttons(test)[RUN].disabled
        assert (offered in buttons(test)) if offered else ("Sign out" in buttons(test))


def test_nobody_is_named_an_operator(watching: Watching, database18: Database) -> None:
    with watching(database18.role_url, None, auth=AUTH) as live:
        until(live, lambda s: s.report)
        test = visit("verify", person())
        assert "WATCHTOWER\\_OPERATORS names nobody" in text(test)
        assert buttons(test)[RUN].disabled


@pytest.mark.parametrize(("changes", "reason", "offered"), REFUSED)
def test_it_is_asked_again_when_the_run_begins(
    watching: Watching,
    database18: Database,
    changes: dict[str, Any],
    reason: str,
    offered: str | None,  # noqa: ARG001
) -> None:
    """The button was drawn for an operator, and is pressed by who no longer is one."""
    with watching(database18.role_url, None, **SIGN_IN) as live:
        until(live, lambda s: s.report)
        test = visit("verify", person())
        assert not buttons(test)[RUN].disabled
        test.user = person(**changes) if changes else {}
        press(test, RUN)
        assert [error.value for error in test.error if reason.split(". ")[0] in error.value]
        assert live.snapshot.verified is None
    assert database18.value(COUNT) == 0


def test_signing_out_counts_in_every_tab(watching: Watching, database18: Database) -> None:
    with watching(database18.role_url, None, **SIGN_IN) as live:
        until(live, lambda s: s.report)
        olga = person()
        here, there = visit("verify", olga), visit("verify", olga)
        press(here, "Sign out")
        assert "Not signed in" in text(here)
        press(there, RUN)
        assert "You are not signed in." in text(there)
        assert live.snapshot.verified is None
        assert not live.sign_outs.still_in(olga)
        assert not buttons(visit("verify", person()))[RUN].disabled


def test_sign_out_that_the_history_refuses_counts_here_and_is_said(
    watching: Watching, database18: Database
) -> None:
    untold = "Other copies of this app, and this one after a restart, may not know"
    with watching(database18.role_url, None, **SIGN_IN) as live:
        until(live, lambda s: s.report)
        database18.execute("revoke insert on public.watchtower_checks from watchtower")
        olga = person()
        here, there = visit("verify", olga), visit("verify", olga)
        assert untold not in text(here)
        press(here, "Sign out")
        assert "Not signed in" in text(here)
        assert untold in text(here)
        press(there, RUN)
        assert "You are not signed in." in text(there)
        database18.execute("grant insert on public.watchtower_checks to watchtower")
        press(visit("verify", person()), "Sign out")
        assert untold not in text(visit("verify"))
    told = "select count(*) from public.watchtower_checks where check_name like '%signed_out'"
    assert database18.value(told) == 2


def test_demo_does_not_show_its_secret_where_operators_sign_in(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    demo = Watch(Settings)
    demo.settings, demo.shown_secret = Settings(**SIGN_IN), "the demo's own"  # type: ignore[arg-type]
    demo.snapshot = known(None, demo=True)
    monkeypatch.setattr(watch, "WATCH", demo)
    for user in (None, person()):
        assert "the demo's own" not in text(visit("verify", user))


@pytest.fixture(scope="module")
def report(lasting18: Database) -> Any:
    """What a refresh of a healthy database finds."""
    return look(lasting18)


def closed(monkeypatch: pytest.MonkeyPatch, report: Any, **changes: Any) -> None:
    """A dashboard with something to show, where one must sign in to look."""
    still = Watch(Settings)
    still.snapshot = known(report, place="db.example.org/secret-name")
    still.settings = Settings(**{**SIGN_IN, "sign_in_required": True, **changes})
    monkeypatch.setattr(watch, "WATCH", still)


@pytest.mark.parametrize("page", PAGES)
def test_required_shows_nothing_before_and_everything_after(
    monkeypatch: pytest.MonkeyPatch, report: Any, page: str
) -> None:
    closed(monkeypatch, report)
    for user, offered in ((None, "Sign in"), (person(iat=0), "Sign in again")):
        test = visit(page, user)
        assert list(buttons(test)) == [offered]
        assert not test.dataframe
        assert not test.sidebar.children
        said = text(test)
        for word in ("example.org", "PostgreSQL", "guards hold.\n", "ok", "trigger"):
            assert word not in said, said
    inside = text(visit(page, person(email="victor@example.org")))
    assert "secret-name" in inside
    assert "May look" in inside


@pytest.mark.parametrize("page", PAGES)
def test_required_without_a_provider_says_what_is_missing_and_nothing_else(
    monkeypatch: pytest.MonkeyPatch, report: Any, page: str
) -> None:
    closed(monkeypatch, report, auth={})
    for user in (None, person()):
        test = visit(page, user)
        said = text(test)
        assert "no provider is configured" in said
        assert "server_metadata_url" in said
        assert "secret-name" not in said
        assert not test.button
        assert not test.dataframe
        assert not test.sidebar.children
