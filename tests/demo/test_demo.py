"""The embedded demo: does it come up, with what it promises, whatever happened to it before?

One server in a directory of its own serves most tests; those about an empty directory take
another, with a single month of traffic and no history where none is asked for.
"""

from __future__ import annotations

import logging
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import psycopg
import pytest

from lib import verification
from lib.core.errors import DemoFailed
from lib.core.results import Status
from lib.db.database import Database
from lib.demo import demo, embedded, sample_history, traffic
from lib.demo.place import DIRECTORY_SETTING, VERSION, Place, place
from lib.history.incidents import incidents
from lib.history.migrations import applied
from lib.history.notes import notes, notes_of
from lib.history.rows import between
from lib.settings.settings import parse_url
from tests import servers
from tests.servers import ROOT

GUARD = "events_set_session_month_from_session"

# Of no month but this one, and without a history: where neither is looked at.
SMALL = """
traffic.MONTHS_BEFORE, sample_history.WEEKS = 0, 3
sample_history.give = lambda role, owner, now, grow: grow(sample_history.story(now).blind, now)
"""

# A copy of the app in a process of its own: it says which server it uses, and leaves when told.
COPY = """
import sys
from lib.demo import demo, embedded, sample_history, traffic
from lib.demo.place import place
{before}
found = {how}
print(embedded.postmaster(place()).pid, flush=True)
sys.stdin.read()
"""


@dataclass
class FirstStart:
    demo: demo.Demo
    seconds: float
    said: list[tuple[str, float]] = field(default_factory=list)


@contextmanager
def directory() -> Iterator[Path]:
    """A short path, which fits a socket's name, below folders that are open to everyone."""
    made = Path(tempfile.mkdtemp(prefix="pw", dir=servers.place()))
    before = os.environ.get(DIRECTORY_SETTING)
    os.environ[DIRECTORY_SETTING] = str(made)
    try:
        yield made
    finally:
        demo.stop()
        embedded.shut_down(Place(made))
        os.environ.pop(DIRECTORY_SETTING)
        if before is not None:
            os.environ[DIRECTORY_SETTING] = before
        shutil.rmtree(made)


@pytest.fixture(scope="module")
def first_start() -> Iterator[FirstStart]:
    with directory():
        said: list[tuple[str, float]] = []
        begun = time.monotonic()
        started = demo.start(lambda sentence, share: said.append((sentence, share)))
        yield FirstStart(started, time.monotonic() - begun, said)


@pytest.fixture
def up(first_start: FirstStart) -> demo.Demo:
    """The same server, joined by this process whatever an earlier test did."""
    assert demo.start() == first_start.demo
    return first_start.demo


@pytest.fixture
def down(up: demo.Demo) -> demo.Demo:
    """The same, stopped."""
    demo.stop()
    assert server_now() is None
    return up


@pytest.fixture
def empty() -> Iterator[Path]:
    with directory() as made:
        yield made


@contextmanager
def copy(how: str = "demo.start()", before: str = "") -> Iterator[subprocess.Popen[str]]:
    """A copy of the app, which may not be up yet; it leaves at the end of the block."""
    with subprocess.Popen(
        [sys.executable, "-c", COPY.format(how=how, before=before)],
        cwd=ROOT,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    ) as process:
        yield process
        process.communicate()


def server_of(process: subprocess.Popen[str]) -> int:
    """Waits until the copy is up; the pid of its server."""
    assert process.stdout is not None
    return int(process.stdout.readline())


def server_now() -> int | None:
    process = embedded.postmaster(place())
    return process.pid if process else None


def ask(url: str, question: str, *values: Any) -> Any:
    with psycopg.connect(url, autocommit=True) as connection:
        rows = connection.execute(question, values or None).fetchall()
    return rows[0][0] if len(rows) == 1 and len(rows[0]) == 1 else rows


def run(url: str, *commands: str) -> None:
    with psycopg.connect(url, autocommit=True) as connection:
        for command in commands:
            connection.execute(command)


def crowd() -> float:
    """How many times slower is a busy machine? The promises are for one that does nothing else."""
    return max(1.0, os.getloadavg()[0] / (os.cpu_count() or 1))


