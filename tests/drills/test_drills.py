"""Is every way to break it seen by the named check alone, in the named words, and repaired?

Each drill breaks a healthy database of its own and looks as a session that can tell: the role
watchtower under row level security, or the owner. A run of minutes has the first drill of each
check, from the break to the repair, and looks once at what tests/drills/choosing.py chooses of the
others, and at a fourth of the healthy variants, on servers and as sessions in turn. `-m everything`
has every drill from the break to the repair, on both servers, as each session, refreshed five times
in between. A check that is not registered yet is pending: the rest of its drill's header holds
already.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractContextManager, ExitStack, closing, contextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from itertools import combinations, product
from typing import Any

import pytest

from lib import verification
from lib.checks import CHECKS, telling
from lib.core.results import Report, Status
from lib.history.ground import Ground
from lib.repairs import execution
from lib.repairs.plan import plan
from lib.settings.settings import parse_url
from lib.watch.changes import Changes
from tests.conftest import skip_missing
from tests.drills.choosing import Case, cases, first, others, parts
from tests.drills.drill import CRON, VERSIONS, Drill, Sight, bad, changed, drills
from tests.drills.matrix import USUAL, shown, titled
from tests.looking import follow, look, watched
from tests.prose import refused
from tests.scheduled import Only, scheduled
from tests.servers import OWNER, ROLE, ROOT, SUPERUSER, Database, PostgresMissing, Server

ALL_DRILLS, ALL_HEALTHY = drills("drills"), drills("variants")
DRILLS = [drill for drill in ALL_DRILLS if drill.versions != (CRON,)]
HEALTHY = [variant for variant in ALL_HEALTHY if variant.versions != (CRON,)]
FIRST, OTHERS = first(DRILLS), others(DRILLS)
CALENDAR = [drill for drill in DRILLS if drill.at or "month" in drill.name or "year" in drill.name]
SCHEDULED = [drill for drill in ALL_DRILLS + ALL_HEALTHY if drill.versions == (CRON,)]
IN_TURN = list(product(("18", "15"), (ROLE, OWNER)))
MOVED = "FAKETIME" in os.environ  # tests.on_day
# A run of minutes has each fourth variant, another server and session each time, and pg_cron's
# first drill and variant; `-m everything` has them all, on both servers and as each session.
LOOKED_AT = [n for n in range(len(HEALTHY)) if MOVED or n % 4 == n // 4 % 4]
IN_BRIEF = [
    each
    for place, each in enumerate(SCHEDULED)
    if MOVED or bool(each.sees) not in {bool(other.sees) for other in SCHEDULED[:place]}
]
MONTHS_UNTIL = """
select public.watchtower_make_partitions(month)
from generate_series(now(), %s, interval '1 month') as month
"""
SHOWN = shown((ROOT / "docs" / "drills.md").read_text(encoding="utf-8"))


class Bench:
    """One server to break databases on, and what is said of one that nobody touched."""

    def __init__(self, server: Server | Only, healthy: Database, untouched: Database) -> None:
        self.version = server.version
        self.server, self.healthy, self.untouched = server, healthy, untouched
        self._known: dict[tuple[str, datetime | None], Report] = {}

    def normal(self, user: str, now: datetime | None) -> Report:
        """What does this session see, at that moment, where nothing is broken?"""
        if (user, now) not in self._known:
            if now is not None:  # in March nothing is there yet for a drill of New Year's Eve
                self.untouched.rows(MONTHS_UNTIL, [now])
            self._known[user, now] = look(self.untouched, user, now=now)
        return self._known[user, now]


@pytest.fixture(scope="module")
def benches_of_the_month(servers: Any) -> Iterator[Callable[[], list[Bench]]]:
    """Every server that is there, with what is healthy in the month that it is by now."""
    made: dict[int, list[Bench]] = {}
    with ExitStack() as stack:

        def get() -> list[Bench]:
            month = datetime.now(UTC).month
            if month not in made:
                made[month] = [stack.enter_context(bench) for bench in _benches(servers)]
            return made[month]

        yield get


def _benches(servers: Any) -> Iterator[AbstractContextManager[Bench]]:
    for version in VERSIONS:
        try:
            yield _bench(*servers(version))
        except pytest.skip.Exception:  # it is said at the end of the run
            continue


@contextmanager
def _bench(server: Server, healthy: Database) -> Iterator[Bench]:
    with server.new_database(healthy.name) as untouched:
        bench = Bench(server, healthy, untouched)
        for user in (ROLE, OWNER):
            bench.normal(user, None)  # now: some drills break the whole server
        yield bench


@pytest.fixture
def benches(benches_of_the_month: Callable[[], list[Bench]]) -> list[Bench]:
    """Every server that is there; one that is not is said at the end of the run."""
    return benches_of_the_month()


def able(benches: list[Bench], drill: Drill) -> list[Bench]:
    """Which servers here can express it, the newest last?"""
    found = [bench for bench in benches if bench.version in drill.versions]
    return found or pytest.skip("no server here can express it")


def on_each(benches: list[Bench], drill: Drill, run: Callable[[Drill, Bench], None]) -> None:
    """Run it on every server that can express it, side by side: that halves the wait."""
    there = able(benches, drill)
    with ThreadPoolExecutor(len(there)) as pool:
        outcomes = [(bench.version, pool.submit(run, drill, bench)) for bench in there]
    for version, outcome in outcomes:
        if (error := outcome.exception()) is not None:
            error.add_note(f"on PostgreSQL {version}")
            raise error


def bench_of(benches: list[Bench], version: str) -> Bench:
    """This server, where it is there."""
    found = [bench for bench in benches if bench.version == version]
    return found[0] if found else pytest.skip(f"PostgreSQL {version} is not here")


@pytest.mark.parametrize("case", FIRST, ids=str)
def test_first_drill_of_each_check_is_seen_and_repaired(case: Case, benches: list[Bench]) -> None:
    carry_out(case.drill, bench_of(benches, case.version), users=(case.user,), refreshes=1)


@pytest.mark.parametrize("case", OTHERS, ids=str)
def test_chosen_drill_is_seen_and_named(case: Case, benches: list[Bench]) -> None:
    carry_out(case.drill, bench_of(benches, case.version), users=(case.user,))


if MOVED:

    @pytest.mark.parametrize("drill", CALENDAR, ids=lambda drill: drill.name)
    def test_drill_of_the_calendar_is_seen_and_named(drill: Drill, benches: list[Bench]) -> None:
        bench = able(benches, drill)[-1]
        carry_out(drill, bench, users=looking(drill, bench.version)[:1])


@pytest.mark.everything
@pytest.mark.parametrize("drill", DRILLS, ids=lambda drill: drill.name)
def test_drill_is_repaired_and_never_softens_on_every_server(
    drill: Drill, benches: list[Bench]
) -> None:
    on_each(benches, drill, thoroughly)


def thoroughly(drill: Drill, bench: Bench) -> None:
    """As every session that can tell there, and with five refreshes."""
    carry_out(drill, bench, users=looking(drill, bench.version), refreshes=5)


def carry_out(drill: Drill, bench: Bench, *, users: tuple[str, ...], refreshes: int = 0) -> None:
    """Break, look, judge; where it is refreshed, then repair and look again.

    What it did to the whole server never outlives it.
    """
    now = drill.moment(datetime.now(UTC))
    with bench.server.new_database(bench.healthy.name) as database:
        repaired = False
        try:
            drill.break_it(database)
            with drill.held(database):
                usual = "ok" if database.value(USUAL, user=SUPERUSER) else "seen"
                reports = {users[0]: look(database, users[0], now=now)}
                keeps(database, users[0], reports[users[0]], now, refreshes)
                reports |= {user: look(database, user, now=now) for user in users[1:]}
            for user, report in reports.items():
                judge(drill, report, bench.normal(user, now))
                wrong = [fault.finding for fault in telling.faults(report)]
                assert all(finding.means for finding in wrong), "each says what it means"
            assert usual in {row.usual for row in SHOWN[titled(drill)]}, (
                "the matrix of docs/drills.md"
            )
            user = users[0]
            if refreshes:
                after = repair_by_the_plan(drill, database, reports[user])
                repaired = after is not None or repair(drill, database, reports[user])
        finally:
            if not repaired:
                drill.repair_it(database)
        if repaired:
            after = after or look(database, user, now=now)
            assert changed(after, bench.normal(user, now)) == {}
            turns_green(database, user, reports[user], after, now)


def keeps(
    database: Database, user: str, report: Report, now: datetime | None, refreshes: int
) -> None:
    """Does no later refresh say less: of this copy, of another one, after a restart?

    The latter two know nothing but the row.
    """
    with closing(watched(database.url(user))) as handle:
        for known in (Ground.of(report), None):
            for _ in range(refreshes):
                seen, known = verification.look(handle, known=known, now=now)
                assert softer(report, seen) == {}


def turns_green(
    database: Database, user: str, before: Report, after: Report, now: datetime | None
) -> None:
    """Does the first refresh after the repair ask for a verification, and is it as good as that?

    Who repairs in psql leaves no row: what the first one goes by is the verification of before.
    """
    # No row is later: those of the history bear the server's time, also where `now` is an earlier.
    later = max(after.checked_at, datetime.now(UTC)) + timedelta(days=1)
    unrepaired = replace(before, checked_at=later)
    with closing(watched(database.url(user))) as handle:
        first, ground = verification.look(handle, known=Ground.of(unrepaired), now=now)
        seen, _ = verification.look(handle, known=None, now=now)
    assert ground is not None
    assert ground.report is unrepaired
    assert softer(seen, after) == {}
    if before.status >= Status.UNKNOWN > after.status:
        assert Changes().wanted(first, Ground.of(before))


def softer(report: Report, later: Report) -> dict[tuple[str, str], str]:
    """Of which check and subject is something better said than it was, and how?"""
    return {
        (check.check, finding.subject): f"{finding.status.word}, then {now.word}"
        for check, finding in report.failing()
        if (now := said_of(later, check.check, finding.subject)) < finding.status
    }


def said_of(report: Report, check: str, subject: str) -> Status:
    """The worst that is said of the subject, or that the check could not see."""
    found = report[check].findings
    told = [f.status for f in found if f.subject == subject or f.status is Status.UNKNOWN]
    return max(told, default=Status.OK)


def looking(drill: Drill, version: str) -> tuple[str, ...]:
    """Who looks? Every session that can tell on 18; on 15 the first: rights are alike there."""
    return drill.users[:1] if version == "15" else drill.users


def judge(drill: Drill, report: Report, healthy: Report) -> None:
    """Does the report say what the header says, nothing besides, and in words that people use?"""
    assert not refused(report)
    for sight in drill.sees:
        if not sight.pending:
            assert sight.seen_in(report), told(sight, report)
    named = {sight.check for sight in drill.sees}
    beside = set(changed(report, healthy)) - named - drill.also
    assert not beside, {check: details(report, check) for check in beside}


def repair_by_the_plan(drill: Drill, database: Database, report: Report) -> Report | None:
    """What holds once its own plan was applied. None where a person or the clock has a say."""
    wanted = plan(report)
    not_yet = drill.at or drill.meanwhile or (CRON in drill.versions and drill.repairs)
    if not_yet or wanted.decisions or not wanted.actions:
        return None
    assert all(action.why and action.lock and action.undo for action in wanted.actions)
    watched, owner = (parse_url("the test's", database.url(u)) for u in (drill.users[0], drill.by))
    done = execution.apply(watched, owner, who="a test", say=lambda _: None)
    assert done.failed == ()
    assert done.left.empty, done.left
    return done.report


def repair(drill: Drill, database: Database, report: Report) -> bool:
    """Repair it as the file says, else by each finding's own remedy. Was it repaired?"""
    if drill.repairs is not None:
        drill.repair_it(database)
        return True
    if drill.meanwhile:
        return True  # the other session has ended by now
    if any(sight.pending for sight in drill.sees):
        return False
    for sight in drill.sees:
        for finding in report[sight.check].failing():
            if sight.words in finding.detail:
                follow(finding.remedy, database)
    return True


