"""Does the button run the verification for whoever gives the secret, and for nobody else?"""

from __future__ import annotations

import pytest
from streamlit.testing.v1 import AppTest

from lib import watch
from lib.errors import WatchtowerError
from lib.gate import PER_CLIENT
from lib.settings import Settings
from lib.watch import Watch
from tests.pages.conftest import Show, Watching, known, text, visit
from tests.servers import Database
from tests.test_watch import until

SECRET = "correct-horse-battery"
NOWHERE = "postgresql://u:p@127.0.0.1:9/x"


def press(test: AppTest, secret: str) -> AppTest:
    test.text_input[0].set_value(secret)
    test.get("button")[0].click().run()
    assert not test.exception
    kept = test.session_state.to_dict().values()
    assert secret not in [value for value in kept if isinstance(value, str)]
    assert SECRET not in text(test)
    return test


def test_right_secret_runs_it_and_keeps_the_row(watching: Watching, database18: Database) -> None:
    with watching(database18.role_url, SECRET) as live:
        until(live, lambda s: s.report)
        test = press(visit("verify"), SECRET)
        said = text(test)
        assert "All 20 checks hold." in said
        assert "by someone with the secret, on the page" in said
        assert len(test.dataframe[0].value) == 20
    rows = database18.rows(
        "select ok, details ->> 'face' from public.watchtower_checks "
        "where check_name = 'partition_watchtower'"
    )
    assert rows == [(True, "page")]


def test_what_it_finds_is_said(watching: Watching, database18: Database) -> None:
    database18.execute("drop trigger events_set_session_month_from_session on public.events")
    with watching(database18.role_url, SECRET) as live:
        until(live, lambda s: s.report)
        said = text(press(visit("verify"), SECRET))
    assert "The events guard is missing on public.events" in said.replace("\\", "")
    assert "create or replace trigger events_set_session_month_from_session" in said


def test_unwritten_history_row_is_said(watching: Watching, database18: Database) -> None:
    database18.execute("revoke insert on public.watchtower_checks from watchtower")
    with watching(database18.role_url, SECRET) as live:
        until(live, lambda s: s.report)
        assert "This verification is not in the history" in text(press(visit("verify"), SECRET))


def test_wrong_secret_is_refused_and_then_throttled(
    watching: Watching, database18: Database
) -> None:
    with watching(database18.role_url, SECRET) as live:
        until(live, lambda s: s.report)
        test = visit("verify")
        assert "The secret is missing or wrong." in text(press(test, "wrong"))
        for _ in range(PER_CLIENT):
            press(test, "wrong")
        assert "Too many wrong secrets. Try again in" in text(press(test, SECRET))
        assert live.snapshot.verified is None
    assert database18.value("select count(*) from public.watchtower_checks") == 0


def test_no_secret_configured(watching: Watching, database18: Database) -> None:
    with watching(database18.role_url, None) as live:
        until(live, lambda s: s.report)
        test = visit("verify")
        assert "No secret is configured" in text(test)
        assert not test.text_input


def test_unreachable_database(watching: Watching) -> None:
    with watching(NOWHERE, SECRET) as live:
        until(live, lambda s: s.trouble)
        said = text(press(visit("verify"), SECRET))
        assert "Nothing was verified" in said
        assert "refuses the connection" in said


def test_equal_commands_hold_a_placeholder(show: Show) -> None:
    said = text(show("verify", known(None)))
    assert '"Authorization: Bearer $WATCHTOWER_SECRET"' in said
    assert "/api/watchtower/partition-drift" in said
    assert "python -m lib verify" in said


def test_bad_setting_is_said_and_not_called_a_missing_secret(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def refuse() -> Settings:
        raise WatchtowerError("DATABASE_URL is not a PostgreSQL connection string.")

    still = Watch(refuse)
    monkeypatch.setattr(watch, "WATCH", still)
    still.start()
    for page in ("verify", "status", "keys"):
        said = text(visit(page))
        assert "DATABASE\\_URL is not a PostgreSQL connection string" in said
        assert "start again" in said
        assert "No secret is configured" not in said
        assert "tries again by itself" not in said