def forget_since(owner: str, moment: str) -> None:
    """As if nobody had been here since then."""
    moment = f"(date_trunc('minute', now()) - interval '{moment}')"
    run(
        owner,
        f"delete from public.events where created_at > {moment} or session_id in "
        f"(select id from public.sessions where created_at > {moment})",
        f"delete from public.sessions where created_at > {moment}",
    )


def rows(url: str) -> tuple[int, int]:
    return (
        ask(url, "select count(*) from public.sessions"),
        ask(url, "select count(*) from public.events"),
    )


def wrong_keys(url: str) -> tuple[int, int]:
    """Every key against its definition, in sessions and in events."""
    return (
        ask(
            url,
            "select count(*) from public.sessions where created_month is distinct from "
            "date_trunc('month', created_at at time zone 'UTC')::date",
        ),
        ask(
            url,
            "select count(*) from public.events e where not exists (select from public.sessions s "
            "where s.id = e.session_id and s.created_month = e.session_month)",
        ),
    )


def test_first_start_is_quick_and_says_what_it_does(first_start: FirstStart) -> None:
    assert first_start.seconds < 15 * crowd()
    sentences, shares = zip(*first_start.said, strict=True)
    assert sentences[0] == "Starting PostgreSQL 18"
    assert "Creating tables" in sentences
    assert "Loading 14 months of sample traffic" in sentences
    assert list(shares) == sorted(shares)
    assert shares[-1] == 1


def test_there_are_14_months_of_traffic_up_to_now(up: demo.Demo) -> None:
    sessions, events = rows(up.owner_url)
    assert sessions >= 50_000
    assert events >= 200_000
    for table in ("sessions", "events"):
        months = ask(
            up.owner_url,
            "select count(distinct date_trunc('month', created_at, 'UTC')) "
            "filter (where created_at < date_trunc('month', now(), 'UTC')), "
            "min(created_at) < date_trunc('month', now(), 'UTC') - interval '13 months' "
            "+ interval '1 day', max(created_at) > now() - interval '6 hours', "
            f"max(created_at) <= now(), count(distinct site_id) from public.{table}",
        )
        # This month's as well, but for the quiet first minutes of a 1st.
        assert months == [(13, True, True, True, 5)]


def test_five_weeks_of_history_stand_there_and_say_that_they_are_samples(up: demo.Demo) -> None:
    by, runs, first = ask(
        up.owner_url,
        "select details ->> 'face', count(*), min(created_at) from public.watchtower_checks "
        "where check_name = 'partition_watchtower' group by 1 order by 2 desc limit 1",
    )[0]
    assert by == "sample data"
    assert 5 * 7 * 96 - 12 < runs <= 6 * 7 * 96
    assert first.isoweekday() == 1
    now = datetime.now(UTC)
    database = Database(parse_url("the demo's", up.role_url))
    with closing(database), database.session(9) as session:
        last = between(session, now - timedelta(days=42), now)
    off, blind = (each for each in reversed(incidents(last)) if each.ended is not None)
    assert off.worst == "the sessions guard is disabled"
    assert off.reach is not None
    assert off.reach.rows == {("sessions", "wrong keys"): 12}
    assert off.detected == timedelta(minutes=9, seconds=41)
    (note,) = notes_of(off, notes(last))
    assert "import_old_visits" in note.text
    assert applied(last, off.last_ok, off.began).names[0].endswith("import_old_visits")
    assert blind.status is Status.UNKNOWN


def test_nothing_of_the_breaks_behind_the_history_is_left(up: demo.Demo) -> None:
    with closing(Database(parse_url("the demo's", up.role_url))) as connection:
        report = verification.examine(connection)
    assert report.status is Status.OK, report.failing()


def test_every_key_is_right_and_some_visits_cross_a_month(up: demo.Demo) -> None:
    assert wrong_keys(up.owner_url) == (0, 0)
    crossing = "date_trunc('month', created_at at time zone 'UTC')::date > session_month"
    assert ask(up.owner_url, f"select count(*) from public.events where {crossing}") > 0
    for table in ("sessions_default", "events_default"):
        assert ask(up.owner_url, f"select count(*) from public.{table}") == 0


