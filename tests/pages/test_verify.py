"""Does the button run the verification for whoever gives the secret, and for nobody else?"""

from __future__ import annotations

from concurrent.futures import Future
from contextlib import closing
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from streamlit.testing.v1 import AppTest

from lib import verification
from lib.checks import CHECKS
from lib.core.errors import WatchtowerError
from lib.core.progress import Running
from lib.core.words import sentence
from lib.history import rows as history_rows
from lib.history.history import History
from lib.runbook.criteria import acceptance
from lib.settings.gate import PER_CLIENT
from lib.settings.settings import Settings
from lib.watch import watch
from lib.watch.watch import Watch
from tests.looking import look as verify
from tests.looking import watched
from tests.pages.conftest import Show, Watching, known, look, text, visit
from tests.proxy import proxied
from tests.servers import Database
from tests.test_database import socket_of, through
from tests.watching.test_watch import FIVE_CHECKS_IN, kept_rows, until

SECRET = "correct-horse-battery"
NOWHERE = "postgresql://u:p@127.0.0.1:9/x"


def press(test: AppTest, secret: str) -> AppTest:
    """Press the button, and look again when the run is over, as the page does by itself."""
    test.text_input[0].set_value(secret)
    test.get("button")[0].click().run()
    if "run" in test.session_state:
        test.session_state["run"][0].exception(10)
        test.run()
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
        assert f"All {len(CHECKS)} checks hold." in said
        assert "by someone with the secret, on the page" in said
        assert len(test.table[0].value) == len(CHECKS)
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
    assert "The events guard is missing" in said.replace("\\", "")
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
        assert "Too many wrong secrets. Try again in" in text(press(test, "wrong"))
        assert live.snapshot.verified is None
        assert database18.value("select count(*) from public.watchtower_checks") == 0
        assert f"All {len(CHECKS)} checks hold." in text(press(test, SECRET)), (
            "which is never held up"
        )


def test_no_secret_configured(watching: Watching, database18: Database) -> None:
    with watching(database18.role_url, None) as live:
        until(live, lambda s: s.report)
        test = visit("verify")
        assert "No secret is configured" in text(test)
        assert not test.text_input


def test_secret_that_is_too_short(watching: Watching, database18: Database) -> None:
    with watching(database18.role_url, "x" * 15) as live:
        until(live, lambda s: s.report)
        test = visit("verify")
        assert "fewer than 16 characters, so it opens nothing" in text(test)
        assert not test.text_input


def test_unreachable_database(watching: Watching) -> None:
    with watching(NOWHERE, SECRET) as live:
        until(live, lambda s: s.trouble)
        said = text(press(visit("verify"), SECRET))
        assert "Nothing was verified" in said
        assert "refuses the connection" in said


def test_everybody_who_looks_sees_the_run_under_way(
    watching: Watching, database18: Database
) -> None:
    with (
        proxied(socket_of(database18)) as proxy,
        watching(through(proxy.port, database18), SECRET, refresh_seconds=3600) as live,
    ):
        until(live, lambda s: s.report)
        proxy.marker, proxy.then = FIVE_CHECKS_IN, "hold"
        run = live.verify("ann@example.org", "page")
        until(live, lambda s: s.running and len(s.running.done) == 5)
        first, second = visit("verify"), visit("verify")
        for test in (first, second):
            assert "asked by ann" in text(test)
            (bar,) = test.get("progress")
            assert bar.proto.text == f"5 of {len(CHECKS)} checks have answered"
            board = test.table[0].value
            landed = [True] * 5 + [False] * (len(CHECKS) - 5)
            assert list(board["Status"].str.contains("ok")) == landed
            assert "asking" in board["Status"][5]
            assert "triggers fire" in board["Check and what it found"][0]
            assert board["Took"][0].endswith("ms")
            assert not test.get("download_button")
        second.text_input[0].set_value(SECRET)
        second.get("button")[0].click().run()
        assert second.session_state["run"][0] is run, "who presses meanwhile joins it"
        proxy.release()
        run.result(10)
        for test in (first, second):
            said = text(test.run())
            assert f"All {len(CHECKS)} checks hold." in said
            assert not test.get("progress")
    assert kept_rows(database18) == 1


def test_result_comes_with_acceptance_and_files_to_keep(
    watching: Watching, database18: Database
) -> None:
    with watching(database18.role_url, SECRET) as live:
        until(live, lambda s: s.report)
        test = press(visit("verify"), SECRET)
        report = live.snapshot.verified
        assert report is not None
        labels = [button.proto.label for button in test.get("download_button")]
        assert labels == ["HTML, to print", "Markdown", "JSON"]
        said = text(test).replace("\\", "")
        for item in acceptance(report):
            assert f"{item.title}" in said
            assert sentence(item.evidence) in said


def test_run_that_never_ends_is_given_up_after_ten_seconds(
    show: Show, database18: Database
) -> None:
    healthy, long_ago = verify(database18), datetime.now(UTC) - timedelta(seconds=11)
    hung = Running(long_ago, "ann", "page", ("guard_triggers",))
    test = show("verify", known(healthy, verified=healthy, running=hung))
    test.session_state["run"] = Future(), long_ago
    said = text(test.run())
    assert "The database did not answer within 10 s" in said
    assert "Nothing was verified" in said
    assert "The last verification" in said
    assert not test.get("progress")


def test_what_was_read_since_is_worse(show: Show, database18: Database) -> None:
    healthy = verify(database18)
    database18.execute("drop trigger sessions_set_created_month on public.sessions")
    test = show("verify", known(look(database18), verified=healthy))
    said = text(test)
    assert f":gray-badge[:material/check_circle: was ok] All {len(CHECKS)} checks hold." in said
    assert "critical] **A later reading says otherwise** about guard" in said.replace("\\", "")
    rows = test.get("table")[0].value
    (row,) = rows[rows["Check and what it found"].str.contains("guard.*_triggers")].itertuples()
    assert "critical" in row[1]
    assert "verified as ok" in row[2]
    lines = [line for each in test.markdown for line in each.value.split("\n\n")]
    guards = next(line for line in lines if "Both guards fire" in line)
    assert guards.startswith(":red-badge[:material/cancel: critical]")
    assert "Since then: " in guards
    assert sum(":red-badge" in line for line in lines) == 3, "it, them, an RPC"


def test_later_verification_by_another_face_is_named(show: Show, database18: Database) -> None:
    own = verify(database18)
    own = replace(own, checked_at=own.checked_at - timedelta(minutes=1))
    with closing(watched(database18.role_url)) as connection:
        verification.verify(connection, who="root", face="command line")
        kept = history_rows.read(connection, History(), datetime.now(UTC))
    said = text(show("verify", known(own, verified=own, history=kept)))
    assert "Verified again since, elsewhere:" in said
    assert "by root, on the command line" in said
    alone = text(show("verify", known(own, verified=own)))
    assert "Verified again since" not in alone


def test_database_that_went_away_is_said_and_the_last_answer_is_grey(
    show: Show, database18: Database
) -> None:
    healthy = verify(database18)
    said = text(show("verify", known(healthy, verified=healthy, trouble="Nobody answers.")))
    assert "**Unknown: Nobody answers.**" in said
    assert f"was ok] All {len(CHECKS)} checks hold." in said


def test_nothing_verified_yet(show: Show, database18: Database) -> None:
    test = show("verify", known(look(database18)))
    assert "everything that it finds is then shown here" in text(test)
    assert not test.get("download_button")


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
