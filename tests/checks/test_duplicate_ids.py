"""Is an id that stands in two months a warning, with samples?"""

from __future__ import annotations

from tests.looking import check, look, statuses, worst_finding
from tests.servers import Database

OF_SEVEN = """
select count(*)::int from public.sessions as old
join public.sessions as new using (id)
where new.created_month > old.created_month and id::text = any (%s)
"""


def test_summary_of_doubled_ids_says_how_many_were_compared(database18: Database) -> None:
    summary = check(database18, "duplicate_ids").summary
    assert "of the newest 25 none stands in any other month" in summary


def test_id_in_two_months_is_a_warning_with_samples(database: Database) -> None:
    database.execute(
        "insert into public.sessions (id, created_month, created_at) select id,"
        " created_month - interval '3 months', created_at - interval '3 months'"
        " from public.sessions order by created_at desc limit 7"
    )
    report = look(database)
    assert statuses(report) == {"duplicate_ids": "warning"}
    detail = worst_finding(report, "duplicate_ids").detail
    assert detail.startswith("7 ids of public.sessions stand in more than one month, ")
    samples = detail.partition("month, ")[2].partition(" for one")[0].split(", ")
    assert database.value(OF_SEVEN, [samples]) == 5
    database.execute(
        "delete from public.sessions as s where exists (select from public.sessions as o"
        " where o.id = s.id and o.created_month > s.created_month)"
    )
    assert statuses(look(database)) == {}