def test_events_follow_their_session_within_minutes(up: demo.Demo) -> None:
    assert ask(
        up.owner_url,
        "select min(e.created_at - s.created_at) >= '0', "
        "max(e.created_at - s.created_at) < '20 minutes', bool_and(e.site_id = s.site_id), "
        "count(distinct (event_category, event_action)) >= 8, count(distinct url) >= 40, "
        "count(*) = count(metadata), count(*) = count(distinct ingest_dedup_id) "
        "from public.events e join public.sessions s on s.id = e.session_id",
    ) == [(True,) * 7]


def test_nights_are_quiet_weekends_slow_and_the_sites_grow(up: demo.Demo) -> None:
    def per_hour(condition: str) -> float:
        return float(
            ask(
                up.owner_url,
                "select count(*)::float8 / count(distinct date_trunc('hour', created_at)) "
                "from public.sessions cross join lateral (select created_at at time zone 'UTC') "
                f"as at (utc) where {condition}",
            )
        )

    assert per_hour("extract(hour from utc) = 3") * 2 < per_hour("extract(hour from utc) = 14")
    assert per_hour("extract(isodow from utc) > 5") < 0.8 * per_hour("extract(isodow from utc) < 6")
    assert per_hour("utc < now() - interval '1 year'") < per_hour(
        "utc > now() - interval '60 days'"
    )


def test_partitions_are_made_ahead_and_closed(up: demo.Demo) -> None:
    leaves = (
        "from pg_class c join pg_inherits i on i.inhrelid = c.oid "
        "where inhparent in ('public.sessions'::regclass, 'public.events'::regclass)"
    )
    # 14 months, three ahead and DEFAULT, of two tables
    assert ask(up.owner_url, f"select count(*) {leaves}") == 36
    assert ask(up.owner_url, f"select bool_and(relrowsecurity) {leaves}") is True
    open_to = "has_table_privilege('anon', c.oid, 'select,insert,update,delete')"
    assert ask(up.owner_url, f"select bool_or({open_to}) {leaves}") is False


@pytest.mark.parametrize("url", ["role_url", "owner_url"])
def test_nobody_is_superuser(up: demo.Demo, url: str) -> None:
    assert (
        ask(
            getattr(up, url),
            "select rolsuper or rolbypassrls from pg_roles where rolname = current_user",
        )
        is False
    )


def test_the_role_sees_every_row_through_row_security(up: demo.Demo) -> None:
    demo.top_up(up)
    assert rows(up.role_url) == rows(up.owner_url)
    assert ask(up.role_url, "select row_security_active('public.sessions')") is True
    with pytest.raises(psycopg.errors.InsufficientPrivilege):
        ask(up.role_url, "select url from public.events")


def test_the_role_is_told_that_all_is_well(up: demo.Demo) -> None:
    assert ask(up.role_url, "select public.verify_partition_triggers_exist()") is True


def test_the_next_start_is_quick_and_topped_up(up: demo.Demo) -> None:
    demo.top_up(up)
    before = rows(up.owner_url)
    forget_since(up.owner_url, "12 hours")
    demo.stop()
    assert server_now() is None
    begun = time.monotonic()
    demo.start()
    assert time.monotonic() - begun < 3 * crowd()
    after = rows(up.owner_url)
    assert after >= before
    assert after[0] - before[0] < 50  # the same rows again, and those of the seconds since
    assert wrong_keys(up.owner_url) == (0, 0)


def test_after_a_week_the_rhythm_goes_on(up: demo.Demo) -> None:
    demo.top_up(up)
    before = rows(up.owner_url)
    forget_since(up.owner_url, "8 days")
    added = demo.top_up(up)
    assert added > 2_000
    assert before[0] <= rows(up.owner_url)[0] < before[0] + 50
    assert wrong_keys(up.owner_url) == (0, 0)


def test_two_copies_may_top_up_at_once(up: demo.Demo) -> None:
    demo.top_up(up)
    before = rows(up.owner_url)
    forget_since(up.owner_url, "2 days")
    missing = sum(before) - sum(rows(up.owner_url))
    with ThreadPoolExecutor() as both:
        added = sum(both.map(demo.top_up, [up, up]))
    assert missing <= added < missing + 50
    assert wrong_keys(up.owner_url) == (0, 0)