def told(sight: Sight, report: Report) -> str:
    """What was said instead?"""
    return f"{sight} not in {report[sight.check].status.word}: {details(report, sight.check)}"


def details(report: Report, check: str) -> list[str]:
    """What does this check find fault with?"""
    return [f"{f.status.word}: {f.detail}" for f in report[check].failing()]


@pytest.mark.parametrize("place", LOOKED_AT, ids=lambda place: HEALTHY[place].name)
def test_healthy_variant_raises_no_alarm(place: int, benches: list[Bench]) -> None:
    variant = HEALTHY[place]
    version, user = IN_TURN[place % len(IN_TURN)]
    version = version if version in variant.versions else variant.versions[-1]
    user = user if user in variant.users else variant.users[0]
    leave_in_peace(variant, bench_of(benches, version), (user,))


@pytest.mark.everything
@pytest.mark.parametrize("variant", HEALTHY, ids=lambda variant: variant.name)
def test_healthy_variant_raises_no_alarm_anywhere(variant: Drill, benches: list[Bench]) -> None:
    on_each(benches, variant, leave_in_peace)


def leave_in_peace(variant: Drill, bench: Bench, users: tuple[str, ...] = ()) -> None:
    """Nothing critical, nothing unknown, and no warning but those that the header expects.

    As every session that can tell there, where none is named.
    """
    now = variant.moment(datetime.now(UTC))
    with bench.server.new_database(bench.healthy.name) as database:
        try:
            variant.break_it(database)
            for user in users or looking(variant, bench.version):
                report = look(database, user, now=now)
                assert not refused(report)
                if not variant.pending:
                    assert bad(report) == {}, [details(report, check) for check in bad(report)]
                    beside = set(changed(report, bench.normal(user, now))) - variant.says
                    assert not beside, {check: details(report, check) for check in beside}
        finally:
            variant.repair_it(database)


