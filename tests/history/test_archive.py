"""Is a run of the history fetched word for word, once, and only when somebody opens it?"""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import closing
from datetime import UTC, datetime, timedelta
from uuid import uuid4

import pytest

from lib.history import archive
from lib.settings.settings import Settings, parse_url
from lib.watch.readers import Runs
from lib.watch.watch import Watch
from tests.looking import look, watched
from tests.servers import Database
from tests.watching.test_watch import until

MINUTE = timedelta(minutes=1)
DROP = "drop trigger sessions_set_created_month on public.sessions"
LAST = "select id::text from public.watchtower_checks order by created_at desc limit 1"


def test_verification_comes_back_as_it_was_kept(database18: Database) -> None:
    database18.execute(DROP)
    report = look(database18)
    run = database18.value(
        "select id::text from public.watchtower_checks where check_name = 'partition_watchtower'"
    )
    with closing(watched(database18.role_url)) as connection:
        kept = archive.opened(connection, run).report
    assert kept is not None
    assert {**kept.to_json(), "checked_at": ""} == {**report.to_json(), "checked_at": ""}
    assert (kept.who, kept.face) == ("a test", "pytest")


def test_row_of_the_rpc_comes_back_as_its_answer(database18: Database) -> None:
    database18.value("select public.watchtower_partition_drift_check_v1()")
    with closing(watched(database18.role_url)) as connection:
        answer = archive.opened(connection, database18.value(LAST)).answer
    assert answer is not None
    assert answer["triggers_ok"] is True


@pytest.mark.parametrize(
    "details",
    ["[1]", '{"checks": 3, "who": 4, "duration_ms": "x"}', '{"checks": [{"findings": [7]}, null]}'],
)
def test_rubbish_is_opened_without_a_fault(database18: Database, details: str) -> None:
    database18.execute(
        "insert into public.watchtower_checks (check_name, ok, details)"
        " values ('partition_watchtower', true, %s)",
        [details],
    )
    with closing(watched(database18.role_url)) as connection:
        report = archive.opened(connection, database18.value(LAST)).report
    assert report is not None
    assert report.status.word == "unknown", "nothing in it was seen to be right"


def test_run_that_is_gone_says_so(database18: Database) -> None:
    with closing(watched(database18.role_url)) as connection:
        gone = archive.opened(connection, str(uuid4()))
    assert "not in the history any more" in (gone.trouble or "")


def test_only_what_the_history_knows_is_fetched_and_a_few_are_kept(
    database18: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    for _ in range(2):
        look(database18)
    read: list[str] = []
    opened = archive.opened
    monkeypatch.setattr(archive, "opened", lambda d, run: (read.append(run), opened(d, run))[1])
    monkeypatch.setattr(Runs, "keep", 1)
    url = parse_url("x", database18.role_url)
    watch = Watch(lambda: Settings(url, refresh_seconds=3600))
    watch.start()
    try:
        known = until(watch, lambda s: len(s.history.verifications()) > 1).history
        first, second, *_ = known.verifications()  # the schedule may have added its own
        watch.open(str(uuid4()))
        watch.open("'; drop table x")
        for run in (first, second):
            watch.open(run.id)
            until(watch, lambda s, run=run: run.id in s.opened)
            watch.open(run.id)
        assert read == [first.id, second.id]
        assert list(watch.snapshot.opened) == [second.id]
    finally:
        watch.stop()


def test_trouble_is_shown_and_tried_again(database18: Database) -> None:
    look(database18)
    run = database18.value(LAST)
    shown: list[Mapping[str, archive.Opened]] = []
    own = Runs(shown.append)
    with closing(watched(database18.role_url)) as connection:
        own.database = connection
        database18.execute("revoke select on public.watchtower_checks from watchtower")
        own.want(run, datetime.now(UTC))
        own.wait(5)
        assert "permission denied" in (shown[-1][run].trouble or "")
        database18.execute("grant select on public.watchtower_checks to watchtower")
        own.want(run, datetime.now(UTC) + MINUTE)
        own.wait(5)
    assert shown[-1][run].trouble is None


def test_trouble_that_lasts_stays_said_and_an_outage_does_not(database18: Database) -> None:
    """The next refresh succeeds all the same: only what it could not reach is forgotten by it."""
    look(database18)
    run = database18.value(LAST)
    shown: list[Mapping[str, archive.Opened]] = []
    own = Runs(shown.append)

    def want(reached: bool, later: timedelta = timedelta()) -> None:
        own.want(run, datetime.now(UTC) + later)
        own.wait(5)
        if reached:
            own.reached(datetime.now(UTC))

    database18.execute("revoke select on public.watchtower_checks from watchtower")
    nowhere = watched("postgresql://x@127.0.0.1:1/x")
    with closing(watched(database18.role_url)) as connection, closing(nowhere):
        own.database = connection
        for _ in range(3):
            want(reached=True)
        assert len(shown) == 1, "once: what is shown anew is asked for anew"
        assert "permission denied" in (shown[-1][run].trouble or "")
        own.database = nowhere
        want(reached=False, later=MINUTE)
        assert "refuses the connection" in (shown[-1][run].trouble or "")
        own.reached(datetime.now(UTC))
        assert run not in shown[-1]


def test_made_up_addresses_are_not_all_remembered(database18: Database) -> None:
    now, shown = datetime.now(UTC), []
    own = Runs(shown.append)
    with closing(watched(database18.role_url)) as own.database:
        for _ in range(120):
            own.want(str(uuid4()), now)
            own.wait(5)
        assert len(own._wanted) == len(own._tried) == 100
        assert len(shown[-1]) == Runs.keep
        own.reached(now)
    assert len(shown[-1]) == Runs.keep


def test_what_nobody_looks_at_any_more_is_forgotten(database18: Database) -> None:
    look(database18)
    run, now = database18.value(LAST), datetime.now(UTC)
    shown: list[Mapping[str, archive.Opened]] = []
    own = Runs(shown.append)
    with closing(watched(database18.role_url)) as own.database:
        own.want(run, now)
        own.wait(5)
        own.reached(now + 9 * MINUTE)
        assert run in shown[-1]
        own.reached(now + 11 * MINUTE)
    assert shown[-1] == {}
