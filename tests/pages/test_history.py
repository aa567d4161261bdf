"""Does History say what went wrong, for how long, how it was seen, and when nobody looked?"""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from time import process_time
from typing import Any

import pytest
from streamlit.testing.v1 import AppTest

from lib import verification
from lib.core.results import Status
from lib.db.database import Database as Connection
from lib.history import archive
from lib.history import rows as history_rows
from lib.history.history import VERIFICATION, History, Run
from lib.settings.settings import parse_url
from lib.watch import watch
from lib.watch.snapshot import Snapshot
from tests.pages.conftest import Show, known, look, text
from tests.servers import ROOT, Database

MINUTE = timedelta(minutes=1)
DROP = "drop trigger sessions_set_created_month on public.sessions"


def connected(database: Database) -> Connection:
    return Connection(parse_url("x", database.role_url))


def verify(
    database: Database, minutes_ago: int, who: str = "schedule", at: datetime | None = None
) -> None:
    """A verification, with its rows that old, or to the second so long before that moment."""
    started = database.value("select clock_timestamp()")
    with closing(connected(database)) as connection:
        verification.verify(connection, who=who, face="page" if who != "schedule" else who)
    database.execute(
        "update public.watchtower_checks as row set created_at = row.created_at"
        "  - run.ended + coalesce(%s, run.ended) - %s * interval '1 minute'"
        " from (select max(created_at) as ended from public.watchtower_checks) as run"
        " where row.created_at >= %s",
        [at, minutes_ago, started],
    )


def remembered(database: Database, **more: Any) -> Snapshot:
    with closing(connected(database)) as connection:
        found = history_rows.read(connection, History(), datetime.now(UTC))
    return known(look(database), history=found, **more)


def broken_for_a_while(database: Database, *, repaired: bool = True, ago: int = 0) -> None:
    """Right an hour ago, broken 40 and 25 minutes ago, and right again 10 minutes ago.

    All of it `ago` minutes earlier, where that is said. From the first bad row on by one moment,
    however long the verifications take.
    """
    verify(database, ago + 60)
    verify(database, ago + 50)
    at = database.value("select now()")
    database.execute(
        f"{DROP}; insert into public.sessions (id, created_month, created_at)"
        " select gen_random_uuid(), date_trunc('month', now() - interval '40 days'),"
        f"  timestamptz '{at}' - interval '{ago + 44} minutes' from generate_series(1, 3)"
    )
    verify(database, ago + 40, at=at)
    verify(database, ago + 25, at=at)
    if repaired:
        database.execute(
            "delete from public.sessions"
            " where created_month <> date_trunc('month', created_at at time zone 'UTC')::date"
        )
        database.run_setup()
        verify(database, ago + 10, "olga@example.org", at)


@pytest.fixture(scope="module")
def past(servers: Any) -> Iterator[Database]:
    """A database that was broken for a while, made once for all who only read what is kept."""
    server, healthy = servers("18")
    with server.new_database(healthy.name) as fresh:
        broken_for_a_while(fresh)
        yield fresh


def ask(test: AppTest, **filters: str) -> AppTest:
    for key, value in filters.items():
        kind = test.radio if key == "range" else test.selectbox
        kind(key=key).set_value(value)
    test.run()
    assert not test.exception, test.exception
    return test


def strips(test: AppTest) -> list[str]:
    return [image.proto.imgs[0].alt for image in test.get("image")]


def runs(test: AppTest) -> Any:
    return test.dataframe[-1].value


def words(test: AppTest) -> str:
    return text(test).replace("\\", "").replace("\u2060", "")


def test_without_a_run_it_tells_what_will_stand_here_and_when(
    show: Show, database18: Database
) -> None:
    test = show("history", remembered(database18))
    assert "No run is in the history yet" in words(test)
    assert "incidents" in words(test)
    watch.WATCH.settings = replace(watch.WATCH.settings, schedule="*/15 * * * *")
    assert "(`*/15 * * * *`, UTC)" in text(test.run()), "code shows a backslash as one"
    assert not strips(test)


def test_before_the_first_reading_nothing_is_claimed(show: Show) -> None:
    test = show("history", known(None))
    assert "The history has not been read yet" in words(test)


def test_history_that_cannot_be_read_is_said(show: Show, database18: Database) -> None:
    verify(database18, 5)
    database18.execute("revoke all on public.watchtower_checks from watchtower")
    test = show("history", remembered(database18))
    assert "The history cannot be read" in words(test)
    assert "Nothing of the past can be shown" in words(test)


