"""Does everything go by the declaration: other names, another schema, with what a name may hold?"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from lib.core.declaration import declaration, declared, use
from lib.core.results import Report, Status
from lib.history.adoption import adopt
from tests.faces import command
from tests.looking import follow, look, watched, worst_finding
from tests.servers import ROOT, SUPERUSER, Database, Server

HERE = Path(__file__).parent
DECLARED = HERE / "visits.toml"
GRANTS = """
grant select, insert on public.watchtower_checks to watchtower;
create policy watchtower_reads on public.watchtower_checks for select to watchtower using (true);
create policy watchtower_writes on public.watchtower_checks for insert to watchtower
    with check (true);
"""
OFF, ON = (
    ";".join(
        f'alter table {table} {what} trigger "{trigger}"'
        for table, trigger in (('web."Visits"', "set month"), ("web.hits", "set_hit_month"))
    )
    for what in ("disable", "enable")
)


def wrong(report: Report) -> dict[str, str]:
    """Each check that is not ok, of those that apply."""
    return {c.check: c.status.word for c in report.applying if c.status is not Status.OK}


@pytest.fixture
def visits(server: Server) -> Iterator[Database]:
    """A healthy database of this shape, which is declared."""
    before = declared()
    with server.new_database() as database:
        database.execute("grant create on schema public to owner", user=SUPERUSER)
        database.run_file(HERE / "visits.sql")
        database.run_file(ROOT / "sql" / "setup" / "20_history.sql")
        database.execute(GRANTS)
        use(declaration(DECLARED))
        yield database
        use(before)


@pytest.fixture
def adopted(visits: Database, tmp_path: Path) -> Path:
    """The folder with the texts of its guards."""
    handle = watched(visits.role_url)
    adopt(handle, tmp_path / "reviewed")
    handle.close()
    return tmp_path / "reviewed"


def test_what_is_healthy_is_ok(visits: Database, adopted: Path) -> None:
    for user in ("watchtower", "owner"):
        report = look(visits, user, canonical=adopted)
        assert wrong(report) == {}, user
        assert report.status.word == "ok"
        told = {finding.subject for each in report.checks for finding in each.findings}
        assert {"web.set_visit_month()", "web.set_hit_month()"} <= told
    assert not report["rpc_answers"].applies


BREAKS = {
    "a guard dropped": ('drop trigger "set month" on web."Visits"', "guard_triggers"),
    "a guard off": ("alter table web.hits disable trigger set_hit_month", "guard_triggers"),
    "a function emptied": (
        "create or replace function web.set_visit_month() returns trigger language plpgsql"
        " security definer set search_path = '' as 'begin return new; end'",
        "guard_behaviour",
    ),
    "a month missing": (
        "do $$ declare gone date := date_trunc('month', now() at time zone 'UTC')"
        " + interval '1 month'; begin execute format('drop table web.hits_%s',"
        " to_char(gone, 'YYYY_MM')); end $$",
        "partition_coverage",
    ),
    "a foreign key gone": ("alter table web.hits drop constraint hits_visit", "foreign_key"),
}


@pytest.mark.parametrize("case", BREAKS)
def test_each_break_is_seen_and_its_remedy_repairs_it(
    visits: Database, adopted: Path, case: str
) -> None:
    sql, check = BREAKS[case]
    visits.execute(sql)
    report = look(visits, canonical=adopted)
    assert report[check].status.word in ("warning", "critical"), report[check]
    environ = {
        "DATABASE_URL": visits.role_url,
        "WATCHTOWER_ADMIN_URL": visits.owner_url,
        "WATCHTOWER_GUARDS": str(DECLARED),
        "WATCHTOWER_CANONICAL": str(adopted),
    }
    code, said, error = command("apply", "--yes", **environ)
    assert code == 0, said + error
    assert wrong(look(visits, canonical=adopted)) == {}


def test_rows_that_drifted_are_counted_and_moved(visits: Database, adopted: Path) -> None:
    month = "(date_trunc('month', now() at time zone 'UTC') - interval '2 months')::date"
    visits.execute(
        f"{OFF};"
        f'insert into web."Visits" ("on", site) select {month}, n from generate_series(1, 5) as n;'
        f'insert into web.hits (visit, visit_month) select nr, "on" from web."Visits" as v'
        f' where v."on" = {month} and v."seen at" > now() - interval \'1 minute\';'
        f"{ON}"
    )
    report = look(visits, canonical=adopted)
    assert report["wrong_keys"].status.word == "critical"
    assert "5 rows" in worst_finding(report, "wrong_keys").detail
    follow(worst_finding(report, "wrong_keys").remedy, visits)
    assert wrong(look(visits, canonical=adopted)) == {}
    assert (
        visits.value(
            'select count(*) from web.hits as h left join web."Visits" as v'
            ' on (v.nr, v."on") = (h.visit, h.visit_month) where v.nr is null'
        )
        == 0
    )
