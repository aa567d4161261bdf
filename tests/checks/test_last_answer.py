"""Does a refresh believe what the history says of the drift RPC, and only that?"""

from __future__ import annotations

from lib.checks import rpc_answers
from lib.checks.rpc_calls import DRIFT_RPC
from lib.checks.standing import standing
from tests.looking import glance, look, statuses
from tests.servers import ROLE, Database

# As the watchtower's own role: that is all that somebody needs who has its password.
FORGED = """
begin;
set transaction read write;
insert into public.watchtower_checks (check_name, ok, details, created_at)
values ('partition_drift_v1', true, '{"ok": true}', now() + interval '400 days');
commit
"""


def said(database: Database) -> str:
    """What does a refresh say of the drift RPC?"""
    return glance(database)["rpc_answers"].findings[1].detail


def test_an_answer_from_the_future_is_not_believed(database18: Database) -> None:
    database18.execute(FORGED, user=ROLE)
    answers = glance(database18)["rpc_answers"].tables["answers"]
    assert [row for row in answers if row["rpc"] == DRIFT_RPC] == []
    assert "has left no answer yet" in said(database18)


def test_an_answer_from_the_future_does_not_hide_the_last_one(database18: Database) -> None:
    guard = "trigger sessions_set_created_month"
    database18.execute(f"alter table public.sessions disable {guard}")
    look(database18)
    database18.execute(f"alter table public.sessions enable {guard}")
    database18.execute(FORGED, user=ROLE)
    assert "last answered that all is not well" in said(database18)
    look(database18)
    assert "it last answered ok" in said(database18)


def test_an_answer_that_was_right_is_no_warning_once_it_is_repaired(database: Database) -> None:
    guard = "trigger sessions_set_created_month"
    database.execute(f"alter table public.sessions disable {guard}")
    look(database)
    assert glance(database)["rpc_answers"].status.word == "critical"
    database.execute(f"alter table public.sessions enable {guard}")
    assert "and was right; guards and months are in order since" in said(database)
    assert statuses(glance(database)) == {}


def test_an_answer_that_was_wrong_stays_a_warning(database18: Database) -> None:
    """The RPC said no though nothing was the matter: nobody knows that it would not say so now."""
    database18.execute(
        "create or replace function public.watchtower_drift_answer(moment timestamptz)"
        " returns jsonb language sql stable set search_path = ''"
        """ as $$ select '{"ok": false, "triggers_ok": false}'::jsonb $$"""
    )
    assert look(database18)["rpc_answers"].status.word == "critical"
    assert "was not asked since" in said(database18)
    assert glance(database18)["rpc_answers"].status.word == "warning"


def test_an_answer_from_the_future_does_not_stop_a_verification(database18: Database) -> None:
    database18.execute(FORGED, user=ROLE)
    report = look(database18)
    assert statuses(report) == {}
    assert report.drift is not None
    assert report.drift["checked_at"] < str(database18.value("select now() + interval '1 day'"))


def test_what_stands_of_the_drift_rpc_is_said_once_and_leaves_nothing_to_look_for(
    database18: Database,
) -> None:
    """Between the repair and the next verification there is nothing else to repair."""
    guard = "trigger sessions_set_created_month"
    database18.execute(f"alter table public.sessions disable {guard}")
    before = look(database18)

    def of_the_rpc() -> list[tuple[str, str | None]]:
        seen = standing(glance(database18).checks, before.checks, verifying=False)
        (check,) = (each for each in seen if each.check == "rpc_answers")
        own = [each for each in check.findings if DRIFT_RPC in each.subject]
        assert max(each.status for each in own) is before["rpc_answers"].status
        return [(each.detail, each.remedies) for each in own]

    ((broken, remedy),) = of_the_rpc()
    assert remedy == rpc_answers.AFTER_THE_REST
    database18.execute(f"alter table public.sessions enable {guard}")
    assert of_the_rpc() == [(broken, rpc_answers.ASK_AGAIN)]
