"""Is one cause one finding, however many months or partitions it touches?"""

from __future__ import annotations

from tests.looking import check, follow, look, statuses
from tests.servers import SUPERUSER, Database

STRAY = (
    "create table public.sessions_2001_01 partition of public.sessions"
    " for values from ('2001-01-01') to ('2001-02-01');"
    "alter table public.sessions_2001_01 enable row level security"
)
DROP = (
    "do $$ begin for back in {} .. {} loop execute format('drop table public.sessions_%s cascade',"
    " to_char(date_trunc('month', now() at time zone 'UTC') - back * interval '1 month',"
    " 'YYYY_MM')); end loop; end $$"
)


def missing(database: Database) -> list[str]:
    """What is said of missing months?"""
    return [finding.detail for finding in check(database, "partition_coverage").failing()]


def test_a_stray_partition_makes_one_gap(database18: Database) -> None:
    database18.execute(STRAY)
    report = look(database18)
    (finding,) = report["partition_coverage"].failing()
    assert statuses(report) == {"partition_coverage": "warning"}
    assert "public.sessions has no partition for " in finding.detail
    assert " months, February 2001 through " in finding.detail
    aside = "-- alter table public.sessions detach partition public.sessions_2001_01;"
    assert aside in (finding.remedy or "")


def test_a_long_gap_is_one_and_recent_months_are_their_own(database18: Database) -> None:
    database18.execute(DROP.format(2, 9))
    details = missing(database18)
    assert len(details) == 3
    assert "public.sessions has no partition for 6 months, " in details[0]
    assert all(" months, " not in detail for detail in details[1:])
    for finding in check(database18, "partition_coverage").failing():
        follow(finding.remedy, database18)
    assert missing(database18) == []


def test_two_months_in_a_row_are_two(database18: Database) -> None:
    database18.execute(DROP.format(6, 7))
    assert len(missing(database18)) == 2


def test_a_subscription_of_many_partitions_is_one_finding(database18: Database) -> None:
    name = f"fills_{database18.name}"
    database18.execute(
        "set allow_system_table_mods = on;"
        f"create subscription {name} connection 'host=/nowhere' publication p"
        " with (connect = false, slot_name = none);"
        "insert into pg_subscription_rel (srsubid, srrelid, srsubstate) select s.oid, t.relid, 'r'"
        " from pg_subscription as s, pg_partition_tree('public.events') as t"
        f" where s.subname = '{name}'",
        user=SUPERUSER,
    )
    try:
        (finding,) = check(database18, "guard_settings").failing()
        parts = database18.value(
            "select count(*) from pg_inherits where inhparent = 'public.events'::regclass"
        )
        assert finding.status.word == "warning"
        assert f" writes into public.events and {parts} partitions of it once" in finding.detail
    finally:
        database18.execute(f"drop subscription {name}", user=SUPERUSER)
