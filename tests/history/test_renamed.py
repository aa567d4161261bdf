"""Is a row that speaks of a check by its former name read under the name of today, everywhere?"""

from __future__ import annotations

from contextlib import closing
from datetime import UTC, datetime, timedelta

from lib import verification
from lib.checks import CHECKS
from lib.core.results import Finding, Status
from lib.history import acceptance, ground
from lib.history import rows as history_rows
from lib.history.archive import kept_report, opened
from lib.history.history import History, Run
from lib.history.incidents import incidents
from lib.history.renamed import deed_today, rows_today, today
from lib.watch.alerts.ledger import Rows
from tests.drifting import EARLIER_MONTH, drift_sessions
from tests.looking import look, statuses, watched
from tests.servers import Database

FORMER = {former: check.name for check in CHECKS for former in check.formerly}
OLD, NEW = "wrong_month_sessions", "wrong_keys"


def aged(database: Database, minutes: int) -> None:
    """The rows that are there, as an older version wrote them so long ago."""
    for former, name in FORMER.items():
        database.execute(
            "update public.watchtower_checks set details ="
            f" replace(details::text, '\"{name}', '\"{former}')::jsonb"
        )
    database.execute(
        "update public.watchtower_checks set created_at = created_at - %s * interval '1 minute'",
        [minutes],
    )


def test_names_and_questions_are_those_of_today() -> None:
    assert FORMER == {
        "wrong_month_sessions": "wrong_keys",
        "events_without_session": "orphan_rows",
        "duplicate_session_ids": "duplicate_ids",
    }
    assert today("events_without_session: public.events") == "orphan_rows: public.events"
    assert [today(name) for name in (NEW, "history", "", "no: check")] == [
        *(NEW, "history", "", "no: check")
    ]
    said = {"check": OLD, "checks": {OLD: "critical", "freshness": "ok"}, "by": OLD}
    assert deed_today(said) == {
        "check": NEW,
        "checks": {NEW: "critical", "freshness": "ok"},
        "by": OLD,
    }
    assert deed_today({"check": 7, "checks": [OLD]}) == {"check": 7, "checks": [OLD]}


def test_of_which_rows_a_finding_speaks_is_read_of_rows_that_say_it_in_the_subject_alone() -> None:
    table = "public.sessions"
    assert rows_today({"subject": table}) == {}
    assert rows_today({"subject": f"{table}, older"}) == {"older": table}
    assert rows_today({"subject": f"{table}, since 22 Nov 2026 13:41 UTC"}) == {"since": table}
    assert rows_today({"subject": "x, older", "older": "public.x"}) == {"older": "public.x"}
    found = [
        Finding(f"{table}, older", Status.WARNING, "", older=table),
        Finding(table, Status.OK, ""),
    ]
    now = [each.to_row() for each in found]
    assert ["older" in each for each in now] == [True, False]
    for former in (False, True):
        kept = [
            {name: value for name, value in each.items() if not former or name != "older"}
            for each in now
        ]
        said = {"checks": [{"check": NEW, "status": "warning", "findings": kept}]}
        (check,) = kept_report(datetime.now(UTC), said).checks
        assert check.findings == tuple(found)


def test_an_incident_and_its_report_go_on_under_the_new_name(database18: Database) -> None:
    drift_sessions(database18, EARLIER_MONTH)
    look(database18)
    database18.execute(
        "insert into public.watchtower_checks (check_name, ok, details) values"
        " ('partition_watchtower_alert', false,"
        f' \'{{"kind": "open", "checks": {{"{NEW}": "critical"}}}}\')'
    )
    aged(database18, 30)
    before = database18.value(
        "select details::text from public.watchtower_checks"
        " where check_name = 'partition_watchtower'"
    )
    assert f'"{OLD}"' in str(before), "the row is as an older version wrote it"
    look(database18)

    with closing(watched(database18.role_url)) as handle:
        known = history_rows.read(handle, History(), datetime.now(UTC))
        old, new = known.verifications()
        assert (old.checks, old.apart) == (new.checks, new.apart)
        (incident,) = incidents(known)
        assert incident.checks[NEW] is Status.CRITICAL
        assert not FORMER.keys() & incident.checks.keys()
        assert new.at - incident.began > timedelta(minutes=20)
        since = known.since(Status.CRITICAL, NEW).first
        assert since is not None
        assert since <= old.at

        report = opened(handle, old.id).report
        assert report is not None
        assert report[NEW].status is Status.CRITICAL
        assert [check.check for check in report.checks][: len(CHECKS)] == [
            check.name for check in CHECKS
        ]
        assert [run.checks for run in known.alarms] == [{NEW: Status.CRITICAL}]
        last = Rows(handle).last()
        assert last is not None
        assert last.checks == {NEW: Status.CRITICAL}


def test_what_a_former_row_has_proven_of_older_rows_is_known(database18: Database) -> None:
    drift_sessions(database18, EARLIER_MONTH, age="200 days")
    look(database18)
    aged(database18, 5)
    with closing(watched(database18.role_url)) as handle:
        report, known = verification.look(handle, known=None)
        with handle.session(5) as session:
            found = ground.newest(session, None)
    assert known is not None
    assert found is not None
    assert f"{NEW}: public.sessions" in found.proven
    assert all(row["key"].startswith((NEW, "orphan_rows")) for row in report[NEW].tables["older"])
    assert not any("none was read yet" in finding.detail for finding in report[NEW].findings)
    assert statuses(report) == {NEW: "warning"}


def test_what_was_accepted_under_a_former_name_counts_and_can_be_taken_back(
    database18: Database,
) -> None:
    drift_sessions(database18, EARLIER_MONTH, age="200 days", count=2)
    with closing(watched(database18.role_url)) as handle:
        acceptance.accept(handle, NEW, count=2, reason="old", by="Ada")
        aged(database18, 30)
        assert statuses(look(database18)) == {}
        known = history_rows.read(handle, History(), datetime.now(UTC))
        assert [deed.word("check") for deed in known.deeds] == [NEW]
        acceptance.accept(handle, NEW, count=0, reason="no more", by="Ada")
        assert statuses(look(database18)) == {NEW: "warning"}


def test_what_refreshes_saw_turn_is_of_today_as_well(database18: Database) -> None:
    look(database18)
    database18.execute(
        "update public.watchtower_checks set details = details || jsonb_build_object('noticed',"
        " jsonb_build_array(jsonb_build_object('at', now() - interval '1 minute',"
        f" 'until', now() - interval '1 minute', 'checks', '{{\"{OLD}\": \"critical\"}}'::jsonb,"
        f" 'apart', jsonb_build_array('{OLD}'))))"
    )
    with closing(watched(database18.role_url)) as handle:
        (run,) = history_rows.read(handle, History(), datetime.now(UTC)).verifications()
    (noticed,) = run.noticed
    assert isinstance(noticed, Run)
    assert (noticed.checks, noticed.apart) == ({NEW: Status.CRITICAL}, (NEW,))
