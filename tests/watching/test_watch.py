"""Does the one background task keep looking, whatever the database does?"""

from __future__ import annotations

import socket
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from lib import verification
from lib.checks import CHECKS
from lib.core.errors import DatabaseUnreachable
from lib.settings.settings import Settings, parse_url
from lib.verification import landed
from lib.watch.snapshot import Snapshot
from lib.watch.watch import Watch
from tests.looking import watched
from tests.proxy import Proxy, proxied
from tests.servers import ROOT, Database
from tests.test_database import socket_of, through
from tests.waiting import waits


@contextmanager
def watching(url: str, refresh_seconds: int = 1, **more: Any) -> Iterator[Watch]:
    settings = Settings(parse_url("x", url), "secret", refresh_seconds=refresh_seconds, **more)
    watch = Watch(lambda: settings)
    watch.start()
    try:
        yield watch
    finally:
        watch.stop()


def until(watch: Watch, wanted: Callable[[Snapshot], object], seconds: float = 20) -> Snapshot:
    """The first snapshot that is as wanted."""
    return waits(lambda: (known := watch.snapshot) and wanted(known) and known, seconds)


def now() -> datetime:
    return datetime.now(UTC)


def test_dropped_trigger_is_seen_by_the_next_refresh_and_its_repair_too(
    database18: Database,
) -> None:
    with watching(database18.role_url) as watch:
        assert until(watch, lambda s: s.report).status(now()).word == "ok"
        database18.execute("drop trigger sessions_set_created_month on public.sessions")
        until(watch, lambda s: s.status(now()).word == "critical")
        database18.run_setup()
        until(watch, lambda s: s.status(now()).word == "ok")
    written = database18.value("select count(*) from public.watchtower_checks")
    assert written == 0, "a refresh writes nothing"


def test_database_that_goes_away_turns_unknown_and_keeps_the_last_answer(
    database18: Database,
) -> None:
    with (
        proxied(socket_of(database18)) as proxy,
        watching(through(proxy.port, database18)) as watch,
    ):
        proven = until(watch, lambda s: s.report)
        proxy.close()
        lost = until(watch, lambda s: s.trouble)
        assert lost.status(now()).word == "unknown"
        assert lost.report is not None
        assert lost.taken_at is not None
        assert proven.taken_at is not None
        assert lost.taken_at >= proven.taken_at
        assert f"127.0.0.1:{proxy.port}" in (lost.trouble or "")


def test_database_that_comes_back_is_noticed(database18: Database) -> None:
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    with watching(through(port, database18)) as watch:
        until(watch, lambda s: s.trouble)
        back = Proxy(socket_of(database18), port=port)
        try:
            found = until(watch, lambda s: s.report)
            assert found.trouble is None
            assert found.status(now()).word == "ok"
        finally:
            back.close()


def test_round_that_fails_in_an_unforeseen_way_does_not_end_the_watch(
    database18: Database, caplog: pytest.LogCaptureFixture
) -> None:
    with watching(database18.role_url) as watch:
        until(watch, lambda s: s.report)
        right = watch.runs.reached
        watch.runs.reached = lambda _: {}["a bug"]  # type: ignore[method-assign]
        lost = until(watch, lambda s: s.trouble)
        assert lost.trouble == "The refresh failed unexpectedly; the log says more."
        watch.runs.reached = right  # type: ignore[method-assign]
        until(watch, lambda s: s.trouble is None)
    assert "KeyError: 'a bug'" in caplog.text


def test_malformed_setting_is_said_and_stops_nothing() -> None:
    from lib.settings import settings

    watch = Watch(lambda: settings.load({"DATABASE_URL": "rubbish:pa55word"}, {}))
    watch.start()
    assert watch.snapshot.status(now()).word == "unknown"
    assert (watch.snapshot.trouble or "").startswith("DATABASE_URL is not a PostgreSQL")
    watch.stop()


def test_an_answer_that_grows_old_is_no_proof(database18: Database) -> None:
    with watching(database18.role_url) as watch:
        snapshot = until(watch, lambda s: s.report)
    assert snapshot.status(now()).word == "ok"
    assert snapshot.status(now() + timedelta(minutes=10)).word == "unknown"


def test_stopping_takes_under_two_seconds_even_while_the_database_hangs(
    database18: Database,
) -> None:
    with proxied(socket_of(database18), b"-- Observed state of each expected", "hang") as proxy:
        watch = Watch(lambda: Settings(parse_url("x", through(proxy.port, database18)), "s"))
        watch.start()
        until(watch, lambda _: proxy.mode == "hang")
        started = now()
        watch.stop()
        assert now() - started < timedelta(seconds=2)


def test_another_window_is_read_while_somebody_looks_at_it(database18: Database) -> None:
    with watching(database18.role_url, refresh_seconds=3600) as watch:
        until(watch, lambda s: s.report)
        watch.want(30)
        view = until(watch, lambda s: 30 in s.views).views[30]
        assert view.window_days == 30
        days = view["orphan_rows"].tables["days"]
        week = watch.snapshot.report["orphan_rows"].tables["days"]  # type: ignore[index]
        assert len(days) > len(week)
        watch.want(7)
        watch.want(31)
        watch.look_now()
        until(watch, lambda s, before=watch.snapshot.number: s.number >= before + 2)
        assert list(watch.snapshot.views) == [30], "a made-up window costs nothing"