def test_a_month_that_began_meanwhile_gets_its_partitions_first(up: demo.Demo) -> None:
    owner = up.owner_url
    away = "(date_trunc('month', now(), 'UTC') - interval '10 days')"  # before the job of the 25th
    month = ask(owner, "select to_char(now() at time zone 'UTC', 'YYYY_MM')")
    run(
        owner,
        f"delete from public.sessions where created_at > {away}",  # cascades to events
        f"drop table public.events_{month}",
        f"alter table public.sessions detach partition public.sessions_{month}",
        f"drop table public.sessions_{month}",
    )
    assert demo.top_up(up) > 0
    for table in ("sessions", "events"):
        assert ask(owner, f"select count(*) from public.{table}_default") == 0
        assert (
            ask(
                owner,
                "select relrowsecurity from pg_class where oid = %s::regclass",
                f"public.{table}_{month}",
            )
            is True
        )
    assert wrong_keys(owner) == (0, 0)


def test_what_an_operator_broke_stays_broken(up: demo.Demo) -> None:
    present = f"select count(*) from pg_trigger where tgname = '{GUARD}'"
    run(up.owner_url, f"drop trigger {GUARD} on public.events")
    demo.stop()
    demo.start()
    assert ask(up.owner_url, present) == 0
    assert ask(up.role_url, "select public.verify_partition_triggers_exist()") is False
    run(up.owner_url, traffic.GUARDS_FILE.read_text())
    assert ask(up.owner_url, present) == 19  # the table and 18 partitions
    assert ask(up.role_url, "select public.verify_partition_triggers_exist()") is True


def test_new_setup_files_are_run_once(up: demo.Demo, monkeypatch: pytest.MonkeyPatch) -> None:
    present = f"select count(*) > 0 from pg_trigger where tgname = '{GUARD}'"
    newer = traffic._texts()[:-4] + "0000"
    monkeypatch.setattr(traffic, "_texts", lambda: newer)
    run(up.owner_url, f"drop trigger {GUARD} on public.events")
    demo.start()
    assert ask(up.owner_url, present) is True
    run(up.owner_url, f"drop trigger {GUARD} on public.events")
    demo.start()
    assert ask(up.owner_url, present) is False
    monkeypatch.undo()
    demo.start()
    assert ask(up.owner_url, present) is True


@pytest.mark.parametrize(
    ("broken", "said", "repair"),
    [
        (
            ["alter table public.sessions rename to gone"],
            "was not topped up",
            ["alter table public.gone rename to sessions"],
        ),
        (
            ["alter function public.watchtower_make_partitions(timestamptz) rename to gone"],
            "no new partitions",
            ["alter function public.gone(timestamptz) rename to watchtower_make_partitions"],
        ),
        (
            ["alter table public.events add constraint no check (false) not valid"],
            "no new events",
            ["alter table public.events drop constraint no"],
        ),
    ],
)
def test_a_broken_demo_gets_a_sentence_and_no_crash(
    up: demo.Demo,
    caplog: pytest.LogCaptureFixture,
    broken: list[str],
    said: str,
    repair: list[str],
) -> None:
    forget_since(up.owner_url, "6 hours")
    run(up.owner_url, *broken)
    with caplog.at_level(logging.WARNING):
        demo.top_up(up)
    assert [record.levelname for record in caplog.records] == ["WARNING"]
    assert said in caplog.text
    assert "\n" not in caplog.records[0].getMessage()
    run(up.owner_url, *repair)
    caplog.clear()
    demo.top_up(up)
    assert not caplog.records
    assert ask(up.owner_url, "select max(created_at) > now() - interval '6 hours' from events")


def test_without_its_guard_the_traffic_drifts(up: demo.Demo) -> None:
    forget_since(up.owner_url, "6 hours")
    run(up.owner_url, "alter table public.sessions disable trigger sessions_set_created_month")
    demo.top_up(up)
    run(up.owner_url, "alter table public.sessions enable trigger sessions_set_created_month")
    first_day = ask(up.owner_url, "select extract(day from now() at time zone 'UTC') = 1")
    assert first_day or wrong_keys(up.owner_url)[0] > 0
    before = rows(up.owner_url)
    demo.top_up(up)  # finds the drifted sessions by their id: no second copy of any of them
    assert rows(up.owner_url)[0] < before[0] + 20
    forget_since(up.owner_url, "7 hours")
    demo.top_up(up)
    assert wrong_keys(up.owner_url) == (0, 0)