@pytest.fixture(scope="module")
def scheduled_bench() -> Iterator[Bench]:
    """The one database with pg_cron, and what is said of it before anybody touches it."""
    try:
        with scheduled() as database:
            bench = Bench(Only(database, CRON), database, database)
            for user in (ROLE, OWNER):
                assert bench.normal(user, None).ok
            yield bench
    except PostgresMissing as missing:
        skip_missing(str(missing))


def test_pg_crons_job_is_seen(scheduled_bench: Bench) -> None:
    """By one session and then the other."""
    for place, drill in enumerate(IN_BRIEF):
        user = drill.users[place % len(drill.users)]
        with_the_job(drill, scheduled_bench, (user,))


@pytest.mark.everything
def test_pg_crons_job_is_seen_in_every_state_by_everybody(scheduled_bench: Bench) -> None:
    for drill in SCHEDULED:
        with_the_job(drill, scheduled_bench, drill.users)


def with_the_job(drill: Drill, bench: Bench, users: tuple[str, ...]) -> None:
    """Whether it breaks the job, or is a healthy variant of it."""
    try:
        if drill.sees:
            carry_out(drill, bench, users=users, refreshes=1)
        else:
            leave_in_peace(drill, bench, users)
    except AssertionError as error:
        error.add_note(drill.name)
        raise


