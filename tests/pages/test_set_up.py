"""Is a database that is not set up met with what it needs, and not with red?"""

from __future__ import annotations

from datetime import UTC, datetime

from streamlit.testing.v1 import AppTest

from lib.watch.watch import Watch
from tests.pages.conftest import Show, Watching, known, look, text, visit
from tests.servers import OWNER, Database
from tests.waiting import waits


def opened(live: Watch) -> AppTest:
    """The page, once what it shows was read since the last look."""
    visit("set_up")  # somebody asks
    assert waits(lambda: live.snapshot.setup.get("now"))
    return visit("set_up")


def test_tables_without_guards_are_met_with_the_setup(bare: Database, watching: Watching) -> None:
    with watching(bare.owner_url, None) as live:
        assert waits(lambda: live.snapshot.report)
        status = text(visit("status"))
        assert "This database is not set up yet" in status
        assert "critical" not in status
        said = text(opened(live))
    assert "Not set up" in said
    assert "create function public.watchtower\\_guard\\_fires" not in said
    assert "The SQL, in order" in said
    assert "create or replace function public.trg_sessions_set_created_month()" in said


def test_guards_that_are_gone_since_are_a_fault(database18: Database, watching: Watching) -> None:
    for function in ("trg_sessions_set_created_month", "trg_events_set_session_month_from_session"):
        database18.execute(f"drop function public.{function}() cascade")
    with watching(database18.role_url, None) as live:
        live.verify("a test", "pytest").result(30)
        assert waits(lambda: live.snapshot.history.verifications())
        assert "This database is not set up yet" not in text(visit("status"))


def test_what_is_set_up_is_green(lasting18: Database, watching: Watching) -> None:
    with watching(lasting18.role_url, None) as live:
        assert waits(lambda: live.snapshot.report)
        said = text(opened(live))
    assert "Set up" in said
    assert "Nothing is left to do" in said
    assert "radio_button_unchecked" not in said


def test_a_database_that_is_down_says_until_when_it_answered(
    show: Show, lasting18: Database
) -> None:
    held = known(look(lasting18, OWNER), trouble="The database at x refuses the connection.")
    said = text(show("set_up", held))
    assert "refuses the connection" in said
    assert f"It answered until {datetime.now(UTC):%H}" in said
