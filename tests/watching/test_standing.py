"""Does a verdict stay as bad as a verification found it, until one finds otherwise?"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from contextlib import ExitStack, closing
from typing import Any

import pytest

from lib import verification
from lib.core.results import CheckResult, Report, Status
from lib.db import sql
from lib.faces import metrics
from lib.history.history import History
from lib.history.incidents import incidents
from lib.history.rows import read
from lib.repairs import execution
from lib.settings.settings import parse_url
from lib.verification import landed
from lib.watch.snapshot import Snapshot
from lib.watch.watch import Watch
from tests.checks.test_guard_behaviour import WRONG
from tests.dealing import some
from tests.looking import look, watched
from tests.proxy import Proxy, proxied
from tests.servers import OWNER, ROLE, Database
from tests.test_database import socket_of, through
from tests.watching.test_watch import kept_rows, now, until, watching

RAISES = (
    "create or replace function public.watchtower_partition_drift_check_v1() returns jsonb"
    " language plpgsql security definer set search_path = '' as"
    " $$ begin raise exception 'out of order'; end $$"
)


EMPTIED = WRONG["emptied"]
GUARDS = "set watchtower.replace_guards = 'yes';\n" + sql.load("setup/10_guards")


def rounds(watch: Watch, count: int = 5) -> list[Snapshot]:
    """What is shown after each of the next refreshes."""
    found = []
    for _ in range(count):
        before = watch.snapshot.taken_at
        watch.look_now()
        found.append(until(watch, lambda s, before=before: s.taken_at != before))
    return found


def words(snapshot: Snapshot) -> str:
    return snapshot.status(now()).word


def rows_say(database: Database) -> list[tuple[object, ...]]:
    """The incidents as another process reads them from the rows: checks, begin, end."""
    with closing(watched(database.role_url)) as handle:
        return told(read(handle, History(), now()))


def told(history: History) -> list[tuple[object, ...]]:
    """What faces say of the incidents of this history."""
    return [
        (sorted(each.checks), each.began, each.ended, each.last_ok)
        for each in incidents(history.recorded)
    ]


def changes(database: Database) -> int:
    """How many verifications has a change asked for?"""
    kept = "select count(*) from public.watchtower_checks where details ->> 'face' = 'change'"
    return int(database.value(kept))


@pytest.mark.usefixtures("hasty")
def test_rpc_that_raises_stays_critical_until_a_verification_calls_it(
    database18: Database,
) -> None:
    look(database18)
    with watching(database18.role_url) as watch:
        assert words(until(watch, lambda s: s.report)) == "ok"
        database18.execute(RAISES)
        landed(watch.verify("someone", "endpoint"))
        assert {words(shown) for shown in rounds(watch)} == {"critical"}
        report = watch.snapshot.report
        assert report is not None
        assert "raised: out of order" in report["rpc_answers"].failing()[0].detail
        assert 'watchtower_check_status{check="rpc_answers"} 3.0' in metric(watch)
        answered = "insert into public.watchtower_checks (check_name, ok, details)"
        database18.execute(f"{answered} values ('partition_drift_v1', true, '{{\"ok\": true}}')")
        assert {words(shown) for shown in rounds(watch, 2)} == {"critical"}, "no call"
        database18.run_setup()
        until(watch, lambda s: words(s) == "ok")
        assert changes(database18) >= 1, "nobody bore the secret for that"
        assert {words(shown) for shown in rounds(watch, 2)} == {"ok"}


def metric(watch: Watch) -> str:
    return metrics.Metrics(watch).text().decode()


@pytest.mark.landing
def test_restart_in_the_middle_of_it_and_a_second_copy_know_it_from_the_row(
    database18: Database,
) -> None:
    look(database18)
    with watching(database18.role_url) as first:
        until(first, lambda s: s.report)
        database18.execute(RAISES)
        until(first, lambda s: words(s) == "critical")
        with watching(database18.role_url) as second:
            assert words(until(second, lambda s: s.report)) == "critical"
            assert {words(shown) for shown in rounds(second)} == {"critical"}
    with watching(database18.role_url) as again:
        assert words(until(again, lambda s: s.report)) == "critical"
        assert {words(shown) for shown in rounds(again)} == {"critical"}
        assert told(again.snapshot.history) == rows_say(database18)
    assert changes(database18) == 1, "nothing changed since: nothing is verified once more"


@pytest.mark.landing
@pytest.mark.usefixtures("hasty")
def test_row_that_was_not_kept_is_said_until_one_is(database18: Database) -> None:
    look(database18)
    with watching(database18.role_url) as watch:
        until(watch, lambda s: s.report)
        database18.execute("revoke insert on public.watchtower_checks from watchtower")
        answer = landed(watch.verify("someone", "endpoint")).to_json()
        assert answer["status"] == "warning"
        for shown in rounds(watch):
            assert shown.report is not None
            assert words(shown) == "warning"
            assert shown.report["history"].to_json() == answer["checks"][-1]
        database18.execute("grant insert on public.watchtower_checks to watchtower")
        until(watch, lambda s: words(s) == "ok")
        assert {words(shown) for shown in rounds(watch, 2)} == {"ok"}


def test_what_another_process_repaired_is_taken_over_within_one_refresh(
    database18: Database,
) -> None:
    with watching(database18.role_url, refresh_seconds=3600) as watch:
        until(watch, lambda s: s.report)
        landed(watch.verify("ann", "page"))
        database18.execute(EMPTIED)
        broken = landed(watch.verify("ann", "page"))
        assert broken.status is Status.CRITICAL
        role, owner = (parse_url("x", database18.url(user)) for user in (ROLE, OWNER))
        done = execution.apply(role, owner, who="ben", say=lambda _: None)
        assert done.report.ok
        (shown,) = rounds(watch, 1)
        assert words(shown) == "ok", "no minute of red, and no doubt of what was tried"
        until(watch, lambda s: told(s.history) == rows_say(database18))
        assert len(incidents(watch.snapshot.history.recorded)) == 1, "no phantom"
        assert changes(database18) == 0


def test_unreachable_in_the_middle_of_it_ends_nothing(database18: Database) -> None:
    database18.execute(EMPTIED)
    with (
        proxied(socket_of(database18)) as proxy,
        watching(through(proxy.port, database18)) as watch,
    ):
        until(watch, lambda s: s.report)
        landed(watch.verify("ann", "page"))
        (before,) = incidents(until(watch, lambda s: s.history.runs).history.recorded)
        port = proxy.port
        proxy.close()
        lost = until(watch, lambda s: s.trouble)
        assert words(lost) == "unknown"
        assert lost.standing(now())["guard_behaviour"] is Status.CRITICAL
        assert incidents(lost.history.recorded)[-1].ended is None
        back = Proxy(socket_of(database18), port=port)
        try:
            seen = until(watch, lambda s: s.trouble is None)
            assert words(seen) == "critical"
            assert {words(shown) for shown in rounds(watch, 3)} == {"critical"}
            (after,) = incidents(watch.snapshot.history.recorded)
            assert (after.began, after.ended) == (before.began, None)
        finally:
            back.close()


@pytest.mark.landing
def test_copies_verify_a_change_once_and_once_a_minute(database18: Database) -> None:
    look(database18)
    with ExitStack() as stack:
        copies = [stack.enter_context(watching(database18.role_url)) for _ in range(3)]
        for copy in copies:
            until(copy, lambda s: s.report)
        database18.execute(EMPTIED)
        for copy in copies:
            until(copy, lambda s: s.ground and s.ground.report.face == "change")
            assert {words(shown) for shown in rounds(copy, 3)} == {"critical"}
        for _ in range(3):
            database18.execute(GUARDS)
            for copy in copies:
                assert {words(shown) for shown in rounds(copy, 2)} == {"critical"}, "not tried yet"
            database18.execute(EMPTIED)
        assert changes(database18) == 1
        database18.execute(
            "update public.watchtower_checks set created_at = created_at - interval '1 minute'"
        )
        for copy in copies:
            copy._verifier._changed_at = None  # a minute later, for this copy too
        database18.execute(GUARDS)
        for copy in copies:
            until(copy, lambda s: words(s) == "ok")
    assert changes(database18) == 2
    assert len(rows_say(database18)) == 1


@pytest.mark.landing
@pytest.mark.usefixtures("hasty")
def test_repair_while_a_verification_runs_is_verified_after_it(
    database18: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    """That one had tried the guard before: what asks meanwhile joins it, and learns nothing."""
    tried, released, real = threading.Event(), threading.Event(), verification.verify

    def held(*args: Any, progress: Callable[[CheckResult], object], **asked: Any) -> Report:
        def landed(result: CheckResult) -> None:
            progress(result)
            if asked["face"] == "once more" and result.check == "rpc_answers":
                tried.set()
                released.wait(8)

        return real(*args, progress=landed, **asked)

    database18.execute(EMPTIED)
    look(database18)
    monkeypatch.setattr(verification, "verify", held)
    with watching(database18.role_url) as watch:
        until(watch, lambda s: s.ground)
        running = watch.verify("the watch", "once more")
        assert tried.wait(10)
        database18.execute(GUARDS)
        until(watch, lambda s: s.report.catalogs != s.ground.report.catalogs)
        rounds(watch, 2)
        released.set()
        assert running.result(10).status is Status.CRITICAL
        until(watch, lambda s: words(s) == "ok")
    assert changes(database18) == 1


def test_break_that_a_look_saw_while_a_verification_ran_is_not_taken_back_by_it(
    database18: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    """That one had asked all that it asks before the break."""
    found, released, real = threading.Event(), threading.Event(), verification.verify

    def held(*args: Any, **asked: Any) -> Report:
        report = real(*args, **asked)
        found.set()
        released.wait(8)
        return report

    look(database18)
    monkeypatch.setattr(verification, "verify", held)
    with watching(database18.role_url) as watch:
        until(watch, lambda s: s.ground)
        shown: list[str] = []
        watch.on_verified.append(lambda _: shown.append(words(watch.snapshot)))
        running = watch.verify("ada", "page")
        assert found.wait(10)
        database18.execute("alter table public.events disable trigger user")
        rounds(watch, 2)
        released.set()
        assert running.result(10).ok
        until(watch, lambda s: s.report is not None and s.report.checked_at > s.verified.checked_at)
        assert [*shown, words(watch.snapshot)] == ["critical", "critical"]


def test_what_nobody_changed_is_verified_by_nobody(database18: Database) -> None:
    look(database18)
    with watching(database18.role_url) as watch:
        until(watch, lambda s: s.report)
        rounds(watch)
    assert kept_rows(database18) == 1


def test_a_verification_that_saw_nothing_clears_nothing(database18: Database) -> None:
    drifted(database18)
    assert look(database18)["wrong_keys"].status is Status.CRITICAL
    database18.execute("revoke select on public.sessions from watchtower")
    for _ in range(3):
        blind = look(database18)["wrong_keys"]
        assert blind.status is Status.CRITICAL
        assert Status.UNKNOWN in {finding.status for finding in blind.findings}
    (only,) = rows_say(database18)
    assert only[2] is None
    database18.execute("delete from public.events; delete from public.sessions")
    assert look(database18)["wrong_keys"].status is Status.CRITICAL, "still nothing seen"
    database18.run_setup()
    assert look(database18)["wrong_keys"].status < Status.UNKNOWN
    (only,) = rows_say(database18)
    assert only[2] is not None


@pytest.mark.landing
def test_what_a_refresh_alone_saw_stays_while_nobody_can_look(database18: Database) -> None:
    """No verification had seen it yet, and none that is blind takes it back."""
    look(database18)
    check = "wrong_keys"
    with watching(database18.role_url) as watch:
        until(watch, lambda s: s.report)
        watch._verifier._changed_at = time.monotonic()  # another change was verified just now
        drifted(database18)
        until(watch, lambda s: words(s) == "critical" and s.report[check].status is Status.CRITICAL)
        with database18.connect(OWNER, autocommit=False) as other:
            other.execute("lock table public.sessions in access exclusive mode")
            for shown in rounds(watch, 3):
                assert shown.report is not None
                found = shown.report[check]
                assert found.status is Status.CRITICAL
            assert found.findings[-1].status is Status.UNKNOWN, "and it is said that nobody can see"
            assert landed(watch.verify("ann", "page"))[check].status is Status.CRITICAL
            assert {words(shown) for shown in rounds(watch, 2)} == {"critical"}
        database18.execute("delete from public.events; delete from public.sessions")
        until(watch, lambda s: s.report[check].status < Status.UNKNOWN)


def drifted(database: Database) -> None:
    """Rows with a wrong month, and the guard back."""
    database.execute(
        "drop trigger sessions_set_created_month on public.sessions;"
        " insert into public.sessions (id, created_month, created_at)"
        " select gen_random_uuid(), date_trunc('month', now() - interval '40 days'), now()"
        " from generate_series(1, 3)"
    )
    database.run_setup()


@pytest.mark.parametrize("ahead", ["30 seconds", "400 days"])
def test_row_from_the_future_clears_nothing(database18: Database, ahead: str) -> None:
    database18.execute(RAISES)
    look(database18)
    forged = '{"status": "ok", "checks": [{"check": "rpc_answers", "status": "ok"}]}'
    database18.execute(
        "insert into public.watchtower_checks (check_name, ok, details, created_at)"
        f" values ('partition_watchtower', true, '{forged}', now() + interval '{ahead}')"
    )
    with closing(watched(database18.role_url)) as handle:
        report, _ = verification.look(handle, known=None)
    assert report["rpc_answers"].status is Status.CRITICAL


@pytest.mark.parametrize("gone", some(["proven", "catalogs", "marks"], 3))
def test_row_of_another_version_speaks_as_far_as_it_goes(database18: Database, gone: str) -> None:
    """What it found of checks with names that this version does not know stays until the next."""
    database18.execute(EMPTIED)
    report = look(database18)
    older = '{"check": "of_yore", "status": "critical", "summary": "lost", "findings": []}'
    database18.execute(
        f"update public.watchtower_checks set details = jsonb_insert(details - '{gone}',"
        f" '{{checks,0}}', '{older}') where check_name = 'partition_watchtower'"
    )
    with closing(watched(database18.role_url)) as handle:
        known = None
        for _ in range(5):
            seen, known = verification.look(handle, known=known)
            assert all(seen[c.check].status >= c.status for c in report.checks)
            assert seen["of_yore"].status is Status.CRITICAL
    database18.execute(GUARDS)
    assert look(database18).ok


def test_row_that_says_nothing_is_no_verification(database18: Database) -> None:
    database18.execute(EMPTIED)
    look(database18)
    for details in ("{}", '{"status": "warning"}', '{"status": "ok", "checks": []}', "[]"):
        database18.execute(
            "insert into public.watchtower_checks (check_name, ok, details)"
            f" values ('partition_watchtower', true, '{details}')"
        )
    with closing(watched(database18.role_url)) as handle:
        assert verification.look(handle, known=None)[0].status is Status.CRITICAL
    (only,) = rows_say(database18)
    assert only[2] is None
