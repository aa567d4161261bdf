"""Is everything right about keys of days, weeks and quarters, numbers, moments, other zones?"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from lib.core.declaration import declaration, declared, use
from lib.history.adoption import adopt
from tests.faces import command
from tests.looking import look, watched
from tests.servers import ROOT, SUPERUSER, Database, Server
from tests.shapes.periods import CHAIN, SHAPES, Shape
from tests.shapes.test_visits import GRANTS, wrong

Applied = Callable[[Database], str]


@pytest.fixture(
    params=[
        pytest.param(name, marks=() if place < 3 else pytest.mark.everything)
        for place, name in enumerate(SHAPES)
    ]
)
def shape(request: pytest.FixtureRequest) -> Shape:
    return SHAPES[request.param]


@pytest.fixture
def shaped(shape: Shape, server: Server, tmp_path: Path) -> Iterator[Database]:
    with made(shape, server, tmp_path) as database:
        yield database


@contextmanager
def made(shape: Shape, server: Server, tmp_path: Path) -> Iterator[Database]:
    """A healthy database of this shape, which is declared, its texts adopted."""
    before = declared()
    file = tmp_path / "guards.toml"
    file.write_text(shape.toml(), encoding="utf-8")
    with server.new_database() as database:
        database.execute("grant create on schema public to owner", user=SUPERUSER)
        database.execute(shape.sql())
        database.run_file(ROOT / "sql" / "setup" / "20_history.sql")
        database.execute(GRANTS)
        use(declaration(file))
        handle = watched(database.role_url)
        adopt(handle, tmp_path / "reviewed")
        handle.close()
        yield database
        use(before)


def applied(database: Database, tmp_path: Path) -> None:
    code, said, error = command(
        "apply",
        "--yes",
        DATABASE_URL=database.role_url,
        WATCHTOWER_ADMIN_URL=database.owner_url,
        WATCHTOWER_GUARDS=str(tmp_path / "guards.toml"),
        WATCHTOWER_CANONICAL=str(tmp_path / "reviewed"),
    )
    assert code == 0, said + error


def test_what_is_healthy_is_ok(shaped: Database, tmp_path: Path) -> None:
    for user in ("watchtower", "owner"):
        report = look(shaped, user, canonical=tmp_path / "reviewed")
        assert wrong(report) == {}, (user, [f.detail for c in report.checks for f in c.failing()])


def gone(shape: Shape, table: str, ahead: int = 1) -> str:
    """Drops the partition of the next period, or of the one so far ahead."""
    return (
        "do $$ declare low timestamp := date_trunc('"
        f"{shape.parts}', now() at time zone '{shape.zone}') + {ahead} * interval '{shape.step}';"
        f" begin execute format('drop table web.%I', '{table}_' || to_char(low, '{shape.name}'));"
        " end $$"
    )


EMPTIED = (
    "create or replace function web.set_{}() returns trigger language plpgsql"
    " security definer set search_path = '' as 'begin return new; end'"
)
BREAKS: dict[str, tuple[Callable[[Shape], str], str]] = {
    "a guard dropped": (lambda _: "drop trigger set_visits on web.visits", "guard_triggers"),
    "a guard off": (lambda _: "alter table web.hits disable trigger set_hits", "guard_triggers"),
    "a guard of the clock emptied": (lambda _: EMPTIED.format("visits"), "guard_behaviour"),
    "a guard of a reference emptied": (lambda _: EMPTIED.format("clicks"), "guard_behaviour"),
    "the next period missing": (lambda shape: gone(shape, "clicks"), "partition_coverage"),
    "a foreign key gone": (
        lambda _: "alter table web.clicks drop constraint clicks_hits",
        "foreign_key",
    ),
}


@pytest.mark.parametrize("case", BREAKS)
def test_each_break_is_seen_and_its_remedy_repairs_it(
    shape: Shape, shaped: Database, tmp_path: Path, case: str
) -> None:
    sql, check = BREAKS[case]
    shaped.execute(sql(shape))
    report = look(shaped, canonical=tmp_path / "reviewed")
    assert report[check].status.word in ("warning", "critical"), report[check]
    applied(shaped, tmp_path)
    assert wrong(look(shaped, canonical=tmp_path / "reviewed")) == {}


def test_rows_that_drifted_are_counted_and_moved(
    shape: Shape, shaped: Database, tmp_path: Path
) -> None:
    """They were written with the key of an earlier period, each with what repeats it."""
    switched = [f"alter table web.{table} {{}} trigger set_{table}" for table in CHAIN]
    earlier = shape.right.replace("new.at", f"(now() - 2 * interval '{shape.step}')")
    shaped.execute(
        f"{';'.join(switched).format(*['disable'] * 3)};"
        f"insert into web.visits (visits_key) select {earlier} from generate_series(1, 5);"
        "insert into web.hits (visits, hits_key) select nr, visits_key from web.visits"
        f" where visits_key = {earlier} and at = now();"
        "insert into web.clicks (hits, clicks_key) select nr, hits_key from web.hits"
        f" where hits_key = {earlier} and at = now();"
        f"{';'.join(switched).format(*['enable'] * 3)};"
    )
    report = look(shaped, canonical=tmp_path / "reviewed")
    assert report["wrong_keys"].status.word == "critical"
    assert "5 rows" in report["wrong_keys"].failing()[0].detail
    applied(shaped, tmp_path)
    assert wrong(look(shaped, canonical=tmp_path / "reviewed")) == {}
    joined = (
        "select count(*) from web.clicks as c"
        " join web.hits as h on (h.nr, h.hits_key) = (c.hits, c.clicks_key)"
        " join web.visits as v on (v.nr, v.visits_key) = (h.visits, h.hits_key)"
    )
    assert shaped.value(joined) == shaped.value("select count(*) from web.clicks")


def test_rows_of_a_missing_period_leave_default(
    shape: Shape, shaped: Database, tmp_path: Path
) -> None:
    shaped.execute(
        f"{gone(shape, 'clicks', 0)};"
        "insert into web.clicks (hits, clicks_key) select nr, hits_key from web.hits"
    )
    report = look(shaped, canonical=tmp_path / "reviewed")
    assert report["default_partition_rows"].status.word == "critical"
    applied(shaped, tmp_path)
    assert wrong(look(shaped, canonical=tmp_path / "reviewed")) == {}
    assert shaped.value("select count(*) from only web.clicks_default") == 0


@pytest.mark.everything
def test_month_that_is_taken_in_part_is_missing(server: Server, tmp_path: Path) -> None:
    """Where keys are days in partitions of months: a hole in the middle of one is seen."""
    shape = SHAPES["days as numbers under monthly partitions"]
    with made(shape, server, tmp_path) as database:
        month = "date_trunc('month', now() at time zone 'UTC')"
        database.execute(
            f"{gone(shape, 'clicks')};"
            f"do $$ declare low timestamp := {month} + interval '1 month'; begin"
            " execute format('create table web.half partition of web.clicks"
            " for values from (%s) to (%s)', to_char(low, 'YYYYMMDD'),"
            " to_char(low + interval '14 days', 'YYYYMMDD'));"
            " alter table web.half enable row level security; end $$"
        )
        report = look(database, canonical=tmp_path / "reviewed")
        assert report["partition_coverage"].status.word in ("warning", "critical")


def test_setup_makes_guards_that_behave(shaped: Database, tmp_path: Path) -> None:
    for table in CHAIN:
        shaped.execute(f"drop function web.set_{table}() cascade")
    printed = command(
        "setup", DATABASE_URL=shaped.role_url, WATCHTOWER_GUARDS=str(tmp_path / "guards.toml")
    )
    assert printed[0] == 0, printed
    shaped.execute(printed[1])
    report = look(shaped)
    for check in ("guard_behaviour", "guard_triggers", "wrong_keys", "orphan_rows"):
        assert report[check].status.word == "ok", report[check].failing()
