"""Do older rows that somebody accepted become a note, and does one row more alarm again?"""

from __future__ import annotations

from contextlib import closing

import pytest

from lib.faces import cli
from lib.history.acceptance import accept
from tests.drifting import EARLIER_MONTH, GUARDS_OFF, GUARDS_ON, KEY_BACK, drift_sessions
from tests.looking import glance, look, statuses, watched, worst_finding
from tests.servers import Database


def accepting(database: Database, check: str, count: int) -> None:
    with closing(watched(database.role_url)) as handle:
        accept(handle, check, count=count, reason="imported in May", by="Ada")


def test_accepted_rows_are_a_note_and_one_more_alarms(database: Database) -> None:
    drift_sessions(database, EARLIER_MONTH, age="200 days", count=3)
    assert statuses(look(database)) == {"wrong_keys": "warning"}
    accepting(database, "wrong_keys", 3)
    for report in (look(database), look(database, "owner"), glance(database)):
        assert statuses(report) == {}
        details = [finding.detail for finding in report["wrong_keys"].findings]
        assert any("; accepted by Ada on " in detail for detail in details)
        assert any(detail.endswith(": imported in May") for detail in details)
        (said,) = [f.accepted for f in report["wrong_keys"].findings if f.accepted]
        assert said.startswith("accepted 3 by Ada on ")

    drift_sessions(database, EARLIER_MONTH, age="201 days", count=1)
    report = look(database)
    assert statuses(report) == {"wrong_keys": "warning"}
    detail = worst_finding(report, "wrong_keys").detail
    assert "; more than the 3 that Ada on " in detail

    accepting(database, "wrong_keys", 4)
    assert statuses(look(database)) == {}
    accepting(database, "wrong_keys", 0)
    assert statuses(look(database)) == {"wrong_keys": "warning"}


def test_accepted_rows_are_no_damage_of_a_later_break(database18: Database) -> None:
    drift_sessions(database18, EARLIER_MONTH, age="200 days", count=3)
    accepting(database18, "wrong_keys", 3)
    database18.execute("drop trigger events_set_session_month_from_session on public.events")
    report = look(database18)
    assert statuses(report)["guard_triggers"] == "critical"
    assert report.reach() is None

    database18.execute(
        "alter table public.sessions disable trigger sessions_set_created_month;"
        " insert into public.sessions (id, created_month, created_at)"
        f" select gen_random_uuid(), {EARLIER_MONTH}, now() from generate_series(1, 2)"
    )
    found = look(database18).reach()
    assert found is not None
    assert dict(found.rows) == {("sessions", "wrong keys"): 2}
    accepting(database18, "wrong_keys", 0)
    found = look(database18).reach()
    assert found is not None
    assert sum(found.rows.values()) == 5


def test_recent_rows_cannot_be_accepted(database18: Database) -> None:
    drift_sessions(database18, EARLIER_MONTH)
    accepting(database18, "wrong_keys", 1000)
    assert statuses(look(database18)) == {"wrong_keys": "critical"}


def test_orphans_are_accepted_by_themselves(database18: Database) -> None:
    database18.execute(
        f"""
        {GUARDS_OFF}
        insert into public.events (id, session_month, session_id, created_at)
        select gen_random_uuid(), {EARLIER_MONTH}, gen_random_uuid(), now() - interval '100 days';
        {GUARDS_ON} {KEY_BACK.rstrip().rstrip(";")} not valid;
        """
    )
    accepting(database18, "null_keys", 5)
    found = {"orphan_rows": "warning", "foreign_key": "warning"}
    assert statuses(look(database18)) == found
    accepting(database18, "orphan_rows", 1)
    assert statuses(look(database18)) == {"foreign_key": "warning"}


def test_more_than_can_be_counted_is_never_accepted(database18: Database) -> None:
    drift_sessions(database18, EARLIER_MONTH, age="200 days", count=1200)
    accepting(database18, "wrong_keys", 5000)
    assert statuses(look(database18)) == {"wrong_keys": "warning"}


def test_command_line(
    database18: Database, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("DATABASE_URL", database18.role_url)
    drift_sessions(database18, EARLIER_MONTH, age="200 days", count=2)
    assert cli.main(["verify"]) == 1
    words = ["accept", "wrong_keys", "--count", "2", "--reason", "old", "--by", "Ada"]
    assert cli.main(words) == 0
    assert cli.main(["verify"]) == 0
    kept = "select details from public.watchtower_checks where check_name = %s"
    assert database18.value(kept, ["partition_watchtower_accepted"]) == {
        "check": "wrong_keys",
        "count": 2,
        "reason": "old",
        "by": "Ada",
    }
    for wrong in (["accept", "freshness"], words[:-2], [*words[:3], "-1", *words[4:]]):
        with pytest.raises(SystemExit) as stopped:
            cli.main(wrong)
        assert stopped.value.code == cli.USAGE
    assert "usage" in capsys.readouterr().err


def test_since_must_be_a_moment_with_its_zone(
    database18: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DATABASE_URL", database18.role_url)
    assert cli.main(["verify", "--since", "2026-11-22T13:41:00Z"]) == 0
    for wrong in ("yesterday", "2026-11-22T13:41:00"):
        with pytest.raises(SystemExit) as stopped:
            cli.main(["verify", "--since", wrong])
        assert stopped.value.code == cli.USAGE
