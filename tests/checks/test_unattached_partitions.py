"""Are tables that only look like partitions told, and others left alone?"""

from __future__ import annotations

from tests.looking import follow, look, statuses, worst_finding
from tests.servers import Database

MONTH = "to_char(now() at time zone 'UTC' {}, 'YYYY_MM')"
DO = "do $$ begin execute format('{}', " + MONTH + "); end $$"


def test_detached_month_that_keeps_its_name_is_a_warning(database: Database) -> None:
    database.execute(
        DO.format(
            "alter table public.events detach partition public.events_%s", "- interval '9 mon'"
        )
    )
    report = look(database)
    assert statuses(report) == {
        "partition_coverage": "warning",
        "unattached_partitions": "warning",
    }
    detail = worst_finding(report, "unattached_partitions").detail
    assert "is named like the partition of" in detail
    assert report["unattached_partitions"].summary.startswith(
        "Like a partition, but not attached: public.events_20"
    )
    follow(worst_finding(report, "unattached_partitions").remedy, database)  # its own is a comment
    remedy = worst_finding(report, "unattached_partitions").remedy or ""
    database.execute(
        remedy.replace("-- attach it if it belongs there; else rename it:\n", "").replace("-- ", "")
    )
    healed = look(database)
    assert statuses(healed) == {}
    summary = healed["unattached_partitions"].summary
    assert summary == "Every table that looks like a partition is one"


def test_current_month_detached_is_critical(database: Database) -> None:
    database.execute(DO.format("alter table public.events detach partition public.events_%s", ""))
    report = look(database)
    assert report["unattached_partitions"].status.word == "critical"
    detail = worst_finding(report, "unattached_partitions").detail
    assert detail.endswith("no other partition takes that month")


def test_copies_are_a_warning_and_other_schemas_are_left_alone(database: Database) -> None:
    database.execute(
        "create schema archive; create table archive.sessions_2019_01 (like public.sessions);"
        "create table public.sessions_notes (id int)"
    )
    assert statuses(look(database)) == {}
    database.execute("create table public.sessions_old (like public.sessions)")
    report = look(database)
    assert statuses(report) == {"unattached_partitions": "warning"}
    found = worst_finding(report, "unattached_partitions")
    assert "has its columns" in found.detail
    assert found.headline == "sessions_old is not attached to sessions"


def test_only_what_ends_in_a_month_is_what_a_move_left(database: Database) -> None:
    for name in ("sessions_moving_house", "sessions_moving_2026_05", "sessions_moving_2026_05_old"):
        database.execute(f"create table public.{name} (like public.sessions)")
    found = look(database)["unattached_partitions"].failing()
    assert {finding.subject: finding.code for finding in found} == {
        "public.sessions_moving_house": "look_alike",
        "public.sessions_moving_2026_05": "move_cut_off",
        "public.sessions_moving_2026_05_old": "look_alike",
    }
    assert all("left over" not in f.headline for f in found if f.code == "look_alike")