def test_what_was_verified_is_in_the_history_at_once(database18: Database) -> None:
    with watching(database18.role_url, refresh_seconds=3600) as watch:
        until(watch, lambda s: s.report)
        landed(watch.verify("someone", "page"))
        run = until(watch, lambda s: s.history.verifications()).history.verifications()[-1]
        assert (run.who, run.face, run.status.word) == ("someone", "page", "ok")


FIVE_CHECKS_IN = b"-- The foreign key that ties each guarded table"


def test_two_who_ask_at_once_share_one_run_and_both_see_how_far_it_is(
    database18: Database,
) -> None:
    with (
        proxied(socket_of(database18)) as proxy,
        watching(through(proxy.port, database18), refresh_seconds=3600) as watch,
    ):
        until(watch, lambda s: s.report)
        proxy.marker, proxy.then = FIVE_CHECKS_IN, "hold"
        first = watch.verify("ann", "page")
        seen = until(watch, lambda s: s.running and len(s.running.done) == 5)
        second = watch.verify("ben", "endpoint")
        assert second is first
        run = seen.running
        assert run is not None
        assert (run.who, run.face, len(run.checks)) == ("ann", "page", len(CHECKS))
        assert [step.check for step in run.done] == list(run.checks[:5])
        assert {step.status.word for step in run.done} == {"ok"}
        assert run.done[0].summary == seen.report["guard_triggers"].summary  # type: ignore[index]
        assert run.current == "foreign_key"
        proxy.release()
        assert first.result(10).who == "ann"
        done = watch.snapshot
        assert done.running is None
        assert done.verified is first.result()
        until(watch, lambda s: s.history.verifications())
    assert kept_rows(database18) == 1


def test_run_that_cannot_reach_the_database_shows_no_progress_afterwards(
    database18: Database,
) -> None:
    with (
        proxied(socket_of(database18)) as proxy,
        watching(through(proxy.port, database18), refresh_seconds=3600) as watch,
    ):
        until(watch, lambda s: s.report)
        proxy.close()
        with pytest.raises(DatabaseUnreachable):
            landed(watch.verify("ann", "page"))
        assert watch.snapshot.running is None
        assert watch.snapshot.trouble


def test_steps_of_a_run_make_no_other_page_redraw(database18: Database) -> None:
    with watching(database18.role_url, refresh_seconds=3600) as watch:
        before = until(watch, lambda s: s.report).number
        landed(watch.verify("ann", "page"))
        done = until(watch, lambda s: s.history.verifications())
    assert done.number - before <= 3, "the answer and the history, not the twenty steps"


def kept_rows(database: Database) -> int:
    """How many verifications are in the history?"""
    kept = "select count(*) from public.watchtower_checks where check_name = 'partition_watchtower'"
    return int(database.value(kept))


def test_rows_since_a_repair_that_was_seen_are_counted_by_themselves(database18: Database) -> None:
    write = (
        "insert into public.sessions (id, created_month, created_at)"
        " select gen_random_uuid(), date_trunc('month', now() - %s * interval '1 day'), now()"
        " from generate_series(1, %s)"
    )
    with watching(database18.role_url) as watch:
        until(watch, lambda s: s.report)
        assert watch.snapshot.last_repair is None
        database18.execute("drop trigger sessions_set_created_month on public.sessions")
        database18.execute(write, [40, 3])
        until(watch, lambda s: s.report and s.report["guard_triggers"].status.word == "critical")
        database18.run_setup()
        repair = until(watch, lambda s: s.last_repair).last_repair
        assert repair is not None
        assert repair.seen
        database18.execute(write, [0, 5])
        found = until(watch, lambda s: counted(s) == (5, 0))
    assert found.report is not None
    assert found.report["wrong_keys"].status.word == "critical", "the three still stand"


def counted(snapshot: Snapshot) -> tuple[int, int] | None:
    """Rows, and wrong ones, since the repair."""
    assert snapshot.report is not None
    rows = snapshot.report["wrong_keys"].tables.get("since", ())
    return next(((row["rows"], row["wrong"]) for row in rows), None)


def test_what_another_copy_tried_since_is_not_said_to_be_untried(database18: Database) -> None:
    rewritten = ROOT / "sql" / "variants" / "sessions-function-rewritten.sql"
    with watching(database18.role_url, refresh_seconds=3600) as watch:
        until(watch, lambda s: s.report)
        landed(watch.verify("ann", "page"))
        with closing(watched(database18.role_url)) as other:
            database18.run_file(rewritten)
            verification.verify(other, who="ci", face="command line")
        watch.look_now()
        seen = until(watch, lambda s: s.ground and s.ground.report.who == "ci" and s.report)
        assert seen.report is not None
        assert seen.report["guard_behaviour"].status.word == "ok"
        assert seen.report["guard_functions"].status.word == "warning"