@pytest.mark.usefixtures("down")
def test_a_killed_copy_leaves_a_server_that_the_next_adopts() -> None:
    with copy() as killed:
        server = server_of(killed)
        killed.kill()
    assert server_now() == server
    demo.start()
    assert server_now() == server
    demo.stop()
    assert server_now() is None


def test_the_last_copy_to_leave_stops_the_server(up: demo.Demo) -> None:
    server = server_now()
    with copy() as second:
        assert server_of(second) == server
        demo.stop()
        assert server_now() == server
        assert demo.running() == up
        begun = time.monotonic()
    assert server_now() is None
    assert demo.running() is None
    assert time.monotonic() - begun < 2 * crowd()


@pytest.mark.usefixtures("down")
def test_sigterm_leaves_too() -> None:
    before = "import signal; signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))"
    with copy(before=before) as told:
        server_of(told)
        told.send_signal(signal.SIGTERM)
    assert server_now() is None


@pytest.mark.landing
def test_keep_leaves_the_server_running_and_a_look_disturbs_nobody(down: demo.Demo) -> None:
    with copy("demo.start(keep=True)") as keeper:
        server = server_of(keeper)
    assert server_now() == server
    assert demo.running() == down
    with copy("demo.running() or demo.start()") as looker:
        assert server_of(looker) == server
    assert server_now() == server
    with copy() as app:
        assert server_of(app) == server
    assert server_now() is None


@pytest.mark.usefixtures("down")
def test_a_look_stops_the_server_that_it_started() -> None:
    with copy("demo.running() or demo.start()") as looker:
        server_of(looker)
    assert server_now() is None


@pytest.mark.usefixtures("up")
def test_keep_only_reads_when_the_server_is_up() -> None:
    server = server_now()
    with copy("demo.start(keep=True)") as keeper:
        assert server_of(keeper) == server
    assert server_now() == server
    demo.stop()
    assert server_now() is None


def test_a_killed_server_is_started_again(up: demo.Demo) -> None:
    before = server_now()
    assert before is not None
    os.kill(before, signal.SIGKILL)
    demo.start()
    assert server_now() != before
    assert wrong_keys(up.owner_url) == (0, 0)


def test_a_frozen_server_is_named_and_goes_on_with_its_data(up: demo.Demo) -> None:
    server = embedded.postmaster(place())
    assert server is not None
    rows = ask(up.owner_url, "select count(*) from public.events")
    server.suspend()
    try:
        for refused in (demo.start, lambda: embedded.shut_down(place())):
            with pytest.raises(DemoFailed, match=f"`kill -CONT {server.pid}` resumes it") as caught:
                refused()
            assert "elete" not in str(caught.value)
    finally:
        server.resume()
    demo.start()
    assert server_now() == server.pid
    assert ask(up.owner_url, "select count(*) from public.events") >= rows


def test_what_is_left_of_a_killed_server_is_named_and_its_data_kept(up: demo.Demo) -> None:
    server = embedded.postmaster(place())
    assert server is not None
    held = next(child for child in server.children() if "checkpointer" in child.cmdline()[0])
    held.suspend()
    server.kill()
    server.wait(5)
    try:
        with pytest.raises(DemoFailed, match=f"kill -9 .*{held.pid}") as caught:
            demo.start()
        assert "elete" not in str(caught.value)
    finally:
        held.kill()
        held.wait(5)
    demo.start()
    assert wrong_keys(up.owner_url) == (0, 0)


@pytest.mark.usefixtures("down")
def test_a_pid_that_another_program_got_is_no_server() -> None:
    data = place().data
    alive = f"{os.getpid()}\n{data}\n1\n5432\n{data}\n\n1 1\nready\n"
    (data / "postmaster.pid").write_text(alive)
    (data / ".s.PGSQL.5432.lock").write_text(alive)
    assert demo.running() is None
    demo.start()
    assert server_now() not in (None, os.getpid())


