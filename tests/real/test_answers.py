"""Are the questions of somebody on call answered truly on the production database and its baseline?

What is wrong, since when is it known, which rows are where, what does each statement do to
writers, what is left to decide, what did apply do, is a guard's text changed, does every call find
its session?
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import takewhile
from pathlib import Path

import pytest

from lib.core.results import Report, Status
from lib.core.weeks import week_of
from lib.faces.commands.verify import as_text
from lib.history.history import History
from lib.history.rows import read as read_history
from lib.repairs import execution
from lib.repairs.execution import Outcome
from lib.repairs.plan import plan
from lib.reports.review import read, review, to_markdown
from lib.settings.settings import parse_url
from tests.guards import EVENTS, SESSIONS
from tests.looking import look, watched
from tests.real import OWNER_OF_TABLES, PARTITIONED
from tests.repairs.test_by_hand import SEEN_OPEN, WATCH
from tests.servers import ROLE, ROOT, SUPERUSER, Database, Server

GUARDS = """
select p.proname, md5(pg_get_functiondef(p.oid)) from pg_proc as p
where p.pronamespace = 'public'::regnamespace and p.proname ~ '^trg_' order by 1
"""
GUARDED = (SESSIONS, EVENTS)
TRIGGERS = """
select t.tgrelid::regclass::text, t.tgname, pg_get_triggerdef(t.oid), t.tgenabled::text
from pg_trigger as t join pg_class as c on c.oid = t.tgrelid
where not t.tgisinternal and not c.relispartition order by 1, 2
"""
ROWS = "select count(*), md5(string_agg({0}::text, '' order by {0}::text)) from public.{0}"
IN_DEFAULT = """
select to_char({key}, 'YYYY-MM'), count(*)::int from only public.{table}_default
group by 1 order by 1
"""
LOST = {
    "events": "select count(*) from public.events as e"
    " where not exists (select from public.sessions as s"
    " where (s.id, s.created_month) = (e.session_id, e.session_month))",
    "calls": "select count(*) from public.calls as c where matched_session_id is not null"
    " and not exists (select from public.sessions as s"
    " where (s.id, s.created_month) = (c.matched_session_id, c.session_created_month))",
}
REPLACED = """
select details ->> 'name', details ->> 'text' from public.watchtower_checks
where check_name = 'partition_watchtower_definition'
"""
OURS = (
    "public.create_next_month_partitions()",
    "public.verify_partition_triggers_exist()",
    "public.watchtower_partition_drift_check_v1()",
)
TEXT = "select pg_get_functiondef('{}'::regprocedure)"
LONG = "python -m lib plan prints the SQL that repairs it"
KEYS = {"sessions": "created_month", "events": "session_month"}
LOCK = re.compile(r"^(none on the tables|(ACCESS|SHARE ROW|SHARE UPDATE) EXCLUSIVE|as it stands)")
HOW_LONG = re.compile(r"none on the|milliseconds|moment|well under a second|nobody|about 0\.2 s")


@dataclass(frozen=True)
class Sight:
    """A database, and who looks at it."""

    database: Database
    user: str

    def look(self) -> Report:
        return look(self.database, self.user)

    def apply(self, say: list[str] | None = None) -> Outcome:
        urls = (
            parse_url("the test's", self.database.url(user))
            for user in (self.user, OWNER_OF_TABLES)
        )
        return execution.apply(*urls, who="ann", say=(say if say is not None else []).append)

    def rows(self) -> list[tuple[object, ...]]:
        tables = ("sessions", "events", "calls")
        return [self.database.rows(ROWS.format(each), user=SUPERUSER)[0] for each in tables]

    def all(self, query: str) -> list[tuple[object, ...]]:
        return self.database.rows(query, user=SUPERUSER)


def as_seen_by(who: str, database: Database) -> Sight:
    if who == "owner":
        return Sight(database, OWNER_OF_TABLES)
    database.run_file(ROOT / "sql/setup/50_role.sql", OWNER_OF_TABLES)
    return Sight(database, ROLE)


@pytest.fixture(params=["owner", "role"])
def sight(request: pytest.FixtureRequest, production: Database) -> Sight:
    """Production, as its owner and as the role see it, on 18 and on 15."""
    return as_seen_by(request.param, production)


@dataclass(frozen=True)
class Seen:
    """A database that is left as it is, and what was seen there."""

    sight: Sight
    report: Report


@dataclass(frozen=True)
class Applied:
    """A database that was repaired, what apply said and did, and what was there before."""

    sight: Sight
    done: Outcome
    said: list[str]
    rows: list[tuple[object, ...]]
    before: dict[str, list[tuple[object, ...]]]  # by the query


@pytest.fixture(scope="module", params=["owner", "role"])
def seen(
    request: pytest.FixtureRequest, server: Server, reference: Callable[[Path], Database]
) -> Iterator[Seen]:
    """Production as one of both sees it, for all who only read."""
    with server.new_database(reference(PARTITIONED).name) as fresh:
        sight = as_seen_by(request.param, fresh)
        yield Seen(sight, sight.look())


@pytest.fixture(scope="module", params=["owner", pytest.param("role", marks=pytest.mark.landing)])
def applied(
    request: pytest.FixtureRequest, server: Server, reference: Callable[[Path], Database]
) -> Iterator[Applied]:
    """Production with its plan carried out once, watched by anon, for all who ask of that."""
    with server.new_database(reference(PARTITIONED).name) as fresh:
        sight = as_seen_by(request.param, fresh)
        asked = (TRIGGERS, GUARDS, LOST["calls"], *map(TEXT.format, OURS))
        rows, before = sight.rows(), {query: sight.all(query) for query in asked}
        fresh.execute(WATCH, user=SUPERUSER)
        said = list[str]()
        yield Applied(sight, sight.apply(said), said, rows, before)


@pytest.fixture(params=["owner", "role"])
def plain(request: pytest.FixtureRequest, baseline: Database) -> Sight:
    """The baseline; it has nothing of what the role is granted, so that only a look is granted."""
    if request.param == "owner":
        return Sight(baseline, OWNER_OF_TABLES)
    baseline.execute(
        "grant usage on schema public to watchtower;"
        "grant select on public.sessions, public.events to watchtower",
        user=OWNER_OF_TABLES,
    )
    return Sight(baseline, ROLE)


def critical(report: Report) -> set[str]:
    return {check.check for check, each in report.failing() if each.status is Status.CRITICAL}


def month_of(report: Report) -> str:
    return f"{report.checked_at.astimezone(UTC):%B %Y}"


def test_what_is_wrong(seen: Seen) -> None:
    """The current month and eight before it lie in DEFAULT; a policy opens a partition."""
    report = seen.report
    assert {"partition_coverage", "default_partition_rows", "partition_security"} <= critical(
        report
    )
    said = [finding.detail for _, finding in report.failing()]
    for table in ("sessions", "events"):
        words = f"public.{table} has no partition for {month_of(report)}, the current month"
        assert any(detail.startswith(words) for detail in said)
    assert any("shows every row of public.events_default to" in detail for detail in said)
    assert report["guard_triggers"].status is Status.OK
    assert report["wrong_keys"].status is Status.OK
    assert report["row_visibility"].status is Status.OK
    assert report.status is Status.CRITICAL


def test_verify_prints_what_is_wrong_and_points_to_the_plan_for_long_sql(seen: Seen) -> None:
    """A screen or two, where every move that it takes would be thousands of lines."""
    report = seen.report
    lines = as_text(report).splitlines()
    assert len(lines) < 150
    for _, finding in report.failing():
        after = lines.index(f"          {finding.status.word}: {finding.detail}") + 1
        own = list(takewhile(lambda line: line.startswith(" " * 12), lines[after:]))
        if finding.status is Status.CRITICAL and "has no partition" in finding.detail:
            assert [line.split(":")[0].strip() for line in own] == [LONG]


def test_since_when_is_not_known_before_the_first_look(sight: Sight) -> None:
    """No row of ours is older: it was so in every run that is known, and no moment is made up."""
    first, second = sight.look(), sight.look()
    with closing(watched(sight.database.url(sight.user))) as connection:
        known = read_history(connection, History(), second.checked_at)
    since = known.since(Status.CRITICAL, "partition_coverage")
    assert since.after is None
    assert since.first is not None
    assert first.checked_at <= since.first <= second.checked_at


def test_which_rows_are_where(seen: Seen) -> None:
    strays = seen.report["default_partition_rows"].tables["strays"]
    for table, key in KEYS.items():
        told: dict[str, int] = {}
        for row in strays:
            if row["table"] == table:
                month = f"{row['key_month']:%Y-%m}"
                told[month] = told.get(month, 0) + row["rows"]
        assert list(told.items()) == seen.sight.all(IN_DEFAULT.format(table=table, key=key))
    assert all(row["action"].startswith("make the partition of their month") for row in strays)


def test_what_each_statement_does_to_writers(seen: Seen) -> None:
    for action in plan(seen.report).actions:
        assert LOCK.search(action.lock), action.lock
        assert HOW_LONG.search(action.lock), action.lock
        assert action.undo


def test_what_is_left_to_decide(seen: Seen) -> None:
    *texts, decision = plan(seen.report).decisions
    assert [text.replaces.partition(".")[2] for text in texts] == [g.function for g in GUARDED]
    assert all(text.choices.startswith("Review it, then adopt it") for text in texts)
    assert "the policy Public View" in decision.why
    assert decision.choices.startswith("Drop the policy, after whoever reads by it has another one")


def test_what_apply_did(applied: Applied) -> None:
    sight, done, said = applied.sight, applied.done, applied.said
    assert sight.all(SEEN_OPEN) == [], "no partition was open to anon at any moment"
    assert not any("not done" in line for line in said), said
    assert (done.failed, done.left.actions) == ((), ())
    assert critical(done.report) == {"partition_security"}, "which is the decision that is left"
    assert {check.check for check, _ in done.report.failing()} == {
        "partition_security",
        "guard_functions",  # right, and not ours: nobody replaces them unasked
    }
    assert sight.rows() == applied.rows, "no row was lost or altered"
    assert done.words == f"{len(done.done)} done, 0 could not be done, 3 left to a person"
    months = [title for title in done.done if title.startswith("Make or attach")]
    assert len(months) == 2 * (9 + 1), "nine months with rows and the next one, of both tables"
    again = sight.apply()
    assert (again.done, again.failed, again.words) == (
        (),
        (),
        "0 done, 0 could not be done, 3 left to a person",
    )


def test_review_says_of_a_run_what_apply_said(applied: Applied) -> None:
    sight, said = applied.sight, applied.done.words
    now = datetime.now(UTC)
    with closing(watched(sight.database.url(sight.user))) as connection:
        text = to_markdown(review(read(connection, week_of(now), now), now, timedelta(minutes=30)))
    assert f"ann ran the plan: {said}" in text


def test_no_guard_is_changed_and_every_event_finds_its_session(applied: Applied) -> None:
    sight, before = applied.sight, applied.before
    for query in (TRIGGERS, GUARDS):
        assert sight.all(query) == before[query]
    assert sight.all(LOST["events"]) == [(0,)]
    # What bears our names was replaced, and comes back from the history.
    older = {name: before[TEXT.format(name)] for name in OURS}
    replaced = {name: text for name, text in older.items() if sight.all(TEXT.format(name)) != text}
    kept = sight.all(REPLACED)
    assert OURS[0] in replaced
    assert {name: [(text,)] for name, text in kept} == replaced
    with sight.database.server.new_database(sight.database.name) as copy:
        for name, text in kept:
            copy.execute(f"drop function {name};{text}", user=OWNER_OF_TABLES)
            assert copy.rows(TEXT.format(name), user=SUPERUSER) == [(text,)]


def test_every_call_still_finds_its_session(applied: Applied) -> None:
    query = LOST["calls"]
    assert applied.before[query] == applied.sight.all(query) == [(0,)]


# The baseline


def test_baseline_is_one_thing_to_say_and_nothing_to_run(plain: Sight) -> None:
    report = plain.look()
    (finding,) = [each for _, each in report.failing()]
    assert finding.status is Status.CRITICAL
    assert "not partitioned and not guarded" in finding.detail
    made = plan(report)
    assert made.actions == ()
    done = plain.apply()
    assert (done.done, done.failed, done.report.status) == ((), (), Status.CRITICAL)
