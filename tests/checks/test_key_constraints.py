"""Is a key that may be null seen, and a default that hides a guard which does not fire?"""

from __future__ import annotations

from tests.looking import check, follow, look, statuses, worst_finding
from tests.servers import Database


def test_key_that_may_be_null_is_a_warning(database: Database) -> None:
    database.execute(
        "alter table public.events drop constraint fk_events_session;"
        "alter table public.sessions drop constraint sessions_pkey;"
        "alter table public.sessions alter column created_month drop not null"
    )
    report = look(database)
    assert statuses(report) == {"foreign_key": "critical", "key_constraints": "warning"}
    finding = worst_finding(report, "key_constraints")
    assert finding.detail.startswith("created_month may be null on public.sessions and")
    assert finding.headline == "sessions.created_month may be null"
    assert worst_finding(report, "foreign_key").headline == "events has no foreign key"
    follow(finding.remedy, database)
    assert check(database, "key_constraints").status.word == "ok"


def test_not_null_that_was_never_validated(database18: Database) -> None:
    database18.execute(
        "alter table public.events drop constraint events_pkey;"
        "alter table public.events alter column session_month drop not null;"
        "alter table public.events add constraint kept not null session_month not valid"
    )
    report = look(database18)
    assert statuses(report) == {"key_constraints": "warning"}
    finding = worst_finding(report, "key_constraints")
    assert "the NOT NULL on session_month is NOT VALID on" in finding.detail
    assert finding.headline == "NOT NULL on events.session_month is not validated"
    database18.execute("alter table public.events validate constraint kept")
    assert statuses(look(database18)) == {}


def test_a_default_is_a_note_while_the_guard_fires_and_hides_that_it_does_not(
    database: Database,
) -> None:
    database.execute(
        "alter table public.sessions alter column created_month set default current_date"
    )
    report = look(database)
    assert statuses(report) == {}
    assert "the guard fires and overrules it" in report["key_constraints"].findings[0].detail
    database.execute("drop trigger sessions_set_created_month on public.sessions")
    report = look(database)
    assert report["key_constraints"].status.word == "critical"
    hidden = worst_finding(report, "key_constraints")
    assert "has the default CURRENT_DATE" in hidden.detail
    assert "hides until next month" in hidden.detail
    assert hidden.headline == "a default hides that the sessions guard does not fire"