@pytest.mark.landing
@pytest.mark.usefixtures("empty")
def test_two_copies_on_an_empty_directory_share_one_set_of_data() -> None:
    with copy(before=SMALL) as first, copy(before=SMALL) as second:
        servers = {server_of(first), server_of(second)}
        assert servers == {server_now()}
        found = demo.running()
        assert found is not None
        assert ask(found.owner_url, "select count(*) = count(distinct id) from public.sessions")
        assert wrong_keys(found.owner_url) == (0, 0)
        databases = "select datname from pg_database where datname like 'watchtower%' order by 1"
        assert ask(found.owner_url, databases) == "watchtower"
    assert server_now() is None


@pytest.mark.landing
def test_a_half_made_demo_heals(empty: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    half_made = Place(empty).half_made
    half_made.mkdir()
    (half_made / "PG_VERSION").write_text(f"{VERSION}\n")  # initdb was killed
    die = (
        f"import os\n{SMALL}"
        "def die(said, _): os.kill(os.getpid(), 9) if said == 'Gathering statistics' else None"
    )
    with copy("demo.start(die)", before=die) as killed:
        assert killed.wait(timeout=30) == -signal.SIGKILL
    assert server_now() is not None
    assert demo.running() is None
    monkeypatch.setattr(traffic, "MONTHS_BEFORE", 0)
    monkeypatch.setattr(sample_history, "WEEKS", 3)
    healed = demo.start()
    assert rows(healed.owner_url) > (0, 0)
    assert wrong_keys(healed.owner_url) == (0, 0)
    assert not half_made.exists()


def test_another_version_is_refused_in_a_sentence(empty: Path) -> None:
    Place(empty).data.mkdir()
    (Place(empty).data / "PG_VERSION").write_text("17\n")
    with pytest.raises(DemoFailed, match=r"is of PostgreSQL 17; this is 18\. Delete .*pg18"):
        demo.start()


@pytest.mark.parametrize(
    ("path", "sentence"),
    [
        ("/tmp/" + "x" * 90, r"too long a path for a socket by \d+ bytes"),
        ("/tmp/a,b", "has ',' in its path"),
        ('/tmp/a"b', "has '\"' in its path"),
        ("/tmp/$HOME/`id`", r"has '\$' '`' '`' in its path"),
        ("/tmp/a\nb", r"has '\\n' in its path"),
    ],
)
def test_a_path_that_no_socket_can_have_is_refused(
    monkeypatch: pytest.MonkeyPatch, path: str, sentence: str
) -> None:
    monkeypatch.setenv(DIRECTORY_SETTING, path)
    with pytest.raises(DemoFailed, match=sentence):
        demo.start()


def test_a_directory_that_cannot_be_made_is_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "file").touch()
    monkeypatch.setenv(DIRECTORY_SETTING, str(tmp_path / "file" / "x"))
    monkeypatch.setattr("lib.demo.place.LONGEST_SOCKET", 1000)
    with pytest.raises(DemoFailed, match=r"cannot write to its directory .*Not a directory"):
        demo.start()


@pytest.mark.skipif(os.geteuid() != 0, reason="only root's server runs as another user")
def test_no_folder_of_root_is_opened(monkeypatch: pytest.MonkeyPatch) -> None:
    with directory() as closed, monkeypatch.context() as within:
        within.setenv(DIRECTORY_SETTING, str(closed / "x"))
        before = closed.stat().st_mode
        with pytest.raises(DemoFailed, match=f"may not enter {closed}"):
            demo.start()
        assert closed.stat().st_mode == before


def test_the_strings_and_what_to_do_with_them_are_described(up: demo.Demo) -> None:
    text = demo.describe(up)
    assert up.role_url in text
    assert up.owner_url in text
    commands = [line.strip() for line in text.splitlines() if " -c " in line or " -f " in line]
    assert len(commands) == 2
    told: Callable[[], Any] = lambda: ask(  # noqa: E731
        up.role_url, "select public.verify_partition_triggers_exist()"
    )
    subprocess.run(commands[0], shell=True, check=True, capture_output=True)
    assert told() is False
    subprocess.run(commands[1], shell=True, check=True, capture_output=True)
    assert told() is True