def test_one_run_that_was_right_is_calm_and_the_rest_is_not_verified(
    show: Show, database18: Database
) -> None:
    verify(database18, 5)
    test = show("history", remembered(database18))
    said = words(test)
    assert "No run of this range found anything critical or unknown." in said
    assert "100.0 %" in said
    assert "No run:" not in said, "the time before the first run is no gap"
    assert len(runs(test)) == 1
    assert re.match("All checks together: not verified in 5[45], ok in [12] of 56", strips(test)[0])


def test_repaired_incident_says_how_long_and_how_it_was_seen(show: Show, past: Database) -> None:
    test = show("history", remembered(past))
    said = words(test)
    assert ":material/cancel: critical]" in said
    assert "**30 min**, from" in said
    assert "4 min after the first bad row" in said
    assert "3 rows of sessions (wrong keys)" in said
    assert "Seen repaired by" in said
    assert "olga@example.org, on the page" in said
    assert len(runs(test)) == 5
    assert any("guard_triggers: " in alt and "critical in" in alt for alt in strips(test))


def test_incident_under_way_says_since_when(show: Show, database18: Database) -> None:
    broken_for_a_while(database18, repaired=False)
    began = database18.value(
        "select min(created_at) from public.watchtower_checks"
        " where check_name = 'partition_watchtower' and not ok"
    )
    before = datetime.now(UTC)
    said = words(show("history", remembered(database18)))
    after = datetime.now(UTC)
    ((long, since),) = re.findall(r"\*\*Under way for (\d+) min\*\*, since (.+ UTC)", said)
    assert (before - began) // MINUTE <= int(long) <= (after - began) // MINUTE
    assert f"{began.astimezone(UTC):%H:%M} UTC" in since, "the run that found it, to the minute"
    assert "The run that proves it" not in said
    assert "critical now" in said


def test_outage_is_a_gap_that_is_named(show: Show, database18: Database) -> None:
    verify(database18, 200)
    verify(database18, 5)
    test = show("history", remembered(database18))
    assert "not verified] No run: " in words(test)
    assert "(2 h 44 min)" in words(test)
    assert "No run of this range found anything" in words(test)


def test_run_that_was_not_kept_is_said_until_a_later_one_is(
    show: Show, database18: Database
) -> None:
    verify(database18, 20)
    database18.execute("revoke insert on public.watchtower_checks from watchtower")
    with closing(connected(database18)) as connection:
        unkept = verification.verify(connection, who="t", face="t")
    known = remembered(database18, verified=unkept)
    for page in ("history", "status"):
        assert "This verification is not in the history: permission denied" in words(
            show(page, known)
        )
    assert "no row of it is in the history" in words(show("week", known))
    database18.execute("grant insert on public.watchtower_checks to watchtower")
    verify(database18, 0)
    later = replace(known, history=remembered(database18).history)
    assert "not in the history" not in words(show("history", later))


def test_filters_leave_what_is_asked_for(show: Show, past: Database) -> None:
    test = show("history", remembered(past))
    ask(test, check="foreign_key")
    assert "nothing" not in strips(test)
    assert len(strips(test)) == 1
    assert "as far as you filter for it" in words(test)
    ask(test, check="guard_triggers", status="critical")
    assert "**30 min**, from" in words(test)
    assert len(runs(test)) == 2
    ask(test, status="not verified")
    assert "No run of this range matches." in words(test)


def test_address_opens_a_run_until_it_is_closed(show: Show, past: Database) -> None:
    snapshot = remembered(past)
    run = next(run for run in snapshot.history.verifications() if run.status is Status.CRITICAL)
    with closing(connected(past)) as connection:
        found = archive.opened(connection, run.id)
    test = show("history", known(snapshot.report, history=snapshot.history, opened={run.id: found}))
    test.query_params["run"] = run.id
    ask(test, range="24h")
    said = words(test)
    assert said.count("The sessions guard is missing") == 2, "its incident says so too"
    assert "asked by the schedule" in said
    assert "a bar is 30 min" in said
    assert any(each.label.startswith("Every check of this run (") for each in test.expander)
    test.button(key="close at address").click().run()
    assert "asked by the schedule" not in words(test)
    assert "run" not in test.query_params