def test_two_breaks_at_once_are_both_named(database18: Database) -> None:
    both = [drill for drill in DRILLS if drill.name in ("events-guard-dropped", "month-missing")]
    for drill in both:
        drill.break_it(database18)
    report = look(database18, ROLE)
    sights = [sight for drill in both for sight in drill.sees]
    assert len(sights) == 2
    assert all(sight.seen_in(report) for sight in sights)


def test_every_registered_check_has_a_drill_in_a_run_of_minutes() -> None:
    named = {sight.check for case in FIRST for sight in case.drill.sees}
    assert named >= {check.name for check in CHECKS}


def test_what_is_chosen_pairs_whatever_can_be_paired() -> None:
    """Each check with each server, session, breaker, status and shape; these with each other."""
    chosen = {pair for case in (*FIRST, *OTHERS) for pair in combinations(parts(case), 2)}
    assert chosen == {pair for case in cases(DRILLS) for pair in combinations(parts(case), 2)}
    assert len(FIRST) + len(OTHERS) < len(DRILLS) / 3


def test_no_drill_is_there_twice() -> None:
    done = [
        (drill.breaks, drill.meanwhile, drill.at, drill.users) for drill in ALL_DRILLS + ALL_HEALTHY
    ]
    assert len(done) == len(set(done))