def test_two_runs_are_compared(show: Show, past: Database) -> None:
    snapshot = remembered(past)
    runs = snapshot.history.verifications()
    with closing(connected(past)) as connection:
        opened = {run.id: archive.opened(connection, run.id) for run in runs}
    test = show("history", known(snapshot.report, history=snapshot.history, opened=opened))
    test.query_params["run"] = runs[2].id
    test.run()
    choice = test.selectbox(key="compared with")
    assert choice.options[0].startswith(f"{runs[1].at:%Y-%m-%d %H:%M}"), "the last right one first"
    ask(test, **{"compared with": runs[1].id})
    said = words(test)
    assert re.search(r"Since .*: \d checks turned", said)
    assert "critical] new: sessions_set_created_month is missing" in said
    assert "ok] → :red-badge[:material/cancel: critical] guard_triggers" in said
    ask(test, **{"compared with": runs[3].id})
    assert "nothing is otherwise" in words(test) or "before: " in words(test)
    ask(test, **{"compared with": runs[4].id})
    assert ":material/remove: gone]" in words(test)
    assert test.query_params["with"] == runs[4].id, "a link opens the same"
    test.button(key="close at address").click().run()
    assert "with" not in test.query_params


def test_run_that_is_being_read_and_one_that_is_not_there(show: Show, database18: Database) -> None:
    verify(database18, 5)
    snapshot = remembered(database18)
    test = show("history", snapshot)
    test.query_params["run"] = snapshot.history.verifications()[0].id
    assert "Reading the run of" in words(test.run())
    test.query_params["run"] = "<b>no</b>"
    assert "No run of the last 90 days is called <b>no</b>" in words(test.run())


def test_incident_opens_its_first_red_run_in_its_own_card(show: Show, past: Database) -> None:
    test = show("history", remembered(past))
    (button,) = (each for each in test.button if each.label == "The run that found it")
    button.click().run()
    assert "Reading the run of" in words(test)
    assert len([each for each in test.button if each.label == "Close this run"]) == 1


def test_refresh_that_saw_it_first_is_in_the_list(show: Show, database18: Database) -> None:
    verify(database18, 5)
    database18.execute(DROP)
    snapshot = remembered(database18)
    seen = snapshot.history.noticing(look(database18))
    test = show("history", replace(snapshot, history=seen))
    assert runs(test)["Asked by"][0] == "a refresh"
    assert "guard_triggers" in runs(test)["Not ok"][0]
    test.query_params["run"] = seen.noticed[0].id
    said = words(test.run())
    assert "The sessions guard is missing" in said
    assert "A refresh keeps no report." in said


def test_rows_of_the_rpc_are_shown_where_there_is_nothing_else(
    show: Show, database18: Database
) -> None:
    database18.value("select public.watchtower_partition_drift_check_v1()")
    test = show("history", remembered(database18))
    assert list(runs(test)["Asked by"]) == [
        "the drift RPC's own row: pg_cron or a caller of the RPC"
    ]
    assert "rpc_answers" in words(test)


def test_database_out_of_reach_leaves_the_past_readable(show: Show, past: Database) -> None:
    snapshot = remembered(past, trouble="The database cannot be reached.")
    said = words(show("history", snapshot))
    assert "Unknown: The database cannot be reached." in said
    assert "**30 min**, from" in said


@pytest.mark.parametrize("span", ["7d", "90d"])
def test_ninety_days_are_shown_in_a_moment(show: Show, database18: Database, span: str) -> None:
    report, end = look(database18), datetime.now(UTC)
    checks = {check.check: check.status for check in report.checks}
    quarters = [end - n * timedelta(minutes=15) for n in range(90 * 96, 0, -1)]
    past = tuple(
        Run(f"run {at}", at, VERIFICATION, Status.OK, checks, "schedule", "schedule", 400)
        for at in quarters
    )
    test = ask(show("history", known(report, history=History(past))), range=span)
    began = process_time()
    test.run()
    spent = process_time() - began
    assert len(strips(test)) == len(checks) + 1
    assert spent < 0.4, spent


def test_link_opens_its_range_check_and_status(show: Show, past: Database) -> None:
    show("status", remembered(past))
    test = AppTest.from_file(str(ROOT / "pages" / "_shell.py"), default_timeout=20)
    for key, value in {"range": "24h", "check": "guard_triggers", "status": "critical"}.items():
        test.query_params[key] = value
    test.switch_page("history.py").run()
    assert not test.exception, test.exception
    assert "a bar is 30 min" in words(test)
    assert [alt.partition(":")[0] for alt in strips(test)] == ["guard_triggers"]
    assert len(runs(test)) == 2
